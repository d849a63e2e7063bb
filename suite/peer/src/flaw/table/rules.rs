//! Frames that should fail the connection, and do not (RFC 6455, 5).

macro_rules! rules_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // What it does not refuse.
            /// Accepts unmasked frames.
            AcceptsUnmasked = "accepts-unmasked", "5.1:3",
                ["5.1/unmasked-frame", "5.1/long-unmasked-message", "5.1/unmasked-after-masked"];
            /// Accepts unmasked control frames.
            AcceptsUnmaskedControl = "accepts-unmasked-control", "5.1:3",
                ["5.1/unmasked-frame[kind=ping,size=5]", "5.1/unmasked-ping-between-fragments"];
            /// Accepts unmasked continuation frames.
            AcceptsUnmaskedContinuation = "accepts-unmasked-continuation", "5.1:3",
                ["5.1/unmasked-continuation"];
            /// Accepts unmasked frames with FIN clear.
            AcceptsUnmaskedFirstFragment = "accepts-unmasked-first-fragment", "5.1:3",
                ["5.1/unmasked-first-fragment"];
            /// Accepts unmasked frames without a payload.
            AcceptsUnmaskedEmpty = "accepts-unmasked-empty", "5.1:3",
                ["5.1/unmasked-frame[kind=text,size=0]", "5.1/unmasked-frame[kind=pong,size=0]"];
            /// Checks the masking of only the first frame.
            ChecksFirstMaskOnly = "checks-first-mask-only", "5.1:3", ["5.1/unmasked-after-masked"];
            /// Ignores unmasked frames.
            IgnoresUnmasked = "ignores-unmasked", "5.1:3",
                ["5.1/unmasked-frame", "5.1/unmasked-close", "5.1/masked-after-unmasked"];
            /// Accepts RSV1.
            AcceptsRsv1 = "accepts-rsv1", "5.2:6", ["5.2/rsv1"];
            /// Accepts RSV2.
            AcceptsRsv2 = "accepts-rsv2", "5.2:7", ["5.2/rsv2"];
            /// Accepts RSV3.
            AcceptsRsv3 = "accepts-rsv3", "5.2:8", ["5.2/rsv3"];
            /// Accepts reserved bits on control frames.
            AcceptsRsvOnControl = "accepts-rsv-on-control", "5.2:6",
                ["5.2/rsv1[kind=ping]", "5.2/rsv-on-a-ping-between-fragments"];
            /// Accepts reserved bits on continuation frames.
            AcceptsRsvOnContinuation = "accepts-rsv-on-continuation", "5.2:6",
                ["5.2/rsv-on-a-continuation", "5.2/rsv-on-a-middle-fragment"];
            /// Accepts reserved bits on first fragments.
            AcceptsRsvOnFirstFragment = "accepts-rsv-on-first-fragment", "5.2:6",
                ["5.2/rsv-on-a-first-fragment"];
            /// Accepts reserved bits on empty frames.
            AcceptsRsvOnEmpty = "accepts-rsv-on-empty", "5.2:6", ["5.2/rsv-on-an-empty-frame"];
            /// Accepts two reserved bits at once.
            AcceptsTwoRsv = "accepts-two-rsv", "5.2:6", ["5.2/rsv1-and-rsv2", "5.2/rsv1-and-rsv3"];
            /// Ignores frames with reserved bits.
            IgnoresRsv = "ignores-rsv", "5.2:6",
                ["5.2/close-with-one-reserved-bit",
                 "5.2/close-with-all-reserved-bits",
                 "5.2/rsv-after-a-message"];
            /// Ignores reserved data opcodes.
            IgnoresReservedData = "ignores-reserved-data", "5.2:9",
                ["5.2/reserved-data-opcode", "5.2/reserved-data-opcode-after-a-message"];
            /// Refuses only the first and the last reserved opcode of each kind.
            KnowsFewReserved = "knows-few-reserved", "5.2:9",
                ["5.2/reserved-data-opcode[op=5]", "5.2/reserved-data-opcode[op=6]"];
            /// Ignores reserved control opcodes.
            IgnoresReservedControl = "ignores-reserved-control", "5.2:10",
                ["5.2/reserved-control-opcode",
                 "5.2/reserved-control-opcode-after-a-message",
                 "5.5/reserved-control-frame-too-long",
                 "5.2/reserved-control-opcode-with-payload"];
            /// Treats reserved data opcodes as binary.
            TakesReservedForBinary = "takes-reserved-for-binary", "5.2:9",
                ["5.2/reserved-data-opcode-with-payload", "5.2/reserved-opcode-as-first-fragment[op=3]"];
            /// Ignores reserved opcodes between fragments.
            AcceptsReservedInMessage = "accepts-reserved-in-message", "5.2:9",
                ["5.2/reserved-opcode-between-fragments"];
            /// Accepts lengths that are not encoded minimally.
            AcceptsPaddedLength = "accepts-padded-length", "5.2:23",
                ["5.2/ping-length-not-minimal",
                 "5.2/message-length-not-minimal",
                 "5.2/close-length-not-minimal"];
            /// Waits for the payload that the top bit announces.
            AcceptsTopBit = "accepts-top-bit", "5.2:20",
                ["5.2/top-bit-of-a-64-bit-length", "5.2/top-bit-of-a-continuation-length"];
            /// Ignores continuation frames with nothing to continue.
            IgnoresOrphans = "ignores-orphans", "5.4:7",
                ["5.4/orphan-continuation", "5.4/empty-orphan-continuation"];
            /// Treats a continuation frame with nothing to continue as text.
            TakesOrphansForText = "takes-orphans-for-text", "5.4:7",
                ["5.4/orphan-last-continuation", "5.4/orphan-continuation-after-a-ping"];
            /// Takes a continuation frame without FIN for the beginning of a message.
            BeginsMessagesWithOrphans = "begins-messages-with-orphans", "5.4:7",
                ["5.4/message-of-continuations"];
            /// Appends an orphan continuation frame to the last message.
            ReopensMessages = "reopens-messages", "5.4:7",
                ["5.4/orphan-continuation-after-a-whole-message",
                 "5.4/orphan-last-continuation-after-a-fragmented-message"];
            /// Lets a new message replace an unfinished one.
            ReplacesMessages = "replaces-messages", "5.4:13",
                ["5.4/new-message-inside-a-message", "5.4/new-message-after-a-middle-fragment"];
            /// Treats a new message inside another as its next fragment.
            JoinsMessages = "joins-messages", "5.4:13",
                ["5.4/interleaved-messages", "5.4/new-message-inside-a-message"];
            /// Does not count a message as begun by an empty fragment.
            ForgetsEmptyFirstFragment = "forgets-empty-first-fragment", "5.4:13",
                ["5.4/new-message-after-an-empty-first-fragment"];
            /// Answers pings with FIN clear.
            AcceptsFragmentedPing = "accepts-fragmented-ping", "5.5:6",
                ["5.5/control-frame-without-fin[kind=ping,size=1]", "5.5/fragmented-ping-between-fragments"];
            /// Accepts pongs with FIN clear.
            AcceptsFragmentedPong = "accepts-fragmented-pong", "5.5:6",
                ["5.5/control-frame-without-fin[kind=pong,size=0]"];
            /// Waits for the rest of a control frame with FIN clear.
            JoinsFragmentedControl = "joins-fragmented-control", "5.5:6",
                ["5.5/close-without-fin", "5.5/fragmented-control-frame", "5.5/control-frame-without-fin"];
            /// Answers pings above 125 bytes with 125 bytes.
            AcceptsLongPing = "accepts-long-ping", "5.5:4",
                ["5.5/control-frame-too-long[kind=ping,size=126]", "5.5/long-ping-between-fragments"];
            /// Accepts pongs above 125 bytes.
            AcceptsLongPong = "accepts-long-pong", "5.5:4",
                ["5.5/control-frame-too-long[kind=pong,size=126]"];
            /// Accepts close frames above 125 bytes, and sends them back.
            MirrorsLongClose = "mirrors-long-close", "5.5:3", ["5.5/close-too-long"];
            /// Accepts a close body of one byte, and sends it back.
            MirrorsOneByteClose = "mirrors-one-byte-close", "5.5.1:5", ["5.5.1/one-byte-body"];
            /// Ignores a close frame of one byte.
            IgnoresOneByteClose = "ignores-one-byte-close", "5.5.1:6", ["5.5.1/one-byte-body"];
            /// Accepts a close reason that is not UTF-8, and sends it back.
            MirrorsBadReason = "mirrors-bad-reason", "5.5.1:8",
                ["5.5.1/reason-is-not-utf-8", "5.5.1/reason-cut-inside-a-character"];
            /// Ignores a close frame whose reason is not UTF-8.
            IgnoresBadReason = "ignores-bad-reason", "5.5.1:9",
                ["5.5.1/reason-is-not-utf-8", "5.5.1/reason-cut-inside-a-character"];
            /// Echoes close codes that must not be sent.
            MirrorsBadCodes = "mirrors-bad-codes", "7.4.1:8",
                ["7.4/code-1005", "7.4/code-1006", "7.4/code-1015"];
            /// Answers close codes that must not be sent with 1000.
            AcceptsBadCodes = "accepts-bad-codes", "7.4.1:9",
                ["7.4/code-1005", "7.4/code-1006", "7.4/code-1015"];
        }
    };
}
pub(super) use rules_flaws;
