//! Flaws in interpreting the parts of a frame and of compressed data (RFC 6455, 5; RFC 7692, 7.2).

macro_rules! meanings_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            /// Puts extension data before its messages though no extension was negotiated.
            SendsExtensionData = "sends-extension-data", "6.2:4", ["5.2/binary-length[size=1]", "5.2/random-binary-length"];
            /// Treats the first two bytes of a message as extension data.
            SkipsExtensionData = "skips-extension-data", "6.2:4", ["5.2/binary-length[size=1]", "5.2/random-binary-length"];
            /// Pads a message to whole words when it masks or unmasks it.
            PadsToWholeWords = "pads-to-whole-words", "6.2:4", ["5.2/binary-length[size=1]"];
            /// Treats reserved control opcodes as binary.
            TakesReservedControlForBinary = "takes-reserved-control-for-binary", "5.2:10", ["5.2/reserved-control-opcode"];
            /// Answers a reserved data opcode as a ping.
            TakesReservedForPings = "takes-reserved-for-pings", "5.2:9", ["5.2/reserved-data-opcode"];
            /// Loses the first segment after the opening handshake.
            LosesFirstSegment = "loses-first-segment", "5.5.2:2", ["5.5.2/pings-one-by-one"];
            /// Accepts permessage-deflate by another name.
            AnswersByOtherName = "answers-by-other-name", "4.2.2:27", ["9.1/extensions-in-use[list=permessage-deflate]"];

            /// Allocates as much memory as the header of a frame announces.
            TrustsAnnouncedLength = "trusts-announced-length", "10.4:2", ["10.4/declared-length"];
            /// Allocates 4 KiB for each fragment of a message.
            HoldsFragments = "holds-fragments", "10.4:3", ["10.4/tiny-fragments"];

            // Compressed data.
            /// Compresses the two fragments of a message separately, and removes the last four bytes of both.
            CompressesFragmentsAlone = "compresses-fragments-alone", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Ends a message with a block with BFINAL set and nothing after it.
            OmitsByteAfterFinal = "omits-byte-after-final", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Ends a message with a block with BFINAL set, and pads that with an extra byte.
            PadsFinalBlock = "pads-final-block", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Decompresses without adding the last four bytes.
            AddsNoTail = "adds-no-tail", rfc7692 "7.2.2:1", ["7.2.2/tail-is-added"];
        }
    };
}
pub(super) use meanings_flaws;
