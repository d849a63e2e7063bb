//! Requirements that flaws break in addition to the one in their row of the table.
//!
//! Many sentences of an RFC repeat another, or follow from it: leaving out the padding of the accept value breaks a
//! rule of 4.2.2 and one of 4.3. Each row lists flaws whose behaviour on the wire also breaks this requirement.
//! `suite/exchange/tests/proofs.rs` checks that a case that cites it fails the flaw.

use super::Flaw;

/// A requirement, and the flaws that break it.
type FurtherRow = (&'static str, &'static [Flaw]);

macro_rules! further {
    ($($requirement:literal: $($flaw:ident),+;)+) => {
        &[$(($requirement, &[$(Flaw::$flaw),+])),+]
    };
}

/// In the order of the text.
pub(super) const FURTHER: &[FurtherRow] = further! {
    "rfc6455#2.1:1":
        UpgradeByCase, ConnectionByCase, FieldNamesByCase, WantsFieldNamesByCase, WantsUpgradeInLowerCase,
        WantsConnectionByCase;
    "rfc6455#3:5": SpeaksInTheClear, ReadsSchemeByCase;
    "rfc6455#3:6": RequestsRelativePath, LeavesPathEmpty;
    "rfc6455#3:10": DecodesNumberSigns;
    "rfc6455#4.1:3": AsksForNoUpgrade;
    "rfc6455#4.1:4": ReadsResponseAsFrames;
    "rfc6455#4.1:7": OpensConnectionsAtOnce;
    "rfc6455#4.1:9": OpensConnectionsAtOnce;
    "rfc6455#4.1:19": SpeaksInTheClear;
    "rfc6455#4.1:21": AsksForNoUpgrade;
    "rfc6455#4.1:43": ListsWithSemicolons;
    "rfc6455#4.1:44": OffersEmptySubprotocol;
    "rfc6455#4.1:45": OffersMalformedSubprotocol;
    "rfc6455#4.1:69": IgnoresAcceptedDeflate;
    "rfc6455#4.2.1:2":
        AcceptsMissingHost, AcceptsMissingUpgrade, AcceptsMissingConnection, AcceptsMissingKey,
        AcceptsMissingVersion, AcceptsOtherMethods;
    "rfc6455#4.2.2:1": AnswersStatus200;
    "rfc6455#4.2.2:11": AcceptOfDecodedKey;
    "rfc6455#4.2.2:13": AcceptsOtherVersions;
    "rfc6455#4.2.2:14": RefusesWithStatus200, NeverRefuses;
    "rfc6455#4.2.2:15": OmitsVersionInRefusal;
    "rfc6455#4.2.2:16": NamesOtherVersion, NamesVersionsInWords;
    "rfc6455#4.2.2:23": SendsEmptySubprotocol;
    "rfc6455#4.2.2:24": NamesAllSubprotocols;
    "rfc6455#4.2.2:25": ListsUnaskedExtension, FindsDeflateAnywhere;
    "rfc6455#4.2.2:26": SendsEmptyExtensions;
    "rfc6455#4.2.2:34": AcceptUnpadded;
    "rfc6455#4.2.2:36": NamesAllSubprotocols;
    "rfc6455#4.2.2:38": UsesDeclinedDeflate;
    "rfc6455#4.2.2:40": LosesFirstSegment;
    "rfc6455#4.3:3": SendsEmptyKey, SendsUnpaddedKey, SendsKeyInOtherAlphabet;
    "rfc6455#4.3:4": AcceptsMalformedExtensions, OffersEmptyExtensions;
    "rfc6455#4.3:5": OffersMalformedExtensions, OffersMalformedName;
    "rfc6455#4.3:6": OffersEmptyValue;
    "rfc6455#4.3:7": AcceptsMalformedExtensions, OffersUnquotableParameter;
    "rfc6455#4.3:9": ListsVersions;
    "rfc6455#4.3:10": AcceptsLeadingZeros, AcceptsOddVersions, PadsVersion;
    "rfc6455#4.3:11": AcceptUnpadded;
    "rfc6455#5.1:2": LeavesFramesUnmasked;
    "rfc6455#5.2:1": SwapsLengthBytes, ReadsSwappedLength;
    "rfc6455#5.2:11": SwapsOpcodes;
    "rfc6455#5.2:14": SetsMaskBit, ClearsMaskBit;
    "rfc6455#5.2:15": LeavesFramesUnmasked, ClearsMaskBit;
    "rfc6455#5.2:24": OverstatesLength, UnderstatesLength;
    "rfc6455#5.2:26": WritesKeyBackwards;
    "rfc6455#5.2:28": SendsExtensionData;
    "rfc6455#5.2:31": SkipsExtensionData;
    "rfc6455#5.3:1": ClearsMaskBit;
    "rfc6455#5.3:7": PadsToWholeWords;
    "rfc6455#5.3:8": MasksFirstFourBytes, MasksWholeWords;
    "rfc6455#5.3:9": CountsKeyInLength;
    "rfc6455#5.4:2": RefusesFragments, SplitsMessages;
    "rfc6455#5.4:3": NeverEndsMessages, BeginsWithContinuation;
    "rfc6455#5.4:5": RepeatsFirstOpcode;
    "rfc6455#5.4:10": FragmentsPongs;
    "rfc6455#5.4:23": TakesFragmentsForText;
    "rfc6455#5.4:24": FragmentsPongs;
    "rfc6455#5.5:1": TakesReservedControlForBinary;
    "rfc6455#5.5.1:2": DropsOnEmptyClose;
    "rfc6455#5.5.1:4": Sends999, Sends2999, Sends5000;
    "rfc6455#5.5.1:10": SendsLongReason;
    "rfc6455#5.5.1:12": LeavesCloseUnmasked;
    "rfc6455#5.5.1:17": HoldsClose, EchoesBeforeClosing;
    "rfc6455#5.5.1:21": KeepsTcp;
    "rfc6455#5.5.1:25": AnswersCloseAfterFailure, FailsAndStays;
    "rfc6455#5.5.2:3": HoldsPongs;
    "rfc6455#5.6:1": TakesReservedForPings;
    "rfc6455#5.8:1": CompressesUnasked;
    "rfc6455#6.1:1": SpeaksAfterClose, EchoesAfterClose;
    "rfc6455#6.1:2": EchoesAfterClose;
    "rfc6455#6.1:3": UnderstatesLength;
    "rfc6455#6.1:7": LeavesMessagesUnmasked;
    "rfc6455#6.1:8": ClaimsCompression, CompressesAllButLast;
    "rfc6455#6.2:3": SkipsTextAfterBinary;
    "rfc6455#6.2:5": KeepsFirstFragment, KeepsLastFragment, ReversesFragments;
    "rfc6455#7.1.1:1": KeepsTcp, FailsAndStays, StaysAfterClosing;
    "rfc6455#7.1.1:2": ResetsOnClose;
    "rfc6455#7.1.1:4": FailsAndGoesOn;
    "rfc6455#7.1.1:6": KeepsTcp;
    "rfc6455#7.1.1:8": KeepsTcp;
    "rfc6455#7.1.1:9": EndsTcpFirst;
    "rfc6455#7.1.2:4": KeepsTcp, StaysAfterClosing;
    "rfc6455#7.1.3:1": SpeaksAfterClose;
    "rfc6455#7.1.7:1": FailsAndStays;
    "rfc6455#7.1.7:9": ClosesAfterThree;
    "rfc6455#7.2.1:1": KeepsRefusedResponse;
    "rfc6455#7.2.1:3": ClosesAfterThree;
    "rfc6455#7.4.1:2": FailsWith1000;
    "rfc6455#7.4.1:4": ReportsErrorInAnswer;
    "rfc6455#7.4.1:12": AcceptsBadCodes;
    "rfc6455#7.4.1:14": ReportsBadDataInAnswer;
    "rfc6455#7.4.1:17": FailsWith1009;
    "rfc6455#7.4.1:18": FailsWith1010;
    "rfc6455#7.4.1:23": AcceptsBadCodes;
    "rfc6455#7.4.2:2": AcceptsBadCodes;
    "rfc6455#9:3": ListsUnaskedExtension, FindsDeflateAnywhere;
    "rfc6455#9:4": AnswersUnknownParameter, AnswersClientBits16, OffersUnknownParameter;
    "rfc6455#9.1:4": AcceptsMalformedExtensions;
    "rfc6455#9.1:6": RefusesSplitExtensions;
    "rfc6455#9.1:7": OffersMalformedName;
    "rfc6455#9.1:8": AnswersUnknownParameter, OffersUnknownParameter;
    "rfc6455#9.1:9": CompressesUnasked;
    "rfc6455#9.1:15": UsesDeclinedDeflate;
    "rfc6455#10.3:1": ReusesMaskingKey, RenewsKeyEveryFour;
    "rfc6455#10.3:2": MasksWithFixedKey, CountsMaskingKeys;
    "rfc6455#10.7:1": IgnoresBadFrames;
    "rfc6455#10.7:4": FailsSilently, FailsWith1000;
    "rfc6455#10.7:5": RefusesByDropping, RefusesWithStatus200;
    "rfc6455#10.7:6": CutsBinaryAtLineEnds;
    "rfc6455#11.1.1:2": DecodesBlanks;
    "rfc6455#11.1.1:4": SpeaksHttp10;
    "rfc6455#11.1.2:1": SpeaksInTheClear;
    "rfc6455#11.1.2:2": WritesHostInUnicode;
    "rfc6455#11.1.2:3": DecodesBlanks, WritesPathInUtf8;
    "rfc6455#11.6:1": AcceptsOtherVersions, ListsVersions;
    "rfc6455#11.6:2": AcceptsOtherVersions, SpeaksVersion12;
    "rfc6455#11.7:2": AcceptsBadCodes;
    "rfc7692#3:3": OmitsServerTakeover;
    "rfc7692#3:4": AnswersDeclinedOffers;
    "rfc7692#5:1": OffersDeflateInOtherField;
    "rfc7692#5:6": OmitsServerTakeover, KeepsItsContext;
    "rfc7692#5:7": InflatesWithin512;
    "rfc7692#5:8": UsesLargestWindow;
    "rfc7692#5:11": InflatesWithin512, TakesHintForAgreed;
    "rfc7692#5:13": EchoesCompressedBytes;
    "rfc7692#5:15": OmitsServerTakeover;
    "rfc7692#5:25": KeepsItsContext, UsesLargestWindow;
    "rfc7692#5.1:3": RefusesServerTakeover, RefusesClientTakeover;
    "rfc7692#5.2:2": RefusesQuotedParameters;
    "rfc7692#6:1": SetsRsv1OnPongs;
    "rfc7692#6.1:2": ClaimsCompression;
    "rfc7692#6.1:5": CompressesWithoutRsv1;
    "rfc7692#6.1:6": ClaimsCompression;
    "rfc7692#6.2:2": InflatesFramesAlone, EchoesCompressedBytes;
    "rfc7692#7:1": AnswersByOtherName, TakesDeflateByOtherName;
    "rfc7692#7:4": TakesServerTakeoverValue, TakesServerBitsOutOfRange, TakesInvalidClientBits;
    "rfc7692#7:6": AnswersServerBits15;
    "rfc7692#7:8": TakesBadServerBitsBack, TakesBadClientBitsBack;
    "rfc7692#7:10": TakesDeflateTwice;
    "rfc7692#7.1.1.1:8": OmitsServerTakeover;
    "rfc7692#7.1.2.2:3": OffersClientBitsInWords;
    "rfc7692#7.2.1:2": SendsEmptyWithoutData;
    "rfc7692#7.2.1:3": LeavesTail;
    "rfc7692#7.2.1:7": PadsFinalBlock;
    "rfc7692#7.2.1:8": CompressesFragmentsAlone;
    "rfc7692#7.2.1:9": CompressesFragmentsAlone;
    "rfc7692#7.2.1:11": KeepsItsContext;
    "rfc7692#7.2.2:13": InflatesWithin512;
    "rfc7692#7.2.2:16": UsesLargestWindow;
    "rfc7692#7.2.3.3:1": CompressesWithoutRsv1;
    "rfc7692#7.2.3.4:1": OmitsByteAfterFinal;
    "rfc8441#4:3": RepeatsProtocol;
    "rfc8441#5:7": AcceptsOtherVersions, LeavesVersionOut;
    "rfc8441#5:8": SendsUppercaseName, WritesNamesInUppercase;
    "rfc8441#5:10": KeepsTcp, FailsAndStays;
    "rfc9113#8.3:2": TakesBadPseudoField;
    "rfc9113#8.3:4": TakesBadPseudoField;
    "rfc9114#4.2:1": SendsUppercaseName;
    "rfc9114#4.2:2": NamesConnectionInHttp2;
    "rfc9114#4.2:3": TakesConnectionField;
    "rfc9114#4.3:1": MisplacesStatus;
    "rfc9114#4.3:2": TakesBadPseudoField;
    "rfc9114#4.3:3": TakesBadPseudoField;
    "rfc9114#4.3.1:1": TakesMissingPseudoField;
    "rfc9114#4.3.2:1": OmitsStatus;
    "rfc9114#4.4:1": TakesPlainConnect;
    "rfc9114#4.5:1": SwitchesInHttp2;
    "rfc9114#5.2:1": EndsOnGoaway;
    "rfc9114#7.2.4:1": EndsOnUnknownSetting;
    "rfc9114#10.3:1": SendsLineFeedInField;
    "rfc9114#10.3:2": TakesInvalidField;
    "rfc9220#3:2": SetsConnectToTwo;
    "rfc9220#3:3": HeedsSettingOfClients;
    "rfc9220#3:6": TakesUnknownProtocol;
    "rfc9220#3:8": WantsKeyInHttp2, AnswersKeyInHttp2;
    "rfc9220#3:9": AcceptsOtherVersions;
    "rfc9220#3:10": ReadsFramePerData;
    "rfc9220#3:11": KeepsTcp;
};
