//! Flaws of clients alone: more of what they ask for, and of how they mask and close.

macro_rules! requests_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            /// Writes a blank of the path as it is.
            DecodesBlanks = "decodes-blanks", @client "4.1:22", ["4.1/request"];
            /// Writes a number sign of the path as it is.
            DecodesNumberSigns = "decodes-number-signs", @client "3:9", ["4.1/no-fragment"];
            /// Asks for version 12.
            SpeaksVersion12 = "speaks-version12", @client "4.1:41", ["4.1/version-13"];
            /// Lists its subprotocols with semicolons between them.
            ListsWithSemicolons = "lists-with-semicolons", @client "4.3:8", ["4.3/subprotocols-of-a-client"];
            /// Offers an extension by a name that is no token.
            OffersMalformedName = "offers-malformed-name", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Offers a parameter with an equals sign and no value behind it.
            OffersEmptyValue = "offers-empty-value", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Compares the response's Upgrade by the case folding of Unicode.
            FoldsUpgradeBeyondAscii = "folds-upgrade-beyond-ascii", @client "2.1:2",
                ["4.1/upgrade-beyond-ascii-in-a-response"];
            /// Reads the response as frames.
            ReadsResponseAsFrames = "reads-response-as-frames", @client "4.1:68", ["4.1/reason-phrase"];
            /// Masks its messages, and leaves the mask bit clear.
            ClearsMaskBit = "clears-mask-bit", @client "5.1:1", ["5.1/long-client-frames-are-masked[size=126]"];
            /// Counts the four bytes of its masking key in the length of a message.
            CountsKeyInLength = "counts-key-in-length", @client "5.2:16", ["5.2/text-length[size=1]"];
            /// Opens a connection while another one to the same address waits for its response.
            OpensConnectionsAtOnce = "opens-connections-at-once", @client "4.1:8", ["4.1/one-handshake-at-a-time"];

            /// Connects again as soon as its connection has ended.
            ReconnectsAtOnce = "reconnects-at-once", @client "7.2.3:1", ["7.2.3/backs-off"];
            /// Connects again 200 ms after its connection has ended, however often.
            ReconnectsSteadily = "reconnects-steadily", @client "7.2.3:4", ["7.2.3/backs-off"];

            // Its URI.
            /// Asks for an empty target where the URI has no path.
            LeavesPathEmpty = "leaves-path-empty", @client "4.1:22", ["3/empty-path"];
            /// Asks without the query where the URI has no path.
            LosesQueryWithoutPath = "loses-query-without-path", @client "3:8", ["3/query-without-a-path"];
            /// Sends the fragment that its URI has.
            SendsFragmentOfUri = "sends-fragment-of-uri", @client "3:9", ["3/fragment"];
            /// Writes a path that is not ASCII as it is.
            WritesPathInUtf8 = "writes-path-in-utf8", @client "11.1.1:2", ["3/path-beyond-ascii"];
            /// Writes an internationalized host as it is.
            WritesHostInUnicode = "writes-host-in-unicode", @client "11.1.1:1", ["3/host-in-ascii"];
            /// Takes WSS for another scheme than wss, and connects in the clear.
            ReadsSchemeByCase = "reads-scheme-by-case", @client "4.1:17", ["3/scheme-in-capitals"];
            /// Connects in the clear whatever the scheme is.
            SpeaksInTheClear = "speaks-in-the-clear", @client "4.1:17", ["4.1/secure-client"];
            /// Names no server as it begins TLS.
            NamesNoServer = "names-no-server", @client "4.1:20", ["4.1/server-name"];
            /// Closes the connection after three messages.
            ClosesAfterThree = "closes-after-three", @client "7.3:2", ["7.1.7/client-stays"];
        }
    };
}
pub(super) use requests_flaws;
