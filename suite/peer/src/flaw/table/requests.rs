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
            /// Closes the connection after three messages.
            ClosesAfterThree = "closes-after-three", @client "7.3:2", ["7.1.7/client-stays"];
        }
    };
}
pub(super) use requests_flaws;
