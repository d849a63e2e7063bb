//! Further flaws that only clients can have: in their requests, masking and closing.

macro_rules! requests_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            /// Does not percent-encode a space in the path.
            DecodesBlanks = "decodes-blanks", @client "4.1:22", ["4.1/request"];
            /// Does not percent-encode a number sign in the path.
            DecodesNumberSigns = "decodes-number-signs", @client "3:9", ["4.1/no-fragment"];
            /// Asks for version 12.
            SpeaksVersion12 = "speaks-version12", @client "4.1:41", ["4.1/version-13"];
            /// Lists its subprotocols with semicolons between them.
            ListsWithSemicolons = "lists-with-semicolons", @client "4.3:8", ["4.3/subprotocols-of-a-client"];
            /// Offers an extension with a name that is not a token.
            OffersMalformedName = "offers-malformed-name", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Offers a parameter with an equals sign and no value after it.
            OffersEmptyValue = "offers-empty-value", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Compares the response's Upgrade with Unicode case folding.
            FoldsUpgradeBeyondAscii = "folds-upgrade-beyond-ascii", @client "2.1:2",
                ["4.1/upgrade-beyond-ascii-in-a-response"];
            /// Reads the response as frames.
            ReadsResponseAsFrames = "reads-response-as-frames", @client "4.1:68", ["4.1/reason-phrase"];
            /// Masks its messages, but does not set the mask bit.
            ClearsMaskBit = "clears-mask-bit", @client "5.1:1", ["5.1/long-client-frames-are-masked[size=126]"];
            /// Counts the four bytes of its masking key in the length of a message.
            CountsKeyInLength = "counts-key-in-length", @client "5.2:16", ["5.2/text-length[size=1]"];
            /// Opens a connection while another one to the same address waits for its response.
            OpensConnectionsAtOnce = "opens-connections-at-once", @client "4.1:8", ["4.1/one-handshake-at-a-time"];

            /// Reconnects as soon as its connection has ended.
            ReconnectsAtOnce = "reconnects-at-once", @client "7.2.3:1", ["7.2.3/backs-off"];
            /// Always reconnects 200 ms after its connection has ended.
            ReconnectsSteadily = "reconnects-steadily", @client "7.2.3:4", ["7.2.3/backs-off"];

            // Its URI.
            /// Asks for an empty target if the URI has no path.
            LeavesPathEmpty = "leaves-path-empty", @client "4.1:22", ["3/empty-path"];
            /// Asks without the query if the URI has no path.
            LosesQueryWithoutPath = "loses-query-without-path", @client "3:8", ["3/query-without-a-path"];
            /// Sends the fragment of its URI.
            SendsFragmentOfUri = "sends-fragment-of-uri", @client "3:9", ["3/fragment"];
            /// Does not percent-encode a non-ASCII path.
            WritesPathInUtf8 = "writes-path-in-utf8", @client "11.1.1:2", ["3/path-beyond-ascii"];
            /// Does not convert an internationalized host to ASCII.
            WritesHostInUnicode = "writes-host-in-unicode", @client "11.1.1:1", ["3/host-in-ascii"];
            /// Treats WSS as a scheme other than wss, and connects without TLS.
            ReadsSchemeByCase = "reads-scheme-by-case", @client "4.1:17", ["3/scheme-in-capitals"];
            /// Connects without TLS whatever the scheme.
            SpeaksInTheClear = "speaks-in-the-clear", @client "4.1:17", ["4.1/secure-client"];
            /// Does not send a server name in TLS.
            NamesNoServer = "names-no-server", @client "4.1:20", ["4.1/server-name"];
            /// Closes the connection after three messages.
            ClosesAfterThree = "closes-after-three", @client "7.3:2", ["7.1.7/client-stays"];
        }
    };
}
pub(super) use requests_flaws;
