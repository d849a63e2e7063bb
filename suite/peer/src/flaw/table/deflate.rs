//! Flaws in permessage-deflate, its negotiation and its use (RFC 7692).

macro_rules! deflate_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // Which offers it accepts.
            /// Declines every offer.
            DeclinesOffers = "declines-offers", rfc7692 "5:12", ["5/offer"];
            /// Considers only the first offer.
            ReadsFirstOfferOnly = "reads-first-offer-only", rfc7692 "5:5", ["5/fallback", "5/fallback-in-a-second-field"];
            /// Names the extension even if it accepts no offer.
            AnswersDeclinedOffers = "answers-declined-offers", rfc7692 "5:22",
                ["5/no-acceptable-offer[offers=permessage-deflate;server_max_window_bits=7,permessage-deflate;server_max_window_bits=16]"];
            /// Accepts every offer, and names the extension once for each.
            TakesAllOffers = "takes-all-offers", rfc7692 "5:17", ["5/same-offer-twice"];
            /// Does not accept an offer of client_max_window_bits without a value.
            WantsClientBitsValue = "wants-client-bits-value", rfc7692 "7.1.2.2:4", ["7.1.2/client-bits-hint"];
            /// Refuses the handshake if an offer has a quoted value.
            RefusesQuotedOffers = "refuses-quoted-offers", rfc7692 "3:4", ["5/quoted-value"];
            /// Accepts an offer with an unknown parameter.
            TakesUnknownParameters = "takes-unknown-parameters", rfc7692 "7:3",
                ["7/unknown-parameter", "7/unknown-among-known"];
            /// Accepts an offer that has a parameter twice.
            TakesRepeatedParameters = "takes-repeated-parameters", rfc7692 "7:5",
                ["7/repeated-parameter", "7/repeated-with-another-value"];
            /// Ignores a value of server_no_context_takeover.
            TakesServerTakeoverValue = "takes-server-takeover-value", rfc7692 "7.1.1.1:3",
                ["7.1.1/server-takeover-with-a-value"];
            /// Ignores a value of client_no_context_takeover.
            TakesClientTakeoverValue = "takes-client-takeover-value", rfc7692 "7.1.1.2:3",
                ["7.1.1/client-takeover-with-a-value"];
            /// Treats server_max_window_bits without a value as 15.
            TakesServerBitsWithoutValue = "takes-server-bits-without-value", rfc7692 "7.1.2.1:4",
                ["7.1.2/server-bits-without-value"];
            /// Clamps a number out of range in server_max_window_bits.
            TakesServerBitsOutOfRange = "takes-server-bits-out-of-range", rfc7692 "7.1.2.1:5",
                ["7.1.2/server-bits-out-of-range"];
            /// Treats a malformed number in server_max_window_bits as 10.
            TakesServerBitsMalformed = "takes-server-bits-malformed", rfc7692 "7.1.2.1:6",
                ["7.1.2/server-bits-not-a-number"];
            /// Ignores an invalid client_max_window_bits.
            TakesInvalidClientBits = "takes-invalid-client-bits", rfc7692 "7.1.2.2:5",
                ["7.1.2/client-bits-invalid"];

            // What it answers.
            /// Leaves server_no_context_takeover out of its answer.
            OmitsServerTakeover = "omits-server-takeover", rfc7692 "7.1.1.1:4",
                ["7.1.1/server-no-context-takeover", "5/all-parameters"];
            /// Answers server_no_context_takeover with a value.
            GivesServerTakeoverAValue = "gives-server-takeover-a-value", rfc7692 "7.1.1.1:6",
                ["7.1.1/server-no-context-takeover"];
            /// Answers client_no_context_takeover with a value.
            GivesClientTakeoverAValue = "gives-client-takeover-a-value", rfc7692 "7.1.1.2:6",
                ["7.1.1/client-no-context-takeover"];
            /// Leaves server_max_window_bits out of its answer.
            OmitsServerBits = "omits-server-bits", rfc7692 "7.1.2.1:7", ["7.1.2/server-bits"];
            /// Answers any server_max_window_bits with 15.
            AnswersServerBits15 = "answers-server-bits15", rfc7692 "7.1.2.1:8",
                ["7.1.2/server-bits[bits=8]", "7.1.2/server-bits[bits=14]", "5/quoted-value[offer=server_max_window_bits=?10?]"];
            /// Answers any server_max_window_bits with 7.
            AnswersServerBits7 = "answers-server-bits7", rfc7692 "7.1.2.1:9", ["7.1.2/server-bits"];
            /// Answers server_max_window_bits without a value.
            AnswersServerBitsWithoutValue = "answers-server-bits-without-value", rfc7692 "7.1.2.1:10",
                ["7.1.2/server-bits"];
            /// Answers client_max_window_bits with 16.
            AnswersClientBits16 = "answers-client-bits16", rfc7692 "7.1.2.2:10", ["7.1.2/client-bits-hint"];
            /// Answers client_max_window_bits without a value.
            AnswersClientBitsWithoutValue = "answers-client-bits-without-value", rfc7692 "7.1.2.2:11",
                ["7.1.2/client-bits-hint"];
            /// Answers with client_max_window_bits even if it was not offered.
            AnswersClientBitsUnasked = "answers-client-bits-unasked", rfc7692 "7.1.2.2:13",
                ["7.1.2/client-bits-not-offered"];
            /// Answers with a parameter that is not defined.
            AnswersUnknownParameter = "answers-unknown-parameter", rfc7692 "7:2", ["5/offer"];

            // What it sends.
            /// Compresses its messages and leaves RSV1 clear.
            CompressesWithoutRsv1 = "compresses-without-rsv1", rfc7692 "6.1:3", ["6.1/echo[size=1000]"];
            /// Compresses its messages even if nothing was agreed.
            CompressesUnasked = "compresses-unasked", rfc7692 "5:23", ["5/no-offer"];
            /// Compresses all of a message except its last byte.
            CompressesAllButLast = "compresses-all-but-last", rfc7692 "6.1:1", ["6.1/echo"];
            /// Sets RSV1 on messages that it does not compress.
            ClaimsCompression = "claims-compression", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Sets RSV1 on every fragment of a compressed message.
            SetsRsv1OnAllFragments = "sets-rsv1-on-all-fragments", rfc7692 "6.1:9", ["6.1/echo[size=1000]"];
            /// Sets RSV1 on its pongs once compression is in use.
            SetsRsv1OnPongs = "sets-rsv1-on-pongs", rfc7692 "6.1:8", ["6.1/control-frames-stay-plain"];
            /// Sets RSV1 on its close frame once compression is in use.
            SetsRsv1OnClose = "sets-rsv1-on-close", rfc7692 "6.1:8", ["6.1/control-frames-stay-plain"];
            /// Does not remove the empty block at the end of compressed data.
            LeavesTail = "leaves-tail", rfc7692 "7.2.1:1", ["6.1/echo[size=1000]"];
            /// Compresses with the largest window, whatever was agreed.
            UsesLargestWindow = "uses-largest-window", rfc7692 "7.2.1:18",
                ["7.1.2/server-window", "7.1.2/server-window-in-a-message"];
            /// Keeps its window from message to message, whatever was agreed.
            KeepsItsContext = "keeps-its-context", rfc7692 "7.2.1:14", ["7.1.1/server-starts-afresh"];
            /// Sends compressed messages back as binary.
            CompressesToBinary = "compresses-to-binary", rfc7692 "6.1:12", ["6.1/kind-is-kept"];

            /// Sends an empty message after another as one frame without a payload, and yet sets RSV1.
            SendsEmptyWithoutData = "sends-empty-without-data", rfc7692 "7.2.1:1", ["6.1/empty-after-full"];

            // What it accepts.
            /// Accepts control frames with RSV1 set once compression is in use.
            TakesCompressedControl = "takes-compressed-control", rfc7692 "6.1:10",
                ["6.1/rsv1-on-control[frame=ping]", "6.1/rsv1-on-control-within-message"];
            /// Accepts continuation frames with RSV1 set once compression is in use.
            TakesCompressedContinuation = "takes-compressed-continuation", rfc7692 "6.1:11",
                ["6.1/rsv1-on-continuation"];
            /// Takes RSV1 on the continuation frames of messages that are not compressed.
            TakesRsv1WithinPlain = "takes-rsv1-within-plain", rfc7692 "6.1:11",
                ["6.1/rsv1-on-continuation[first=binaryHe-fin,fin=]"];
            /// Treats every message as compressed once compression is in use.
            InflatesPlain = "inflates-plain", rfc7692 "6.2:5",
                ["6.1/uncompressed[size=5]", "6.1/uncompressed-fragments"];
            /// Does not accept a compressed message in fragments.
            InflatesFramesAlone = "inflates-frames-alone", rfc7692 "6.2:1",
                ["6.2/fragments", "6.2/cut-anywhere", "6.2/empty-fragments"];
            /// Ignores RSV1 on an empty first fragment.
            ForgetsEmptyRsv1 = "forgets-empty-rsv1", rfc7692 "6:2", ["6.2/empty-first-fragment"];
            /// Requires the compressed bytes of a text to be UTF-8.
            ChecksCompressedBytes = "checks-compressed-bytes", rfc7692 "6.1:13", ["6.2/compressed-bytes-are-no-text"];
            /// Does not check the text that it decompresses.
            TrustsInflatedText = "trusts-inflated-text", rfc7692 "6.1:14",
                ["6.2/text-that-is-not-utf-8", "6.2/fragmented-text-that-is-not-utf-8"];
            /// Sends the compressed bytes back as a message.
            EchoesCompressedBytes = "echoes-compressed-bytes", rfc7692 "6.2:3",
                ["6.2/binary-that-is-not-utf-8", "6.2/compressed-bytes-are-no-text"];
            /// Truncates a message that grows a hundredfold when decompressed.
            CutsHighRatios = "cuts-high-ratios", rfc7692 "6.2:3", ["7.2/ratio"];
            /// Decompresses each message with an empty window.
            DropsTheirContext = "drops-their-context", rfc7692 "7.2.2:10", ["7.2/window-over-messages"];
            /// Leaves client_no_context_takeover out of its answer, but acts as if it had agreed.
            AgreesInSilence = "agrees-in-silence", rfc7692 "7.2.2:11", ["7.1.1/client-no-context-takeover"];
            /// Begins with an empty window after an uncompressed message.
            DropsContextAtPlain = "drops-context-at-plain", rfc7692 "7.2.3.2:1", ["6.2/compressed-and-plain-in-turn"];
            /// Begins with an empty window after an empty message.
            DropsContextAtEmpty = "drops-context-at-empty", rfc7692 "7.2.2:10",
                ["6.2/empty-messages-between-compressed"];
            /// Decompresses with a window of 512 bytes.
            InflatesWithin512 = "inflates-within512", rfc7692 "7.2.2:15", ["7.2/window-of-32768", "7.2/window-in-a-message", "7.2/window-in-a-long-message"];
            /// Decompresses with a window of 512 bytes if the offer had client_max_window_bits.
            TakesHintForAgreed = "takes-hint-for-agreed", rfc7692 "7.2.2:2", ["7.1.2/client-bits[bits=8,size=2700]", "7.1.2/client-bits-in-a-long-message[bits=8]"];
            /// Does not decompress stored blocks.
            RefusesStoredBlocks = "refuses-stored-blocks", rfc7692 "7.2.2:3",
                ["7.2/block-types[hex=000500faff48656c6c6f00]"];
            /// Does not decompress blocks with dynamic codes.
            RefusesDynamicBlocks = "refuses-dynamic-blocks", rfc7692 "7.2.2:3", ["7.2/dynamic-block"];
            /// Does not decompress a block after an empty one.
            RefusesSeveralBlocks = "refuses-several-blocks", rfc7692 "7.2.2:4", ["7.2/several-blocks[hex=f248*]", "7.2/several-blocks[hex=000000*]"];
            /// Does not decompress a block with BFINAL set.
            RefusesFinalBlocks = "refuses-final-blocks", rfc7692 "7.2.2:5",
                ["7.2/final-block",
                 "7.2/empty-final-block",
                 "7.2/final-block-in-fragments",
                 "7.2/blocks-after-a-final-block"];
            /// Does not decompress the empty message.
            RefusesInflatedNothing = "refuses-inflated-nothing", rfc7692 "7.2.2:2", ["7.2/empty-message[hex=00]"];
            /// Does not accept a last fragment that adds nothing.
            RefusesEmptyLastBlock = "refuses-empty-last-block", rfc7692 "7.2.3.6:2", ["7.2/last-fragment-of-nothing[last=00]"];
            /// Ignores control frames with RSV1 set and FIN clear.
            TakesCompressedFragmentedControl = "takes-compressed-fragmented-control", rfc7692 "6.1:10",
                ["6.1/rsv1-on-a-fragmented-control-frame"];
            /// Decompresses with a window that is 262 bytes short, the part that a compressor reserves.
            InflatesAlmost32768 = "inflates-almost32768", rfc7692 "7.2.2:15",
                ["7.2/distance-of-32768", "7.2/distance-of-32768-over-messages"];
            /// Resets the window when the message type differs from that of the previous message.
            DropsContextAtOtherKind = "drops-context-at-other-kind", rfc7692 "7.2.2:10", ["7.2/window-over-types"];
            /// Loses the last byte of a message that was compressed more than 500 to 1.
            LosesTailOfHighRatio = "loses-tail-of-high-ratio", rfc7692 "6.2:3", ["7.2/ratio-above-500"];
            /// Treats every compressed message as empty after one above 128 KiB that ended with BFINAL set.
            ForgetsAfterLongFinal = "forgets-after-long-final", rfc7692 "7.2.2:5", ["7.2/long-final-block"];
            /// Delivers what could be decompressed if the compressed data is truncated.
            DeliversCutData = "delivers-cut-data", rfc7692 "7.2.2:6", ["7.2/data-cut-short"];
            /// Loses count of the key in a compressed frame that comes in segments.
            MiscountsKeyInCompressed = "miscounts-key-in-compressed", "5.3:8", ["5.3/compressed-frames-in-pieces"];
            /// Decompresses messages though it declined what was offered.
            InflatesDeclined = "inflates-declined", "5.2:6", ["9.1/rsv1-after-a-declined-offer"];
            /// Ignores a message that does not decompress.
            PassesOverCorrupt = "passes-over-corrupt", rfc7692 "7.2.2:6", ["7.2/invalid-data"];
        }
    };
}
pub(super) use deflate_flaws;
