//! Flaws that show only under load: many messages on one connection, several connections, or much at once.

macro_rules! lives_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // What is counted and never forgotten.
            /// Fails the connection on its 16385th frame, a limit meant for one message.
            CountsFramesForever = "counts-frames-forever", "5.1:9", ["5.1/twenty-thousand-messages"];
            /// Limits the total size of all messages to 4 MiB, a limit meant for one message.
            SumsMessageSizes = "sums-message-sizes", "5.1:9", ["5.1/five-million-bytes-in-messages"];
            /// Answers 500 pings and no more.
            LimitsPings = "limits-pings", "5.5.2:2", ["5.5.2/thousand-pings"];
            /// Fails the connection on the 1500th pong.
            LimitsPongsTo1500 = "limits-pongs-to1500", "5.5.3:4", ["5.5.3/two-thousand-unsolicited-pongs"];

            // State shared between connections.
            /// Answers every request with the key of the most recent one.
            SharesKey = "shares-key", "4.2.2:33", ["4.2.2/handshakes-side-by-side"];
            /// Joins the fragments of all connections into one message.
            SharesMessages = "shares-messages", "5.4:8", ["5.4/fragments-side-by-side"];
            /// Decompresses what all connections send with one window.
            SharesWindow = "shares-window", rfc7692 "7.2.2:10", ["7.2/windows-side-by-side"];

            /// Stops answering on all connections once a frame on one has announced 2^40 bytes or more.
            StallsOnHugeLength = "stalls-on-huge-length", "5.5.2:2", ["5.5.2/ping-beside-a-huge-announcement"];
            /// Ends all connections when it fails one of them.
            EndsAllTogether = "ends-all-together", "5.5.2:2", ["5.5.2/ping-beside-a-failure"];
            /// Discards messages to send while 2 MiB are unread.
            ShedsUnread = "sheds-unread", "5.1:9", ["5.1/echoes-that-are-not-read"];

            // Sizes at a boundary.
            /// Fails the connection on a message of 2^15 bytes.
            RefusesLength32768 = "refuses-length32768", "5.2:17", ["5.2/length-at-a-border[size=32768]"];
            /// Reads only the low 31 bits of a 64-bit length.
            Reads31BitLength = "reads31-bit-length", "5.2:18",
                ["5.2/announced-length-at-a-border[length=2147483648]", "5.2/announced-length-at-a-border[length=2147483651]"];

            // Much at once.
            /// Ignores a ping that comes while it sends half a MiB or more.
            LosesPingBehindLongMessage = "loses-ping-behind-long-message", "5.5.2:2",
                ["5.5.2/ping-behind-a-mebibyte"];
            /// Ignores a close frame that comes in one segment with 50 messages or more.
            LosesCloseBehindMessages = "loses-close-behind-messages", "5.5.1:14",
                ["7.1/close-behind-a-hundred-messages"];
            /// Ignores a fault after 50 messages in one segment.
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
            /// Ignores another request between frames.
            PassesOverRequests = "passes-over-requests", "5.1:3", ["5.1/second-handshake"];
        }
    };
}
pub(super) use lives_flaws;
