//! Flaws in messages: fragments, echoes, UTF-8 (RFC 6455, 5.4, 5.6 and 8.1).

macro_rules! messages_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // How it joins fragments.
            /// Fails the connection on a fragmented message.
            RefusesFragments = "refuses-fragments", "5.4:17", ["5.4/two-fragments"];
            /// Fails the connection on a message in one frame.
            RefusesWholeMessages = "refuses-whole-messages", "5.4:18",
                ["5.4/whole-message", "5.4/fragmented-then-whole"];
            /// Fails the connection on an empty fragment.
            RefusesEmptyFragments = "refuses-empty-fragments", "5.4:16",
                ["5.4/empty-middle-fragment", "5.4/three-empty-fragments"];
            /// Fails the connection on the 500th fragment.
            RefusesManyFragments = "refuses-many-fragments", "5.4:16",
                ["5.4/many-small-fragments", "5.4/many-empty-fragments"];
            /// Treats an empty continuation frame as the last one.
            EndsAtEmptyFragment = "ends-at-empty-fragment", "5.4:16", ["5.4/empty-middle-fragment"];
            /// Does not see FIN on an empty frame.
            WaitsBehindEmptyLast = "waits-behind-empty-last", "6.2:6", ["5.4/empty-last-fragment"];
            /// Sends back only the first fragment.
            KeepsFirstFragment = "keeps-first-fragment", "5.4:8",
                ["5.4/two-fragments", "5.4/boundaries-do-not-matter[size=4]"];
            /// Sends back only the last fragment.
            KeepsLastFragment = "keeps-last-fragment", "5.4:8",
                ["5.4/two-fragments", "5.4/boundaries-do-not-matter[size=4]"];
            /// Joins fragments in reverse order.
            ReversesFragments = "reverses-fragments", "5.4:11",
                ["5.4/fragment-size[size=300]", "5.4/large-fragment-size"];
            /// Treats each fragment as a message.
            SplitsMessages = "splits-messages", "5.4:8",
                ["5.4/two-fragments", "5.4/boundaries-do-not-matter[size=4]"];
            /// Treats every fragmented message as text.
            TakesFragmentsForText = "takes-fragments-for-text", "6.2:7", ["5.4/type-of-the-first-fragment"];
            /// Begins each fragmented message with the previous one.
            KeepsOldFragments = "keeps-old-fragments", "6.2:8", ["5.4/fragmented-then-whole"];
            /// Fails the connection on a ping inside a message.
            FailsPingInMessage = "fails-ping-in-message", "5.4:14",
                ["5.4/ping-between-fragments", "5.4/ping-answered-before-the-message-ends"];
            /// Fails the connection on a pong inside a message.
            FailsPongInMessage = "fails-pong-in-message", "5.4:14", ["5.4/pong-between-fragments"];
            /// Drops the current message at a ping.
            ForgetsMessageAtPing = "forgets-message-at-ping", "5.4:14",
                ["5.4/ping-between-fragments", "5.6/character-around-a-ping"];
            /// Adds a ping's payload to the current message.
            AddsPingToMessage = "adds-ping-to-message", "5.4:14",
                ["5.4/ping-between-fragments",
                 "5.4/two-pings-between-five-fragments",
                 "8.1/cut-short-around-a-control-frame[control=ping]"];
            /// Drops the current message at a pong.
            ForgetsMessageAtPong = "forgets-message-at-pong", "5.4:14",
                ["5.4/pong-between-fragments",
                 "5.4/new-message-after-a-control-frame[control=pong,kind=text]"];
            /// Adds a pong's payload to the current message.
            AddsPongToMessage = "adds-pong-to-message", "5.4:14",
                ["5.4/pong-between-fragments", "8.1/cut-short-around-a-control-frame[control=pong]"];
            /// Answers a ping inside a message only after the message.
            HoldsPongs = "holds-pongs", "5.4:14", ["5.4/ping-answered-before-the-message-ends"];
            /// Answers a close frame inside a message only after the message.
            HoldsClose = "holds-close", "5.4:14", ["5.5/close-between-fragments"];
            /// Truncates a pong inside a message to 16 bytes.
            ShortensPongInMessage = "shortens-pong-in-message", "5.4:14",
                ["5.5/ping-as-long-as-allowed-between-fragments"];

            // How it sends messages back.
            /// Leaves out the last byte of a message.
            DropsLastByte = "drops-last-byte", "6.2:4",
                ["5.2/binary-length[size=1]", "5.2/random-binary-length"];
            /// Leaves out the last byte of a message of 65536 bytes or more.
            DropsByteAt65536 = "drops-byte-at65536", "5.2:18",
                ["5.2/long-text-length[size=65536]",
                 "5.2/random-binary-length[size=131072]",
                 "5.2/long-header-in-pieces"];
            /// Truncates a message to 131071 bytes.
            CutsAt128Kib = "cuts-at128-kib", "5.2:18",
                ["5.2/random-binary-length[size=131072]", "5.2/quarter-mebibyte"];
            /// Ignores binary messages.
            DropsBinary = "drops-binary", "7.4.1:5", ["5.6/binary-refused"];
            /// Sends every message back twice.
            EchoesTwice = "echoes-twice", "6.2:4",
                ["5.2/text-length[size=1]", "5.2/binary-length[size=125]", "5.2/random-binary-length"];
            /// Ignores messages after the tenth.
            StopsAfterTen = "stops-after-ten", "5.1:9",
                ["5.1/data-long-after-the-handshake", "5.2/many-messages-in-one-segment"];
            /// Interprets text as Latin-1.
            ReadsTextAsLatin1 = "reads-text-as-latin1", "5.6:6",
                ["5.6/greeting", "5.6/split-between-characters"];
            /// Truncates text at the first NUL.
            CutsAtNul = "cuts-at-nul", "5.6:6", ["5.6/valid-text[hex=00]"];
            /// Turns CR LF in text into LF.
            ConvertsLineEnds = "converts-line-ends", "5.6:6", ["5.6/valid-text[hex=0d0a]"];
            /// Removes a byte order mark from text.
            StripsByteOrderMark = "strips-byte-order-mark", "5.6:6", ["5.6/valid-text[hex=efbbbf61]"];
            /// Truncates binary messages at an empty line.
            CutsBinaryAtLineEnds = "cuts-binary-at-line-ends", "5.6:7",
                ["5.6/binary-is-anything[hex=0d0a0d0a]"];

            // UTF-8.
            /// Treats any bytes as text.
            ChecksNoText = "checks-no-text", "8.1:2",
                ["8.1/stray-byte", "8.1/invalid-byte-by-byte", "8.1/nothing-after-invalid-text"];
            /// Accepts bytes that cannot begin a sequence.
            AcceptsStrayBytes = "accepts-stray-bytes", "8.1:3",
                ["8.1/stray-byte[hex=80]",
                 "8.1/all-continuation-bytes",
                 "8.1/stray-byte-after-a-good-message"];
            /// Accepts overlong sequences.
            AcceptsOverlong = "accepts-overlong", "8.1:5",
                ["8.1/overlong[hex=c0af]", "8.1/overlong[hex=e080af]", "8.1/overlong[hex=f08080af]"];
            /// Accepts encoded surrogates.
            AcceptsSurrogates = "accepts-surrogates", "8.1:6",
                ["8.1/surrogate", "8.1/surrogate-inside-text", "8.1/surrogate-inside-fragmented-text"];
            /// Accepts encoded values above U+10FFFF.
            AcceptsAboveLast = "accepts-above-last", "8.1:7",
                ["8.1/above-the-last-character[hex=f4908080]", "8.1/above-the-last-character[hex=f7bfbfbf]"];
            /// Accepts text that ends within a sequence.
            AcceptsCutEnd = "accepts-cut-end", "8.1:4",
                ["8.1/truncated[hex=ce]", "8.1/cut-short-by-an-empty-last-fragment"];
            /// Checks only the first 4096 bytes of a text.
            ChecksStartOfText = "checks-start-of-text", "8.1:4",
                ["8.1/far-behind-the-start", "8.1/far-behind-the-start-of-a-long-text"];
            /// Does not check a text that begins with a byte order mark.
            TrustsByteOrderMark = "trusts-byte-order-mark", "8.1:4", ["8.1/behind-a-byte-order-mark"];
            /// Accepts sequences that are truncated by other characters.
            AcceptsCutSequences = "accepts-cut-sequences", "8.1:4",
                ["8.1/truncated[hex=e28241]", "8.1/cut-short-by-ascii-in-the-next-fragment"];
            /// Lets a sequence continue in the next message.
            CarriesSequences = "carries-sequences", "8.1:4", ["8.1/character-cut-by-the-end-of-a-message"];
            /// Requires every fragment to be UTF-8 on its own.
            ChecksFragmentsAlone = "checks-fragments-alone", "5.6:4",
                ["5.6/split-inside-characters[size=7]", "5.6/character-around-an-empty-fragment"];
            /// Requires each part of a text that it reads at once to be UTF-8 on its own.
            ChecksTextByRead = "checks-text-by-read", "5.6:6", ["5.6/characters-cut-by-pauses"];
            /// Does not check fragmented text.
            ChecksWholeFramesOnly = "checks-whole-frames-only", "5.6:5",
                ["8.1/invalid-in-fragments[hex=c0af,size=1]", "8.1/invalid-last-fragment"];
            /// Checks only the first fragment of a text.
            ChecksFirstFragmentOnly = "checks-first-fragment-only", "5.6:5",
                ["8.1/invalid-last-fragment", "8.1/invalid-byte-after-64-kib"];
            /// Checks only the first 64 bytes of a text.
            ChecksFirst64Only = "checks-first64-only", "8.1:3", ["8.1/invalid-byte-after-64-kib"];
            /// Requires binary messages to be UTF-8.
            ChecksBinary = "checks-binary", "5.6:7",
                ["5.6/binary-is-anything[hex=ff]", "5.6/fragmented-binary-is-anything"];
            /// Checks a binary message after a text one as UTF-8.
            KeepsCheckingAsText = "keeps-checking-as-text", "5.6:7", ["5.6/binary-right-after-cut-text"];
            /// Does not check text after a binary message.
            SkipsTextAfterBinary = "skips-text-after-binary", "8.1:2", ["8.1/invalid-text-after-binary"];
            /// Fails the connection on U+FFFE, U+FFFF and the like.
            RefusesNoncharacters = "refuses-noncharacters", "5.6:6",
                ["5.6/noncharacters[hex=efbfbe]", "5.6/noncharacters[hex=f48fbfbf]"];
            /// Fails the connection on four-byte sequences.
            RefusesFourByteText = "refuses-four-byte-text", "5.6:6",
                ["5.6/valid-text[hex=f0908080]", "5.6/four-byte-character-split"];
            /// Sends invalid text back before it fails the connection.
            EchoesBeforeFailing = "echoes-before-failing", "8.1:2",
                ["8.1/stray-byte", "5.3/masked-bytes-are-utf-8"];
            /// Fails the connection on invalid text with code 1002.
            FailsTextWith1002 = "fails-text-with1002", "7.1.7:5", ["8.1/stray-byte"];
        }
    };
}
pub(super) use messages_flaws;
