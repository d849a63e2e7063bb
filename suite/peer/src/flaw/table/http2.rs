//! Flaws of a server over HTTP/2 (RFC 8441 and RFC 9113) or HTTP/3 (RFC 9220 and RFC 9114).

macro_rules! http2_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // What it sets.
            /// Sets SETTINGS_ENABLE_CONNECT_PROTOCOL to 2, behind 1.
            SetsConnectToTwo = "sets-connect-to-two", rfc8441 "3:1", ["3/setting-stays"];
            /// Sets SETTINGS_ENABLE_CONNECT_PROTOCOL back to 0.
            WithdrawsSetting = "withdraws-setting", rfc8441 "3:3", ["3/setting-stays"];
            /// Refuses a client that sets SETTINGS_ENABLE_CONNECT_PROTOCOL to 0.
            HeedsSettingOfClients = "heeds-setting-of-clients", rfc8441 "3:5", ["3/setting-of-a-client[value=0]"];

            // Which requests it takes over HTTP/2.
            /// Takes any value of :protocol for websocket.
            TakesUnknownProtocol = "takes-unknown-protocol", rfc8441 "4:5", ["4/unknown-protocol"];
            /// Wants a key over HTTP/2, too.
            WantsKeyInHttp2 = "wants-key-in-http2", rfc8441 "5:6", ["5/without-key"];
            /// Answers a key over HTTP/2, too.
            AnswersKeyInHttp2 = "answers-key-in-http2", rfc8441 "5:6", ["5/key-is-not-processed"];
            /// Takes an extended CONNECT without :scheme or :path.
            TakesMissingPseudoField = "takes-missing-pseudo-field", rfc9113 "8.3.1:1", ["8.3.1/missing-pseudo-field"];
            /// Takes GET with :protocol.
            TakesProtocolWithGet = "takes-protocol-with-get", rfc9113 "8.3:3", ["8.3/protocol-with-get"];
            /// Takes pseudo-fields behind other fields, repeated and undefined ones.
            TakesBadPseudoField = "takes-bad-pseudo-field", rfc9113 "8.3:5",
                ["8.3/pseudo-field-behind-others", "8.3/pseudo-field-twice", "8.3/undefined-pseudo-field"];
            /// Takes a CONNECT without :protocol for one with it.
            TakesPlainConnect = "takes-plain-connect", rfc9113 "8.5:1", ["8.5/connect-without-protocol"];
            /// Takes fields of the connection over HTTP/2.
            TakesConnectionField = "takes-connection-field", rfc9113 "8.2.2:2", ["8.2.2/connection-field"];
            /// Takes fields with characters that may not be in them.
            TakesInvalidField = "takes-invalid-field", rfc9113 "8.2.1:2", ["8.2.1/invalid-field"];

            // What its responses look like over HTTP/2.
            /// Answers with status 101.
            SwitchesInHttp2 = "switches-in-http2", rfc9113 "8.6:1", ["8.6/no-101"];
            /// Sends a Connection field.
            NamesConnectionInHttp2 = "names-connection-in-http2", rfc9113 "8.2.2:1", ["8.6/no-101"];
            /// Sends a line feed in a field.
            SendsLineFeedInField = "sends-line-feed-in-field", rfc9113 "8.2.1:1", ["8.6/no-101"];
            /// Sends :status behind another field.
            MisplacesStatus = "misplaces-status", rfc9113 "8.3:1", ["8.6/no-101"];
            /// Sends no :status.
            OmitsStatus = "omits-status", rfc9113 "8.3.2:1", ["8.6/no-101"];

            /// Sends a Content-Length field with a response that opens a connection.
            SendsLengthInHttp2 = "sends-length-in-http2", rfc9110 "8.6:2", ["8.6/no-length-of-a-tunnel"];
            /// Sends a field name with an uppercase letter.
            SendsUppercaseName = "sends-uppercase-name", rfc9113 "8.2:1", ["8.6/no-101"];

            // What it makes of the stream.
            /// Ends the connection on a setting that it does not know.
            EndsOnUnknownSetting = "ends-on-unknown-setting", rfc9113 "5.5:1", ["5.5/unknown-setting"];
            /// Ends the connection on a frame of a kind that it does not know.
            EndsOnUnknownFrame = "ends-on-unknown-frame", rfc9113 "5.5:2", ["5.5/unknown-frames"];
            /// Takes padding for data.
            TakesPaddingForData = "takes-padding-for-data", rfc9113 "6.1:1", ["6.1/padded-data"];
            /// Wants whole frames in each DATA frame.
            ReadsFramePerData = "reads-frame-per-data", rfc8441 "5:9", ["5/frames-across-data"];
            /// Ends the connection when the client opens no more streams.
            EndsOnGoaway = "ends-on-goaway", rfc9113 "6.8:1",
                ["6.8/goaway-while-open", "6.8/goaway-while-several-are-open"];
            /// Sends more than the window allows.
            IgnoresWindows = "ignores-windows", rfc9113 "6.9.1:1", ["6.9.1/window-of-nothing"];

            // What it makes of several streams.
            /// Takes the data of all streams for that of the first.
            MixesStreams = "mixes-streams", rfc9113 "5:1",
                ["5/several-echo", "5/interleaved", "5/interleaved-fragments"];
            /// Resets every stream when another is opened.
            KeepsLastStream = "keeps-last-stream", rfc9113 "5:1", ["5/several-echo", "5/ordinary-request"];
            /// Sends nothing on any stream while one waits for its window.
            StallsTogether = "stalls-together", rfc9113 "2:1", ["2/stalled-stream"];
            /// Resets every stream when a request is malformed.
            ResetsAllOnMalformed = "resets-all-on-malformed", rfc9113 "5.4.2:1", ["5.4.2/malformed-beside-open"];
            /// Resets every stream when the client resets one.
            ResetsStreamsTogether = "resets-streams-together", rfc9113 "6.4:1", ["6.4/reset-beside-open"];
            /// Ends every stream when one has ended.
            EndsStreamsTogether = "ends-streams-together", rfc8441 "5:10",
                ["5/closed-beside-open", "5/ended-beside-open", "5/failed-beside-open"];

            // What only HTTP/3 has.
            /// Takes frames of unknown kinds for data over HTTP/3.
            TakesUnknownFrames = "takes-unknown-frames", rfc9114 "9:1", ["9/unknown-frames"];
            /// Answers a request for an unknown protocol with 400.
            RefusesUnknownProtocolWith400 = "refuses-unknown-protocol-with400", rfc9220 "3:4", ["3/unknown-protocol"];
        }
    };
}

pub(super) use http2_flaws;
