//! Flaws that only show in the long run: of much on one connection, and of much at once.

macro_rules! lives_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // What is counted and never forgotten.
            /// Fails the connection on its 16385th frame: the number that one message may have.
            CountsFramesForever = "counts-frames-forever", "5.1:9", ["5.1/twenty-thousand-messages"];
            /// Takes the sum of all messages for the size of one, and 4 MiB of that for too much.
            SumsMessageSizes = "sums-message-sizes", "5.1:9", ["5.1/five-million-bytes-in-messages"];
            /// Answers 500 pings and no more.
            LimitsPings = "limits-pings", "5.5.2:2", ["5.5.2/thousand-pings"];
            /// Fails the connection on the 1500th pong.
            LimitsPongsTo1500 = "limits-pongs-to1500", "5.5.3:4", ["5.5.3/two-thousand-unsolicited-pongs"];

            // What one connection holds, and another one finds.
            /// Answers every request by the key of the one that came last.
            SharesKey = "shares-key", "4.2.2:33", ["4.2.2/handshakes-side-by-side"];
            /// Adds the fragments of all connections to one message.
            SharesMessages = "shares-messages", "5.4:8", ["5.4/fragments-side-by-side"];
            /// Decompresses what all connections send with one window.
            SharesWindow = "shares-window", rfc7692 "7.2.2:10", ["7.2/windows-side-by-side"];

            /// Answers nobody any more once a frame on one connection has announced 2^40 bytes or more.
            StallsOnHugeLength = "stalls-on-huge-length", "5.5.2:2", ["5.5.2/ping-beside-a-huge-announcement"];
            /// Ends all connections when one of them is to be failed.
            EndsAllTogether = "ends-all-together", "5.5.2:2", ["5.5.2/ping-beside-a-failure"];
            /// Throws messages away that it has to send while 2 MiB are not read.
            ShedsUnread = "sheds-unread", "5.1:9", ["5.1/echoes-that-are-not-read"];

            // Sizes at a border.
            /// Fails the connection on a message of 2^15 bytes.
            RefusesLength32768 = "refuses-length32768", "5.2:17", ["5.2/length-at-a-border[size=32768]"];
            /// Reads the low 31 bits of a 64-bit length.
            Reads31BitLength = "reads31-bit-length", "5.2:18",
                ["5.2/announced-length-at-a-border[length=2147483648]", "5.2/announced-length-at-a-border[length=2147483651]"];

            // Much at once.
            /// Passes over a ping that comes while it sends half a MiB or more.
            LosesPingBehindLongMessage = "loses-ping-behind-long-message", "5.5.2:2",
                ["5.5.2/ping-behind-a-mebibyte"];
            /// Passes over a close frame that comes in one segment with 50 messages or more.
            LosesCloseBehindMessages = "loses-close-behind-messages", "5.5.1:14",
                ["7.1/close-behind-a-hundred-messages"];
            /// Passes over what is wrong behind 50 messages in one segment.
            LosesFaultBehindMessages = "loses-fault-behind-messages", "5.2:9",
                ["7.1.7/bad-frame-behind-a-hundred-messages"];

            // Single values.
            /// Ends the stream on a close code from 3000 on whose second byte is zero.
            DropsOnCodeWithZeroByte = "drops-on-code-with-zero-byte", "7.4.2:8",
                ["7.4/library-or-private-code-by-value[code=3072]",
                 "7.4/library-or-private-code-by-value[code=3328]",
                 "7.4/library-or-private-code-by-value[code=4096]",
                 "7.4/library-or-private-code-by-value[code=4352]"];
            /// Waits for the payload of a control frame that announces too much of it.
            WaitsForLongControl = "waits-for-long-control", "5.5:7", ["5.5/long-control-header-alone"];
            /// Passes over another request in the midst of the frames.
            PassesOverRequests = "passes-over-requests", "5.1:3", ["5.1/second-handshake"];
        }
    };
}
pub(super) use lives_flaws;
