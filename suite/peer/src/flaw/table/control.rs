//! Flaws in pings, in closing and in failing the connection (RFC 6455, 5.5 and 7), and peers that do almost nothing.

macro_rules! control_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // Pings and pongs.
            /// Does not answer pings.
            SendsNoPong = "sends-no-pong", "5.5.2:2",
                ["5.5.2/ping-with-text", "5.5.2/ping-length", "5.5.2/ping"];
            /// Does not answer empty pings.
            SendsNoEmptyPong = "sends-no-empty-pong", "5.5.2:2", ["5.5.2/ping"];
            /// Answers the first ping only.
            PongsFirstOnly = "pongs-first-only", "5.5.2:2", ["5.5.2/pings-one-by-one"];
            /// Answers no ping before the first message.
            PongsAfterMessageOnly = "pongs-after-message-only", "5.5.2:5", ["5.5.2/ping-first"];
            /// Answers all pings except every tenth.
            ForgetsLastPing = "forgets-last-ping", "5.5.2:2", ["5.5.2/ten-pings"];
            /// Sends pongs without a payload.
            EmptiesPongs = "empties-pongs", "5.5.3:1", ["5.5.2/ping-with-text", "5.5.2/longest-ping"];
            /// Truncates pongs to 124 bytes.
            ShortensPongs = "shortens-pongs", "5.5.3:1", ["5.5.2/longest-ping"];
            /// Changes the last byte of a pong.
            AltersPongs = "alters-pongs", "5.5.3:1", ["5.5.2/ping-with-text", "5.5.2/ping-length"];
            /// Sends pongs with the payload of the previous ping.
            PongsPreviousPayload = "pongs-previous-payload", "5.5.3:1",
                ["5.5.2/ping-with-text", "5.5.2/pings-one-by-one"];
            /// Replaces invalid UTF-8 in pongs.
            PongsTextOnly = "pongs-text-only", "5.5.3:1", ["5.5.2/ping-with-bytes[hex=80]"];
            /// Truncates pongs at the first NUL.
            CutsPongsAtNul = "cuts-pongs-at-nul", "5.5.3:1", ["5.5.2/ping-with-bytes[hex=00]"];
            /// Fails the connection on a ping of 125 bytes.
            RefusesLongestPing = "refuses-longest-ping", "5.5.3:1", ["5.5.2/longest-ping"];
            /// Answers a ping with a ping.
            AnswersPingWithPing = "answers-ping-with-ping", "5.5.2:2", ["5.5.2/ping"];
            /// Echoes control frames unchanged: a ping for a ping, a pong for a pong.
            ReflectsControlFrames = "reflects-control-frames", "5.5.2:2", ["5.5.2/ping-with-text"];
            /// Answers a ping with a text message.
            AnswersPingWithText = "answers-ping-with-text", "5.5.2:2", ["5.5.2/ping"];
            /// Fails the connection on an unsolicited pong.
            FailsOnPong = "fails-on-pong", "5.5.3:4",
                ["5.5.3/unsolicited-pong", "5.5.3/unsolicited-empty-pong", "5.7/masked-pong"];
            /// Answers a pong with a text message.
            EchoesPongs = "echoes-pongs", "5.5.3:4",
                ["5.5.3/unsolicited-pong", "5.5.3/unsolicited-pong-then-ping"];
            /// Fails the connection on the hundredth pong.
            LimitsPongs = "limits-pongs", "5.5.3:4", ["5.5.3/many-unsolicited-pongs"];
            /// Answers a pong with a pong.
            AnswersPongs = "answers-pongs", "5.5.3:5", ["5.5.3/unsolicited-pong", "5.5.3/unsolicited-pong-length"];
            /// Does not answer a ping with the payload of an earlier pong.
            TakesPongForAnswer = "takes-pong-for-answer", "5.5.2:2", ["5.5.3/pong-before-its-ping"];

            // Closing.
            /// Ignores close frames.
            IgnoresClose = "ignores-close", "5.5.1:14", ["5.5.1/empty-close", "7.1/closing-after-a-message"];
            /// Ends the stream on a close frame, without one of its own.
            DropsOnClose = "drops-on-close", "5.5.1:14", ["5.5.1/empty-close", "7.1/closing-after-a-message"];
            /// Ends the stream on an empty close frame.
            DropsOnEmptyClose = "drops-on-empty-close", "5.5.1:14", ["5.5.1/empty-close"];
            /// Ends the stream on a close frame with a reason.
            DropsOnReason = "drops-on-reason", "5.5.1:14",
                ["5.5.1/close-with-a-reason", "5.5.1/close-reason-in-utf-8"];
            /// Ends the stream on a close reason of 123 bytes.
            DropsOnLongReason = "drops-on-long-reason", "5.5.1:14",
                ["5.5.1/close-with-a-long-reason[size=123]"];
            /// Ends the stream on a close code other than 1000.
            DropsOnDefinedCodes = "drops-on-defined-codes", "5.5.1:14",
                ["7.4/defined-code[code=1001]", "7.4/code-1010-from-a-client", "7.4/code-and-reason"];
            /// Ends the stream on a close code of 3000 and above.
            DropsOnPrivateCodes = "drops-on-private-codes", "7.4.2:8", ["7.4/library-or-private-code"];
            /// Leaves the connection open after the closing handshake.
            KeepsTcp = "keeps-tcp", "5.5.1:22", ["5.5.1/server-ends-tcp"];
            /// Resets the connection on a close frame.
            ResetsOnClose = "resets-on-close", "5.5.1:14", ["5.5.1/empty-close"];
            /// Answers a close frame with two.
            ClosesTwice = "closes-twice", "5.5.1:15", ["7.1/second-close"];
            /// Goes on sending messages back after its close frame.
            EchoesAfterClose = "echoes-after-close", "5.5.1:13",
                ["5.5.1/no-data-after-the-answer", "7.1/message-after-close"];
            /// Sends one more message before it answers a close frame.
            EchoesBeforeClosing = "echoes-before-closing", "7.1.3:2",
                ["7.1/message-after-close", "7.1/fragmented-message-after-close"];
            /// Sends a message after its close frame.
            SpeaksAfterClose = "speaks-after-close", "5.5.1:13",
                ["5.5.1/no-data-after-the-answer", "7.1/message-after-close"];
            /// Sends back the part of a message that came before a close frame.
            AnswersMessageInClose = "answers-message-in-close", "5.4:14", ["7.1/close-inside-a-message"];
            /// Sends close codes with the least significant byte first.
            SwapsCodeBytes = "swaps-code-bytes", "5.5.1:3", ["5.5.1/code-on-the-wire"];
            /// Answers every close frame with the code for a protocol error.
            ReportsErrorInAnswer = "reports-error-in-answer", "6.2:2",
                ["5.5.1/empty-close",
                 "5.5.1/close-with-a-long-reason",
                 "7.4/defined-code[code=1000]",
                 "7.1/closing-after-a-message"];
            /// Answers a valid close frame with code 1007.
            ReportsBadDataInAnswer = "reports-bad-data-in-answer", "6.2:2",
                ["5.5.1/empty-close",
                 "5.5.1/close-with-a-long-reason",
                 "7.4/defined-code[code=1000]",
                 "7.1/closing-after-a-message"];
            /// Sends a pong after the close frame that answers the client's.
            PongsAfterClose = "pongs-after-close", "5.5.1:26", ["5.5.1/empty-close", "7.1/ping-after-close"];
            /// Resets the connection after both close frames were sent.
            ResetsAfterClosing = "resets-after-closing", "7.1.1:2", ["5.5.1/server-ends-tcp"];
            /// Sends an HTTP response after the close frame that answers the client's.
            SendsHttpAfterClose = "sends-http-after-close", rfc9110 "7.8:3", ["7.8/no-http-behind-the-response"];
            /// Sends back code 1010, which only clients send.
            Sends1010Back = "sends1010-back", "7.4.1:20", ["7.4/code-1010-from-a-client"];
            /// Sends back the code of a close frame whose reason is not UTF-8.
            EchoesCodeOfBadReason = "echoes-code-of-bad-reason", "5.5.1:9",
                ["5.5.1/reason-is-not-utf-8", "5.5.1/reason-cut-inside-a-character"];
            /// Sends back a reason that is not UTF-8, inside a message.
            ReadsNoReasonInMessages = "reads-no-reason-in-messages", "5.5.1:8",
                ["5.5.1/reason-is-not-utf-8-inside-a-message"];
            /// Sends close code 0.
            Sends0 = "sends0", "7.4.2:1", ["5.5.1/close-with-a-reason", "7.4/code-below-1000[code=999]"];
            /// Sends close code 999.
            Sends999 = "sends999", "7.4.2:1", ["5.5.1/close-with-a-reason", "7.4/code-below-1000[code=0]"];
            /// Sends close code 1004.
            Sends1004 = "sends1004", "7.4.1:7",
                ["5.5.1/close-with-a-reason", "7.4/undefined-protocol-code[code=2999]"];
            /// Sends close code 1005.
            Sends1005 = "sends1005", "7.4.1:8", ["5.5.1/close-with-a-reason", "7.4/code-1005"];
            /// Sends close code 1006.
            Sends1006 = "sends1006", "7.4.1:11", ["5.5.1/close-with-a-reason", "7.4/code-1006"];
            /// Sends close code 1015.
            Sends1015 = "sends1015", "7.4.1:22", ["5.5.1/close-with-a-reason", "7.4/code-1015"];
            /// Sends close code 2999.
            Sends2999 = "sends2999", "7.4.2:3",
                ["5.5.1/close-with-a-reason", "7.4/undefined-protocol-code[code=1004]"];
            /// Sends close code 5000.
            Sends5000 = "sends5000", "11.7:1", ["5.5.1/close-with-a-reason", "7.4/code-above-4999"];
            /// Sends a close body of one byte.
            SendsOneByteClose = "sends-one-byte-close", "5.5.1:5",
                ["5.5.1/close-with-a-reason", "5.5.1/one-byte-body"];
            /// Sends a close reason that is not UTF-8.
            SendsBadReason = "sends-bad-reason", "5.5.1:8",
                ["5.5.1/close-with-a-reason", "5.5.1/reason-is-not-utf-8"];
            /// Sends a close reason of 124 bytes.
            SendsLongReason = "sends-long-reason", "5.5:3", ["5.5.1/close-with-a-long-reason"];

            // Failing the connection.
            /// Fails the connection without a close frame.
            FailsSilently = "fails-silently", "7.1.7:5",
                ["7.1.7/server-fails-by-closing", "7.1.7/code-of-a-failure"];
            /// Fails the connection with code 1000.
            FailsWith1000 = "fails-with1000", "7.1.7:5", ["7.1.7/code-of-a-failure"];
            /// Fails the connection with code 1009, though nothing was too big.
            FailsWith1009 = "fails-with1009", "7.1.7:5", ["7.1.7/code-of-a-failure"];
            /// Fails the connection with code 1006.
            FailsWith1006 = "fails-with1006", "7.4.1:11", ["7.1.7/code-of-a-failure"];
            /// Fails the connection with code 1010, which only clients send.
            FailsWith1010 = "fails-with1010", "7.4.1:20", ["7.1.7/code-of-a-failure"];
            /// Leaves the connection open after it has failed it.
            FailsAndStays = "fails-and-stays", "7.1.7:3",
                ["7.1.7/server-fails-by-closing", "7.1.7/close-crosses-a-failure"];
            /// Answers pings after it has failed the connection.
            PongsAfterFailure = "pongs-after-failure", "7.1.7:7", ["7.1.7/no-pong-after-a-failure"];
            /// Answers messages after it has failed the connection.
            FailsAndGoesOn = "fails-and-goes-on", "5.5.1:13", ["7.1.7/nothing-after-a-failure"];
            /// Ignores every frame for which it should fail the connection.
            IgnoresBadFrames = "ignores-bad-frames", "7.1.7:7",
                ["7.1.7/nothing-after-a-failure",
                 "7.1.7/bad-frame-among-good-ones",
                 "7.1.7/much-after-a-failure",
                 "5.2/two-reserved-bits-after-a-message",
                 "5.4/orphan-continuations-then-messages"];
            /// Sends back the part of the message during which it fails the connection.
            EchoesFailedMessage = "echoes-failed-message", "7.1.7:7", ["7.1.7/failure-inside-a-message"];
            /// Waits for a close frame after it has failed the connection, and answers it.
            AnswersCloseAfterFailure = "answers-close-after-failure", "7.1.7:8",
                ["7.1.7/close-crosses-a-failure"];

            // Peers that do almost nothing.
            /// Ends the stream right after its response.
            DropsAfterHandshake = "drops-after-handshake", "5.1:9",
                ["4.2.2/valid-handshake", "5.1/*", "5.4/*", "8.1/*"];
            /// Sends nothing after its response.
            NeverAnswers = "never-answers", "5.1:9", ["4.2.2/valid-handshake", "5.1/*", "5.4/*", "8.1/*"];
            /// Sends messages and pongs with the right length and wrong bytes.
            EchoesGarbage = "echoes-garbage", "6.2:4",
                ["5.2/random-binary-length",
                 "5.2/text-of-up-to-1-mib[size=65536]",
                 "5.2/binary-of-up-to-1-mib[size=65536]",
                 "5.2/text-of-1-mib-in-segments[chop=2048]",
                 "5.2/binary-of-1-mib-in-segments[chop=2048]",
                 "5.2/text-length[size=1]",
                 "5.6/valid-text",
                 "5.5.2/ping-with-text"];
            /// Sends everything back and never fails a connection.
            ValidatesNothing = "validates-nothing", "5.2:6",
                ["5.2/rsv1[kind=text]", "5.4/orphan-continuation", "8.1/stray-byte"];
        }
    };
}
pub(super) use control_flaws;
