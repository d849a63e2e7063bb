//! Flaws of clients alone: which answers they take for the one that their request is owed.

macro_rules! responses_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // Sec-WebSocket-Accept.
            /// Takes the first ten characters or more of the right Sec-WebSocket-Accept.
            TakesShortAccept = "takes-short-accept", @client "4.1:61", ["4.1/accept-cut-short"];
            /// Compares Sec-WebSocket-Accept without regard to case.
            ComparesAcceptAnyCase = "compares-accept-any-case", @client "4.1:63", ["4.1/accept-in-other-case"];
            /// Takes vertical tabs and form feeds around Sec-WebSocket-Accept for blanks.
            TrimsControlsAroundAccept = "trims-controls-around-accept", @client "4.1:61",
                ["4.1/accept-with-other-controls-around-it"];
            /// Wants one blank before Sec-WebSocket-Accept, and nothing behind it.
            WantsOneBlankAtAccept = "wants-one-blank-at-accept", @client "4.1:62", ["4.1/blanks-around-accept"];
            /// Takes the last of two Sec-WebSocket-Accept fields.
            TakesLastAccept = "takes-last-accept", @client "11.3.3:2", ["11.3/wrong-accept-before-the-right-one"];

            // White space.
            /// Refuses a field without a blank behind its colon.
            WantsBlankBehindColon = "wants-blank-behind-colon", @client "4.1:68", ["4.1/blanks-around-values[blanks=Upgrade:websocket]"];
            /// Refuses blanks around the semicolons of an extension.
            RefusesBlanksInExtensionsBack = "refuses-blanks-in-extensions-back", @client "4.3:1",
                ["4.3/blanks-in-an-extension-of-a-response"];

            // Subprotocols and extensions.
            /// Compares subprotocols without regard to case.
            TakesSubprotocolAnyCase = "takes-subprotocol-any-case", @client "4.1:65", ["4.1/subprotocol-in-other-case"];
            /// Takes a list of its subprotocols for one.
            TakesSubprotocolList = "takes-subprotocol-list", @client "4.1:65", ["4.1/subprotocols-in-a-list"];
            /// Takes permessage-deflate though it offered no extension.
            TakesUnaskedDeflate = "takes-unasked-deflate", @client "4.1:64", ["4.1/deflate-not-offered"];
            /// Compresses with the largest window, whatever client_max_window_bits was agreed.
            ExceedsClientWindow = "exceeds-client-window", @client rfc7692 "7.2.1:16", ["7.1.2/client-window"];

            /// Passes over another response in the midst of the frames.
            PassesOverResponses = "passes-over-responses", @client "5.2:6", ["5.1/second-response"];

            /// Takes whatever name has `deflate` in it for permessage-deflate.
            TakesDeflateByOtherName = "takes-deflate-by-other-name", @client rfc7692 "5:24", ["7/other-name-in-a-response[name=deflate-frame]"];
            /// Offers permessage-deflate in a field of another name, and takes it.
            OffersDeflateInOtherField = "offers-deflate-in-other-field", @client "4.1:64", ["4.1/deflate-not-offered"];

            // How it refuses.
            /// Sends a close frame where it refuses a response.
            ClosesRefusedResponse = "closes-refused-response", @client "7.1.7:10", ["4.1/upgrade-missing"];
            /// Gives a response up that comes in more than 64 segments.
            GivesUpManySegments = "gives-up-many-segments", @client "4.1:78", ["2.1/response-in-pieces"];
            /// Closes with code 1010 and no reason where nothing was negotiated.
            ClosesWithBare1010 = "closes-with-bare1010", @client "7.4.1:19", ["7.1.7/nothing-negotiated-is-said-with-a-list"];

            // Keys of its requests, and masking keys.
            /// Makes its keys of 64 values of a byte.
            MakesKeysOfFewValues = "makes-keys-of-few-values", @client "4.1:35", ["4.1/keys-of-the-run"];
            /// Makes only the first half of its keys random.
            MakesKeysOfEightBytes = "makes-keys-of-eight-bytes", @client "4.1:35", ["4.1/keys-of-the-run"];
            /// Sets a bit in the last character of its key that belongs to no byte.
            SetsUnusedBitsOfKey = "sets-unused-bits-of-key", @client "4.3:14", ["4.3/unused-bits-of-the-key"];
            /// Masks the frames of every connection with the same keys in the same order.
            RepeatsMasksOnConnections = "repeats-masks-on-connections", @client "5.3:6", ["5.3/keys-of-other-connections"];
            /// Masks all control frames with one key.
            MasksControlWithOneKey = "masks-control-with-one-key", @client "5.3:4", ["5.3/fresh-keys-of-control-frames"];
            /// Masks the two fragments of a long message with one key.
            MasksFragmentsWithOneKey = "masks-fragments-with-one-key", @client "5.3:4", ["5.3/fresh-keys-of-long-messages"];
        }
    };
}
pub(super) use responses_flaws;
