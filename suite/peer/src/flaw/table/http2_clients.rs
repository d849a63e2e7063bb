//! Flaws that only clients can have over HTTP/2 (RFC 8441 and RFC 9113).

macro_rules! http2_client_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // Its request.
            /// Sends its request without waiting for the setting.
            ConnectsUnasked = "connects-unasked", @client rfc8441 "3:4", ["3/setting-is-waited-for"];
            /// Sends :protocol without :scheme.
            LeavesSchemeOut = "leaves-scheme-out", @client rfc8441 "4:2", ["4/scheme-and-path"];
            /// Sends :protocol without :path.
            LeavesPathOut = "leaves-path-out", @client rfc8441 "4:2", ["4/scheme-and-path"];
            /// Sends a CONNECT without :protocol, but with :scheme and :path.
            LeavesProtocolOut = "leaves-protocol-out", @client rfc8441 "5:1", ["5/connect-for-websocket"];
            /// Names a protocol that nobody speaks.
            NamesOtherProtocol = "names-other-protocol", @client rfc8441 "5:1", ["5/connect-for-websocket"];
            /// Asks with GET.
            GetsInHttp2 = "gets-in-http2", @client rfc8441 "5:1", ["5/connect-for-websocket"];
            /// Sends the scheme of the WebSocket URI.
            WritesWsScheme = "writes-ws-scheme", @client rfc8441 "5:3", ["5/scheme-of-the-uri"];
            /// Sends the fields of an upgrade.
            AsksForUpgradeInHttp2 = "asks-for-upgrade-in-http2", @client rfc8441 "5:4", ["5/no-upgrade-fields"];
            /// Sends no :authority.
            LeavesAuthorityOut = "leaves-authority-out", @client rfc8441 "5:5", ["5/authority"];
            /// Sends another field of an HTTP/1.1 connection.
            SendsKeepAlive = "sends-keep-alive", @client rfc9113 "8.2.2:1", ["8.2.2/connection-fields-of-a-client"];
            /// Sends a field name with an uppercase letter.
            WritesNamesInUppercase = "writes-names-in-uppercase", @client rfc9113 "8.2:1", ["8.2.1/fields-of-a-client"];
            /// Sends a NUL in a field.
            SendsNulInField = "sends-nul-in-field", @client rfc9113 "8.2.1:1", ["8.2.1/fields-of-a-client"];
            /// Sends :protocol twice.
            RepeatsProtocol = "repeats-protocol", @client rfc9113 "8.3:1", ["8.3/pseudo-fields-of-a-client"];
            /// Sends an unknown pseudo-field behind all others.
            SendsPseudoFieldLast = "sends-pseudo-field-last", @client rfc9113 "8.3:1", ["8.3/pseudo-fields-of-a-client"];

            // What it makes of the response.
            /// Wants the accept value of HTTP/1.1.
            WantsAcceptInHttp2 = "wants-accept-in-http2", @client rfc8441 "5:6", ["5/accept-is-not-wanted"];
        }
    };
}

pub(super) use http2_client_flaws;
