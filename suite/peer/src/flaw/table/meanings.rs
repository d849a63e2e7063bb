//! Flaws in what the parts of a frame, and of compressed data, are taken to mean (RFC 6455, 5; RFC 7692, 7.2).

macro_rules! meanings_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            /// Puts extension data before its messages though no extension was negotiated.
            SendsExtensionData = "sends-extension-data", "6.2:4", ["5.2/binary-length[size=1]", "5.2/random-binary-length"];
            /// Takes the first two bytes of a message for extension data.
            SkipsExtensionData = "skips-extension-data", "6.2:4", ["5.2/binary-length[size=1]", "5.2/random-binary-length"];
            /// Fills a message up to whole words as it masks it or unmasks it.
            PadsToWholeWords = "pads-to-whole-words", "6.2:4", ["5.2/binary-length[size=1]"];
            /// Takes reserved control opcodes for binary.
            TakesReservedControlForBinary = "takes-reserved-control-for-binary", "5.2:10", ["5.2/reserved-control-opcode"];
            /// Answers a reserved data opcode as a ping.
            TakesReservedForPings = "takes-reserved-for-pings", "5.2:9", ["5.2/reserved-data-opcode"];
            /// Loses the first segment that comes once the connection is open.
            LosesFirstSegment = "loses-first-segment", "5.5.2:2", ["5.5.2/pings-one-by-one"];
            /// Accepts permessage-deflate by another name.
            AnswersByOtherName = "answers-by-other-name", "4.2.2:27", ["9.1/extensions-in-use[list=permessage-deflate]"];

            /// Takes up as much memory as the header of a frame announces.
            TrustsAnnouncedLength = "trusts-announced-length", "10.4:2", ["10.4/declared-length"];
            /// Takes up 4 KiB for each fragment of a message.
            HoldsFragments = "holds-fragments", "10.4:3", ["10.4/tiny-fragments"];

            // Compressed data.
            /// Compresses the two fragments of a message each, and takes the last four bytes off both.
            CompressesFragmentsAlone = "compresses-fragments-alone", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Ends a message with a block with BFINAL set and nothing behind it.
            OmitsByteAfterFinal = "omits-byte-after-final", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Ends a message with a block with BFINAL set, and pads that with a byte too many.
            PadsFinalBlock = "pads-final-block", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Decompresses what comes without adding the last four bytes.
            AddsNoTail = "adds-no-tail", rfc7692 "7.2.2:1", ["7.2.2/tail-is-added"];
        }
    };
}
pub(super) use meanings_flaws;
