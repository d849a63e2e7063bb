//! Flaws in the opening handshake (RFC 6455, 4).

macro_rules! handshake_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // The opening handshake: its response.
            /// Answers with a Sec-WebSocket-Accept of another key.
            WrongAccept = "wrong-accept", "4.2.2:33",
                ["4.2.2/accept-of-the-sample-key", "4.2.2/accept-of-various-keys"];
            /// Hashes the key decoded from base64.
            AcceptOfDecodedKey = "accept-of-decoded-key", "4.2.2:33", ["4.2.2/accept-of-various-keys"];
            /// Sends the key back as the accept value.
            MirrorsKey = "mirrors-key", "4.2.2:33", ["4.2.2/accept-of-the-sample-key"];
            /// Sends the accept value in lower case.
            AcceptInLowerCase = "accept-in-lower-case", "4.2.2:33", ["4.2.2/accept-of-the-sample-key"];
            /// Leaves out the `=` of the accept value.
            AcceptUnpadded = "accept-unpadded", "4.2.2:33", ["4.2.2/accept-of-the-sample-key"];
            /// Sends more after the accept value.
            AcceptWithTrailingJunk = "accept-with-trailing-junk", "4.2.2:33",
                ["4.2.2/accept-of-the-sample-key"];
            /// Answers without Sec-WebSocket-Accept.
            OmitsAccept = "omits-accept", "4.2.2:32", ["4.2.2/accept-of-the-sample-key"];
            /// Answers with two Sec-WebSocket-Accept fields.
            SendsAcceptTwice = "sends-accept-twice", "11.3.3:1", ["11.3/accept-once"];
            /// Answers without Upgrade.
            OmitsUpgrade = "omits-upgrade", "4.2.2:30", ["4.2.2/upgrade-in-the-response"];
            /// Answers with `Upgrade: WebSockets`.
            WrongUpgrade = "wrong-upgrade", "4.2.2:30", ["4.2.2/upgrade-in-the-response"];
            /// Answers without Connection.
            OmitsConnection = "omits-connection", "4.2.2:31", ["4.2.2/connection-in-the-response"];
            /// Answers with `Connection: keep-alive`.
            WrongConnection = "wrong-connection", "4.2.2:31", ["4.2.2/connection-in-the-response"];
            /// Answers with status 200.
            AnswersStatus200 = "answers-status200", "4.2.2:29", ["4.2.2/valid-handshake"];
            /// Answers in HTTP/1.0.
            AnswersHttp10 = "answers-http10", "11.1.1:4", ["4.2.2/valid-handshake"];
            /// Ends the lines of its response with LF only.
            AnswersBareLineFeeds = "answers-bare-line-feeds", "4.2.2:28", ["4.2.2/valid-handshake"];
            /// Puts a blank before the colons of its response.
            AnswersBlanksBeforeColons = "answers-blanks-before-colons", "4.2.2:28", ["4.2.2/valid-handshake"];
            /// Folds a field of its response.
            AnswersFoldedField = "answers-folded-field", "4.2.2:28", ["4.2.2/valid-handshake"];
            /// Sends a status line without a status.
            AnswersMalformedStatusLine = "answers-malformed-status-line", "4.2.2:28",
                ["4.2.2/valid-handshake"];
            /// Sends a header line without a colon.
            AnswersMalformedField = "answers-malformed-field", "4.2.2:28", ["4.2.2/valid-handshake"];
            /// Sends a ping before its response.
            SpeaksBeforeHandshake = "speaks-before-handshake", "4.2.2:42",
                ["4.2.2/silence-before-the-request"];
            /// Sends a ping before the request has arrived.
            SpeaksBeforeRequest = "speaks-before-request", "4.2.2:42", ["4.2.2/silence-before-the-request"];
            /// Names a subprotocol other than those offered.
            NamesOtherSubprotocol = "names-other-subprotocol", "4.2.2:20",
                ["4.2.2/subprotocol-offered", "4.2.2/subprotocol-unknown"];
            /// Names a subprotocol even if none was offered.
            NamesUnaskedSubprotocol = "names-unasked-subprotocol", "4.2.2:21", ["4.2.1/without-subprotocol"];
            /// Sends an empty Sec-WebSocket-Protocol.
            SendsEmptySubprotocol = "sends-empty-subprotocol", "4.2.2:22", ["4.2.2/subprotocol-unknown"];
            /// Names all subprotocols that were offered.
            NamesAllSubprotocols = "names-all-subprotocols", "4.3:12",
                ["4.2.2/subprotocol-offered[offer=chat,superchat]"];
            /// Sends two Sec-WebSocket-Protocol fields.
            SendsSubprotocolTwice = "sends-subprotocol-twice", "11.3.4:3",
                ["11.3/subprotocol-once-in-the-response", "4.2.2/subprotocol-offered[offer=chat]"];
            /// Lists an extension that was not offered.
            ListsUnaskedExtension = "lists-unasked-extension", "4.2.2:27", ["4.2.2/extension-not-offered"];
            /// Sends an empty Sec-WebSocket-Extensions.
            SendsEmptyExtensions = "sends-empty-extensions", "4.3:5", ["4.2.2/extension-not-offered"];

            /// Sends Sec-WebSocket-Extensions back as it came.
            SendsExtensionsBack = "sends-extensions-back", "9.1:7", ["9.1/unknown-extension-sent-back"];
            /// Agrees to permessage-deflate wherever it finds the word.
            FindsDeflateAnywhere = "finds-deflate-anywhere", "4.2.2:27",
                ["4.2.2/extension-of-a-similar-name"];
            /// Sends a Content-Length of 0 with 101.
            SendsContentLength = "sends-content-length", rfc9110 "8.6:1", ["8.6/no-length-of-a-101"];

            /// Sends a Transfer-Encoding with 101.
            SendsTransferEncoding = "sends-transfer-encoding", rfc9112 "6.1:1", ["6/no-coding-of-a-101"];
            /// Sends a body after 101.
            SendsBodyBehind101 = "sends-body-behind101", rfc9110 "7.8:3", ["7.8/no-http-behind-the-response"];

            /// Answers an expectation of 100 with that, and nothing more.
            ContinuesForever = "continues-forever", rfc9110 "10.1.1:1", ["10.1.1/final-response-after-100"];

            // The opening handshake: its refusals.
            /// Answers frames after a request that it has refused.
            AnswersBehindRefusal = "answers-behind-refusal", "4.2.2:42",
                ["4.2.2/frames-behind-a-refused-request"];
            /// Refuses a request by a close frame, without a response.
            RefusesByFrame = "refuses-by-frame", "4.2.2:42", ["4.2.1/key-missing"];
            /// Names version 8 in addition to 13, and refuses it.
            NamesRefusedVersion = "names-refused-version", "4.4:2", ["4.4/named-version"];
            /// Refuses with a malformed status line.
            RefusesWithoutVersion = "refuses-without-version", "4.2.2:49",
                ["4.2.1/key-missing", "4.2.2/refusal-is-well-formed"];
            /// Refuses with 426 and no Upgrade.
            OmitsUpgradeInRefusal = "omits-upgrade-in-refusal", rfc9110 "15.5.22:1",
                ["15.5/refusal-with-426[line=Sec-WebSocket-Version:14]"];
            /// Refuses with 405 and no Allow.
            OmitsAllow = "omits-allow", rfc9110 "15.5.6:1", ["15.5/refusal-with-405"];
            /// Asks for credentials with 401 and no WWW-Authenticate.
            OmitsChallenge = "omits-challenge", rfc9110 "15.5.2:1", ["15.5/refusal-with-401[line=Authorization*"];
            /// Refuses with an Upgrade that its Connection does not name.
            OmitsConnectionInRefusal = "omits-connection-in-refusal", rfc9110 "7.8:2",
                ["7.8/upgrade-in-a-refusal[line=Sec-WebSocket-Version:14]"];
            /// Refuses with a header line that has no colon.
            RefusesMalformed = "refuses-malformed", "4.2.2:49", ["4.2.2/refusal-is-well-formed"];
            /// Names the versions it speaks with a word.
            NamesVersionsInWords = "names-versions-in-words", "4.3:13", ["4.2.2/versions-in-a-refusal"];

            // The opening handshake: refusing what is valid.
            /// Refuses a request that comes after an empty line.
            RefusesEmptyLine = "refuses-empty-line", rfc9112 "2.2:1", ["2.2/empty-line-before-the-request"];
            /// Refuses a target of 1000 bytes or more.
            RefusesLongTargets = "refuses-long-targets", rfc9112 "3:1", ["3/long-target"];
            /// Refuses a target of more than 8000 bytes with status 400.
            RefusesTooLongWith400 = "refuses-too-long-with400", "4.2.1:36", ["4.2.1/target-too-long"];
            /// Answers a folded field with status 200.
            AnswersFoldsWith200 = "answers-folds-with200", rfc9112 "5.2:1", ["5/folded-field-of-a-request"];
            /// Answers an Expect field with status 200.
            AnswersExpectWith200 = "answers-expect-with200", "4.2.1:30", ["4.2.1/expectation"];
            /// Answers credentials with status 200.
            AnswersCredentialsWith200 = "answers-credentials-with200", "4.2.1:30", ["4.2.1/authorization"];
            /// Drops a request without Sec-WebSocket-Protocol.
            RequiresSubprotocol = "requires-subprotocol", "4.2.1:28", ["4.2.1/without-subprotocol"];
            /// Drops a request without Sec-WebSocket-Extensions.
            RequiresExtensions = "requires-extensions", "4.2.1:29",
                ["4.2.2/extension-not-offered", "4.2.1/without-extensions"];
            /// Drops a request without Origin.
            RequiresOrigin = "requires-origin", "4.4:2", ["4.4/supported-version"];
            /// Refuses a request with an Origin by dropping it.
            RefusesAnyOrigin = "refuses-any-origin", "10.2:2", ["4.2.2/origin"];
            /// Refuses a request with an Origin with status 200.
            RefusesOriginWith200 = "refuses-origin-with200", "4.2.2:9", ["4.2.2/origin"];
            /// Answers a request for any resource other than `/` with status 600.
            AnswersUnknownServiceWith600 = "answers-unknown-service-with600", "4.2.2:18",
                ["4.2.2/service-that-is-not-there"];
            /// Declines permessage-deflate, and yet refuses messages that are not compressed.
            UsesDeclinedDeflate = "uses-declined-deflate", "9.1:13", ["9.1/extensions-in-use"];
            /// Refuses a request whose Upgrade is not before its key.
            RequiresFieldOrder = "requires-field-order", "4.2.1:5", ["4.2.1/field-order"];
            /// Refuses a request with cookies.
            RefusesCookies = "refuses-cookies", "4.2.1:30", ["4.2.1/cookies"];
            /// Refuses a request with a field it does not know.
            RefusesUnknownFields = "refuses-unknown-fields", "4.2.1:31",
                ["4.2.1/unknown-field", "4.2.1/browser-fields"];
            /// Refuses a request with more than 16 fields.
            RefusesManyFields = "refuses-many-fields", "4.2.1:38", ["4.2.1/many-fields"];
            /// Recognises field names only as the RFC spells them.
            FieldNamesByCase = "field-names-by-case", "4.1:67",
                ["4.2.1/field-names-in-lower-case", "4.2.1/field-names-in-upper-case"];
            /// Recognises `websocket` only in lower case.
            UpgradeByCase = "upgrade-by-case", "4.2.1:15", ["4.2.1/upgrade-letter-case"];
            /// Recognises `Upgrade` only with a capital.
            ConnectionByCase = "connection-by-case", "4.2.1:19", ["4.2.1/connection-letter-case"];
            /// Requires Upgrade to contain only `websocket`.
            RefusesUpgradeLists = "refuses-upgrade-lists", "4.2.1:38", ["4.2.1/upgrade-list"];
            /// Answers a list in Upgrade with status 200.
            AnswersUpgradeListsWith200 = "answers-upgrade-lists-with200", "4.2.1:16",
                ["4.2.1/upgrade-in-several-fields"];
            /// Requires Connection to contain only `Upgrade`.
            RefusesConnectionLists = "refuses-connection-lists", "4.2.1:20", ["4.2.1/connection-list"];
            /// Reads only the first Connection field.
            ReadsFirstConnectionField = "reads-first-connection-field", "4.2.1:20",
                ["4.2.1/connection-in-several-fields"];
            /// Refuses a list with empty elements.
            RefusesEmptyElements = "refuses-empty-elements", rfc9110 "5.6.1:1",
                ["5.6.1/connection-list-with-empty-elements", "5.6.1/empty-elements-in-extensions"];
            /// Refuses a field unless exactly one space follows the colon.
            WantsOneBlank = "wants-one-blank", "4.3:1", ["4.3/white-space-around-values"];
            /// Refuses spaces within an extension list.
            RefusesBlanksInExtensions = "refuses-blanks-in-extensions", "4.3:1",
                ["4.3/white-space-in-extensions[list=wsspec-a?x20*]"];
            /// Refuses a request that offers an extension it does not know.
            RefusesUnknownExtensions = "refuses-unknown-extensions", "9.1:16",
                ["9.1/unknown-extension", "9.1/quoted-value", "11.3/extensions-once-in-the-response"];
            /// Refuses quoted values of extension parameters.
            RefusesQuotedValues = "refuses-quoted-values", "4.3:6", ["9.1/quoted-value"];
            /// Refuses a second Sec-WebSocket-Extensions field.
            RefusesSplitExtensions = "refuses-split-extensions", "11.3.2:2",
                ["11.3/extensions-in-several-fields"];
            /// Refuses a second Sec-WebSocket-Protocol field.
            RefusesSplitSubprotocols = "refuses-split-subprotocols", "4.2.1:38",
                ["11.3/subprotocols-in-several-fields"];
            /// Answers a second Sec-WebSocket-Protocol field with status 200.
            AnswersSplitSubprotocolsWith200 = "answers-split-subprotocols-with200", "11.3.4:2",
                ["11.3/subprotocols-in-several-fields"];
            /// Refuses a request that comes in more than one segment.
            RefusesSplitHead = "refuses-split-head", "2.1:4", ["4.2.1/head-in-pieces[chop=1]"];
            /// Accepts a request that comes in several segments as soon as it has the key.
            AcceptsAtTheKey = "accepts-at-the-key", "4.2.1:25",
                ["4.2.1/upgrade-in-a-later-segment", "4.2.1/version-in-a-later-segment"];
            /// Drops a request whose target has a query.
            RefusesQuery = "refuses-query", "4.2.1:9", ["4.2.1/target-with-a-query"];
            /// Refuses a request whose target is an absolute URI.
            RefusesAbsoluteTarget = "refuses-absolute-target", "4.2.1:10", ["4.2.1/absolute-target"];
            /// Refuses version 13.
            RefusesVersion13 = "refuses-version13", "4.4:2",
                ["4.4/supported-version", "4.2.2/valid-handshake"];

            // The opening handshake: accepting what is invalid.
            /// Treats any method as GET.
            AcceptsOtherMethods = "accepts-other-methods", "4.2.1:6", ["4.2.1/method-not-get"];
            /// Treats `get` as GET.
            MethodAnyCase = "method-any-case", "4.2.1:6", ["4.2.1/method-letter-case"];
            /// Accepts HTTP below 1.1.
            AcceptsHttp10 = "accepts-http10", "4.2.1:7", ["4.2.1/http-below-1-1"];
            /// Accepts a request line without a proper version.
            AcceptsMalformedVersion = "accepts-malformed-version", "4.2.1:4",
                ["4.2.1/http-version-malformed", "4.2.1/http-version-empty"];
            /// Accepts a malformed request target.
            AcceptsMalformedTarget = "accepts-malformed-target", "4.2.1:37", ["4.2.1/target-malformed"];
            /// Ignores a line that is not a header field.
            AcceptsMalformedField = "accepts-malformed-field", "4.2.1:37", ["4.2.1/malformed-field"];
            /// Accepts a request with a body, and reads that as frames.
            AcceptsBodies = "accepts-bodies", "4.2.1:34", ["4.2.1/body-of-a-length", "4.2.1/body-in-chunks"];
            /// Accepts a space before the colon of a field.
            AcceptsBlanksBeforeColons = "accepts-blanks-before-colons", rfc9112 "5.1:1", ["5/blank-before-a-colon"];
            /// Accepts control bytes in the value of a field.
            AcceptsFieldFaults = "accepts-field-faults", "4.2.1:37", ["4.2.1/field-with-a-fault"];
            /// Accepts a request without Host.
            AcceptsMissingHost = "accepts-missing-host", "4.2.1:11", ["4.2.1/host-missing"];
            /// Accepts a request with two Host fields.
            AcceptsTwoHosts = "accepts-two-hosts", "4.2.1:4", ["4.2.1/host-twice"];
            /// Accepts a malformed or empty Host.
            AcceptsMalformedHost = "accepts-malformed-host", "4.2.1:37",
                ["4.2.1/host-malformed", "4.2.1/host-empty"];
            /// Accepts a request without Upgrade.
            AcceptsMissingUpgrade = "accepts-missing-upgrade", "4.2.1:13", ["4.2.1/upgrade-missing"];
            /// Accepts an Upgrade to another protocol.
            AcceptsOtherUpgrade = "accepts-other-upgrade", "4.2.1:14", ["4.2.1/upgrade-lacks-websocket"];
            /// Looks for `websocket` anywhere in Upgrade.
            AcceptsUpgradeSubstring = "accepts-upgrade-substring", "4.2.1:14",
                ["4.2.1/upgrade-lacks-websocket[value=websockets]", "4.2.1/upgrade-within-an-element"];
            /// Compares Upgrade with Unicode case folding.
            FoldsBeyondAscii = "folds-beyond-ascii", "2.1:2", ["4.2.1/upgrade-beyond-ascii[value=websoc*]"];
            /// Accepts a request without Connection.
            AcceptsMissingConnection = "accepts-missing-connection", "4.2.1:17", ["4.2.1/connection-missing"];
            /// Accepts a Connection without Upgrade.
            AcceptsOtherConnection = "accepts-other-connection", "4.2.1:18",
                ["4.2.1/connection-lacks-upgrade"];
            /// Looks for `upgrade` anywhere in Connection.
            AcceptsConnectionSubstring = "accepts-connection-substring", "4.2.1:18",
                ["4.2.1/connection-lacks-upgrade[value=not-upgrade]", "4.2.1/connection-within-an-element"];
            /// Accepts a request without a key.
            AcceptsMissingKey = "accepts-missing-key", "4.2.1:21", ["4.2.1/key-missing"];
            /// Accepts an empty key.
            AcceptsEmptyKey = "accepts-empty-key", "4.2.1:23", ["4.2.1/key-of-another-length[key=]"];
            /// Accepts a base64 key of any length.
            AcceptsKeyOfAnyLength = "accepts-key-of-any-length", "4.2.1:23", ["4.2.1/key-of-another-length"];
            /// Accepts any 24 characters as a key.
            AcceptsNonBase64Key = "accepts-non-base64-key", "4.2.1:22",
                ["4.2.1/key-not-base64[key=-_-_-_-_-_-_-_-_-_-_-A==]"];
            /// Accepts a key however it is padded.
            AcceptsUnpaddedKey = "accepts-unpadded-key", "4.2.1:22",
                ["4.2.1/key-wrongly-padded[key=AQIDBAUGBwgJCgsMDQ4PEA]"];
            /// Reads a key only up to its padding.
            CutsKeyAtPadding = "cuts-key-at-padding", "4.2.1:22",
                ["4.2.1/key-among-other-text[key=AQIDBAUGBwgJCgsMDQ4PEA==x]",
                 "4.2.1/key-among-other-text[key=AQIDBAUGBwgJCgsMDQ4PEA==;x]"];
            /// Accepts a request without a version.
            AcceptsMissingVersion = "accepts-missing-version", "4.2.1:24", ["4.2.1/version-missing"];
            /// Accepts an empty version.
            AcceptsEmptyVersion = "accepts-empty-version", "4.2.1:4",
                ["4.2.1/version-not-a-number[version=]"];
            /// Accepts any number as a version.
            AcceptsOtherVersions = "accepts-other-versions", "4.2.1:25",
                ["4.2.1/version-unknown", "4.2.1/version-beyond-255"];
            /// Accepts a version that is not a number.
            AcceptsOddVersions = "accepts-odd-versions", "4.2.1:4", ["4.2.1/version-not-a-number"];
            /// Accepts a version with leading zeros.
            AcceptsLeadingZeros = "accepts-leading-zeros", "4.2.1:4", ["4.2.1/version-with-leading-zeros"];
            /// Accepts a request with two different keys, and answers the first.
            TakesFirstOfTwoKeys = "takes-first-of-two-keys", "11.3.1:3", ["11.3/keys-that-differ"];
            /// Accepts a request with two different versions, if the first is 13.
            TakesFirstOfTwoVersions = "takes-first-of-two-versions", "11.3.5:5",
                ["11.3/versions-that-differ[second=8]", "11.3/versions-that-differ[second=14]"];
            /// Accepts a request with the same key twice.
            AcceptsTwoKeys = "accepts-two-keys", "11.3.1:2", ["11.3/key-twice"];
            /// Accepts a request with the same version twice.
            AcceptsTwoVersions = "accepts-two-versions", "11.3.5:4", ["11.3/version-twice"];
            /// Reads a version only up to the first byte that is not a digit.
            ReadsLeadingDigits = "reads-leading-digits", "4.2.1:25",
                ["4.2.1/value-cut-short[value=13;4]", "4.2.1/value-cut-short[value=13#4]"];
            /// Treats `_` in the name of a field as `-`.
            ReadsUnderscoreAsHyphen = "reads-underscore-as-hyphen", "4.2.1:24",
                ["4.2.1/field-of-a-similar-name[name=Sec_WebSocket_Version]"];
            /// Begins a new field at a fold, at a lone CR, and at other line separators.
            BeginsFieldsWithinFields = "begins-fields-within-fields", "4.2.1:33",
                ["4.2.1/field-within-a-field"];
            /// Accepts a list of versions with 13 in it.
            AcceptsVersionLists = "accepts-version-lists", "4.2.1:4", ["11.3/version-list"];
            /// Accepts a malformed Sec-WebSocket-Extensions.
            AcceptsMalformedExtensions = "accepts-malformed-extensions", "9.1:2", ["9.1/malformed-extension"];
            /// Accepts subprotocols that are not tokens.
            AcceptsMalformedSubprotocols = "accepts-malformed-subprotocols", "4.2.1:37",
                ["4.2.1/subprotocols-malformed[list=ab]", "4.2.1/subprotocols-malformed[list=(chat)]"];
            /// Requires Host before all other fields.
            WantsHostFirst = "wants-host-first", "4.2.1:5", ["4.2.1/field-at-the-end[name=Host]"];
            /// Loses the last character of a key that is the last field.
            CutsLastKey = "cuts-last-key", "4.2.2:33", ["4.2.1/field-at-the-end[name=Sec-WebSocket-Key]"];
            /// Treats a list of subprotocols as one if its commas are not followed by spaces.
            SplitsSubprotocolsAtBlanks = "splits-subprotocols-at-blanks", "4.3:12", ["4.2.2/subprotocols-without-blanks"];
            /// Accepts an origin that only starts with its own.
            ComparesStartOfOrigin = "compares-start-of-origin", "4.2.2:10", ["10.2/origin-with-more-behind-it"];
            /// Accepts an origin that only ends with its own.
            ComparesEndOfOrigin = "compares-end-of-origin", "4.2.2:10", ["10.2/origin-with-more-before-its-host"];
            /// Accepts its own origin with another scheme.
            ComparesHostOfOrigin = "compares-host-of-origin", "4.2.2:10", ["10.2/origin-of-another-scheme"];
            /// Accepts an origin that it is declared to refuse.
            AcceptsForeignOrigin = "accepts-foreign-origin", "4.2.2:10", ["10.2/foreign-origin"];
            /// Considers only the last of several Origin fields.
            AcceptsTwoOrigins = "accepts-two-origins", "4.2.1:37", ["10.2/origin-in-a-second-field"];
            /// Chooses a subprotocol only from a list of one.
            WantsSubprotocolAlone = "wants-subprotocol-alone", "4.2.2:20", ["4.2.2/spoken-subprotocol-in-a-list[before=wsspec-a*"];
            /// Opens a connection for any origin, and then closes it with 1008.
            ClosesForeignOrigin = "closes-foreign-origin", "10.2:2", ["10.2/origin-refused-in-the-handshake"];
            /// Refuses a version without saying which it accepts.
            OmitsVersionInRefusal = "omits-version-in-refusal", "4.4:3", ["4.4/refusal-names-the-versions"];
            /// Refuses a version and names 8 as the one it accepts.
            NamesOtherVersion = "names-other-version", "4.4:4", ["4.4/refusal-names-the-versions"];
            /// Refuses by dropping the connection without a response.
            RefusesByDropping = "refuses-by-dropping", "10.7:5",
                ["4.2.1/refusal-is-an-http-error", "4.4/refusal-names-the-versions"];
            /// Refuses with status 200.
            RefusesWithStatus200 = "refuses-with-status200", "4.2.1:3",
                ["4.2.1/refusal-is-an-http-error", "4.4/refusal-names-the-versions"];
            /// Does not answer a request that it refuses.
            NeverRefuses = "never-refuses", "4.2.1:3",
                ["4.2.1/refusal-is-an-http-error", "4.2.1/key-missing", "4.2.2/refusal-ends-the-connection"];
            /// Does not answer a request for another version.
            IgnoresOtherVersions = "ignores-other-versions", "4.2.2:14", ["4.4/earlier-version"];
        }
    };
}
pub(super) use handshake_flaws;
