//! Flaws of clients on their way to the server: which certificates they trust, how they ask a proxy for a tunnel, and
//! what they make of its answer.

macro_rules! ways_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // TLS.
            /// Ends TCP without ending TLS.
            TruncatesTls = "truncates-tls", rfc8446 "6.1:1", ["6.1/close-notify"];

            // Certificates.
            /// Trusts a certificate that is for another host.
            TrustsOtherNames = "trusts-other-names", @client "4.1:18", ["4.1/bad-certificate[fault=other-name]"];
            /// Trusts a certificate whoever has signed it.
            TrustsUnknownAuthorities = "trusts-unknown-authorities", @client "4.1:18",
                ["4.1/bad-certificate[fault=unknown-authority]", "4.1/bad-certificate[fault=self-signed]"];
            /// Trusts a certificate before and after its time.
            TrustsOutOfDate = "trusts-out-of-date", @client "4.1:18",
                ["4.1/bad-certificate[fault=expired]", "4.1/bad-certificate[fault=not-yet-valid]"];

            // The request for a tunnel.
            /// Asks its proxy to pass its opening handshake on, not for a tunnel.
            AsksProxyForUri = "asks-proxy-for-uri", @client "4.1:13", ["4.1/asks-proxy"];
            /// Writes a whole URI as the target of CONNECT.
            WritesUriInConnect = "writes-uri-in-connect", @client rfc9110 "9.3.6:1",
                ["9.3.6/authority-form"];
            /// Leaves the default port out of the target of CONNECT.
            LeavesPortOutOfConnect = "leaves-port-out-of-connect", @client rfc9110 "9.3.6:2",
                ["9.3.6/default-port"];
            /// Sends CONNECT without Host.
            LeavesHostOutOfConnect = "leaves-host-out-of-connect", @client rfc9110 "7.2:1", ["7.2/host-of-connect"];
            /// Sends its opening handshake along with CONNECT.
            SpeaksBeforeTunnel = "speaks-before-tunnel", @client "4.1:21", ["4.1/waits-for-tunnel"];
            /// Sends the credentials for its proxy through the tunnel.
            LeaksProxyCredentials = "leaks-proxy-credentials", @client rfc9110 "11.7.2:1",
                ["11.7.2/credentials-stay-outside"];

            // The proxy's answer.
            /// Takes 200 for a tunnel, and no other 2xx.
            WantsStatus200OfProxy = "wants-status200-of-proxy", @client rfc9110 "9.3.6:3", ["9.3.6/success[status=204]"];
            /// Takes no answer of HTTP/1.0 for a tunnel.
            WantsHttp11OfProxy = "wants-http11-of-proxy", @client rfc9110 "9.3.6:3", ["9.3.6/success-of-http10"];
            /// Waits for a body that fields of the answer speak of.
            ReadsBodyOfTunnel = "reads-body-of-tunnel", @client rfc9110 "9.3.6:4", ["9.3.6/fields-of-content"];
            /// Takes any answer for a tunnel.
            TakesAnyAnswerOfProxy = "takes-any-answer-of-proxy", @client rfc9110 "9.3.6:5", ["9.3.6/refused"];
            /// Connects to the server without its proxy where that refuses.
            GoesAroundProxy = "goes-around-proxy", @client "4.1:16", ["4.1/no-way-around-proxy"];
        }
    };
}
pub(super) use ways_flaws;
