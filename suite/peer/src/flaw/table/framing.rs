//! Flaws in sending and reading frames (RFC 6455, 5.2 and 5.3).

macro_rules! framing_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // What its frames look like.
            /// Masks the frames it sends.
            MasksFrames = "masks-frames", "5.1:5", ["5.1/server-frames-are-unmasked"];
            /// Masks its pongs.
            MasksPongs = "masks-pongs", "5.1:5", ["5.1/server-frames-are-unmasked"];
            /// Masks its close frames.
            MasksClose = "masks-close", "5.1:5", ["5.1/server-frames-are-unmasked"];
            /// Sets the mask bit without sending a key.
            SetsMaskBit = "sets-mask-bit", "5.1:5", ["5.1/server-frames-are-unmasked"];
            /// Sets RSV1 in its messages.
            SendsRsv1 = "sends-rsv1", "5.2:3", ["5.2/kinds-are-kept"];
            /// Sets RSV2 in its messages.
            SendsRsv2 = "sends-rsv2", "5.2:4", ["5.2/kinds-are-kept"];
            /// Sets RSV3 in its messages.
            SendsRsv3 = "sends-rsv3", "5.2:5", ["5.2/kinds-are-kept"];
            /// Sets RSV1 in its pongs.
            SendsRsvOnPong = "sends-rsv-on-pong", "5.2:3", ["5.5.2/ping-with-text"];
            /// Sets RSV2 in its close frames.
            SendsRsvOnClose = "sends-rsv-on-close", "5.2:4", ["5.5.1/empty-close"];
            /// Accepts reserved bits, and echoes them.
            MirrorsRsv = "mirrors-rsv", "5.2:3",
                ["5.2/rsv1[kind=text]", "5.2/rsv2[kind=ping]", "5.2/rsv3[kind=binary]"];
            /// Sends a frame with opcode 0x3 in addition to each message.
            SendsReservedDataOpcode = "sends-reserved-data-opcode", "5.2:12", ["5.2/kinds-are-kept"];
            /// Sends a frame with opcode 0xB in addition to each message.
            SendsReservedControlOpcode = "sends-reserved-control-opcode", "5.2:13", ["5.2/kinds-are-kept"];
            /// Sends text as binary and binary as text.
            SwapsOpcodes = "swaps-opcodes", "6.1:5", ["5.2/kinds-are-kept"];
            /// Sends text back as binary.
            SendsTextAsBinary = "sends-text-as-binary", "6.1:5", ["5.2/kinds-are-kept"];
            /// Sends binary back as text.
            SendsBinaryAsText = "sends-binary-as-text", "6.1:5",
                ["5.2/kinds-are-kept", "5.6/binary-is-anything[hex=ff]"];
            /// Sends all messages with the type of the first one received.
            KeepsFirstKind = "keeps-first-kind", "6.1:5", ["5.2/kinds-are-kept"];
            /// Sends its messages with FIN clear.
            NeverEndsMessages = "never-ends-messages", "6.1:6", ["5.2/kinds-are-kept"];
            /// Writes a length up to 125 in 16 bits.
            PadsShortLength = "pads-short-length", "5.2:22",
                ["5.2/text-length[size=1]", "5.2/text-length[size=125]"];
            /// Writes a length of 125 in 16 bits.
            Pads125 = "pads125", "5.2:22", ["5.2/binary-length[size=125]", "5.2/lengths-in-a-row"];
            /// Writes a length from 126 to 65535 in 64 bits.
            PadsMiddleLength = "pads-middle-length", "5.2:22",
                ["5.2/binary-length[size=126]", "5.2/long-binary-length[size=65535]"];
            /// Writes a length of 65535 in 64 bits.
            Pads65535 = "pads65535", "5.2:22", ["5.2/long-binary-length[size=65535]"];
            /// Writes the length of a pong in 64 bits.
            PadsPongLength = "pads-pong-length", "5.2:22", ["5.5.2/ping-with-text"];
            /// Writes a length of 126 in 7 bits.
            Writes126InSevenBits = "writes126-in-seven-bits", "5.2:17", ["5.2/text-length[size=126]"];
            /// Writes a length of 127 in 7 bits.
            Writes127InSevenBits = "writes127-in-seven-bits", "5.2:18", ["5.2/text-length[size=127]"];
            /// Writes a length of 65536 and above in 16 bits, wrapped.
            WrapsLengthAt65536 = "wraps-length-at65536", "5.2:22",
                ["5.2/long-text-length[size=65536]", "5.2/long-binary-length[size=65536]"];
            /// Sets the top bit of a 64-bit length.
            SetsTopBit = "sets-top-bit", "5.2:19", ["5.2/long-binary-length[size=65536]"];
            /// Writes lengths of several bytes with the least significant first.
            SwapsLengthBytes = "swaps-length-bytes", "5.2:21",
                ["5.2/text-length[size=126]", "5.2/long-binary-length[size=65536]", "5.2/lengths-in-a-row"];
            /// Writes a length one too large.
            OverstatesLength = "overstates-length", "5.2:16",
                ["5.2/text-length[size=1]", "5.2/binary-length[size=0]"];
            /// Writes a length one too small.
            UnderstatesLength = "understates-length", "5.2:16",
                ["5.2/text-length[size=1]", "5.2/binary-length[size=127]"];
            /// Sends a message in two frames, both with its opcode.
            RepeatsFirstOpcode = "repeats-first-opcode", "5.4:12", ["5.4/two-fragments"];
            /// Sends a message in two frames, both with FIN.
            EndsEveryFragment = "ends-every-fragment", "5.4:6", ["5.4/two-fragments"];
            /// Begins its messages with a continuation frame.
            BeginsWithContinuation = "begins-with-continuation", "5.4:4", ["5.4/two-fragments"];
            /// Sends a message in two frames and leaves out the second.
            LosesSecondFragment = "loses-second-fragment", "6.1:9", ["5.1/data-long-after-the-handshake"];
            /// Sends a pong in two frames.
            FragmentsPongs = "fragments-pongs", "5.5:5", ["5.5.2/ping-with-text"];
            /// Pads its pongs to 126 bytes.
            SendsLongPongs = "sends-long-pongs", "5.5:3", ["5.5.2/ping-with-text"];
            /// Ends its text with a stray byte.
            SendsInvalidText = "sends-invalid-text", "5.6:2", ["5.6/valid-text"];

            // How it reads lengths, masks and segments.
            /// Reads a 7-bit length of 126 as 126.
            Takes126AsLength = "takes126-as-length", "5.2:17",
                ["5.2/text-length[size=127]", "5.2/long-binary-length[size=65535]", "5.2/middle-header-in-pieces"];
            /// Reads a 7-bit length of 127 as 127.
            Takes127AsLength = "takes127-as-length", "5.2:18",
                ["5.2/long-text-length[size=65536]", "5.2/long-header-in-pieces"];
            /// Reads a 16-bit length with the least significant byte first.
            ReadsSwappedLength = "reads-swapped-length", "5.2:21",
                ["5.2/binary-length[size=126]", "5.2/lengths-in-a-row"];
            /// Treats a 16-bit length above 32767 as negative.
            ReadsSignedLength = "reads-signed-length", "5.2:17", ["5.2/long-binary-length[size=65535]"];
            /// Reads only the low 32 bits of a 64-bit length.
            Reads32BitLength = "reads32-bit-length", "5.2:20",
                ["5.2/top-bit-of-a-64-bit-length[kind=text,length=9223372036854775808]",
                 "5.2/top-bit-of-a-64-bit-length[kind=binary,length=18446744069414584320]"];
            /// Reads only the low seven bits of the 64-bit length of a control frame.
            CutsControlLength = "cuts-control-length", "5.2:20",
                ["5.2/top-bit-of-a-control-length[kind=ping,length=9223372036854775808]",
                 "5.2/top-bit-of-a-control-length[kind=pong,length=9223372036854775808]"];
            /// Fails the connection on an empty frame.
            RefusesEmptyFrames = "refuses-empty-frames", "5.2:25",
                ["5.2/text-length[size=0]", "5.2/binary-length[size=0]", "5.4/three-empty-fragments"];
            /// Does not answer empty messages.
            DropsEmptyMessages = "drops-empty-messages", "5.2:25",
                ["5.2/text-length[size=0]", "5.2/binary-length[size=0]", "5.4/three-empty-fragments"];
            /// Ends the stream on a message above 125 bytes.
            RefusesLongMessages = "refuses-long-messages", "5.2:17",
                ["5.2/text-length[size=126]", "5.2/middle-header-in-pieces"];
            /// Does not unmask.
            UnmasksNothing = "unmasks-nothing", "6.2:11", ["5.7/masked-text"];
            /// Unmasks only the first four bytes of a payload.
            UnmasksFirstFour = "unmasks-first-four", "5.3:8",
                ["5.3/key-and-length[key=37fa213d,size=5]", "5.3/length-around-word-sizes"];
            /// Does not unmask the last bytes that do not fill a word of four.
            UnmasksWholeWords = "unmasks-whole-words", "5.3:8",
                ["5.3/length-around-word-sizes[size=7]", "5.3/length-around-word-sizes[size=1025]"];
            /// Does not unmask anything beyond 65535 bytes.
            UnmasksUpTo65535 = "unmasks-up-to65535", "5.3:8", ["5.3/large-message-under-a-key[key=37fa213d]"];
            /// Unmasks every frame with the key of the first.
            KeepsFirstKey = "keeps-first-key", "5.3:8", ["5.3/key-of-each-frame"];
            /// Continues the masking key from fragment to fragment.
            KeepsKeyPosition = "keeps-key-position", "5.3:8",
                ["5.4/fragment-size[size=3]", "5.4/large-fragment-size[size=65535]", "5.3/key-of-each-frame"];
            /// Restarts the masking key with each segment.
            RestartsKeyAtSegments = "restarts-key-at-segments", "5.3:8", ["5.3/cut-inside-the-payload"];
            /// Aligns the masking key of a payload of 64 bytes or more with the segment's 4-byte words.
            AlignsKeyToSegment = "aligns-key-to-segment", "5.3:8",
                ["5.3/payload-at-any-offset[lead=0]", "5.3/payload-at-any-offset[lead=1]"];
            /// Fails the connection on a masking key of zero.
            RefusesZeroKey = "refuses-zero-key", "5.2:27",
                ["5.3/key-and-length[key=00000000,size=1]", "5.3/empty-payload-under-a-key[key=00000000]"];
            /// Fails the connection on the masking key of the previous frame.
            RefusesSameKey = "refuses-same-key", "5.2:27", ["5.3/same-key-again"];
            /// Expects a masking key only if there is a payload.
            TakesKeyForPayload = "takes-key-for-payload", "5.3:9",
                ["5.3/empty-payload-under-a-key[key=00000000]"];
            /// Checks text as UTF-8 before it is unmasked.
            ChecksMaskedText = "checks-masked-text", "5.3:8",
                ["5.3/masked-bytes-are-no-utf-8", "5.3/masked-bytes-are-utf-8"];
            /// Fails the connection if a segment ends within a header.
            RefusesCutHeaders = "refuses-cut-headers", "6.2:1",
                ["5.2/short-header-in-pieces[chop=1]", "5.2/messages-across-segments[chop=1]"];
            /// Treats the end of a segment as the end of a frame.
            EndsFramesWithSegments = "ends-frames-with-segments", "6.2:1",
                ["5.2/text-in-segments-of-997", "5.2/binary-in-segments-of-997"];
            /// Drops what follows the first frame in a segment.
            ReadsOneFrameASegment = "reads-one-frame-a-segment", "6.2:1",
                ["5.2/several-messages-in-one-segment", "5.2/many-messages-in-one-segment"];
            /// Ignores a ping after a message in one segment.
            IgnoresPingBehindMessage = "ignores-ping-behind-message", "6.2:2",
                ["5.2/message-with-a-ping-in-one-segment"];
        }
    };
}
pub(super) use framing_flaws;
