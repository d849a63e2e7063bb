//! Flaws that only clients can have: which invalid responses they accept.

macro_rules! responses_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // Sec-WebSocket-Accept.
            /// Accepts a Sec-WebSocket-Accept truncated to ten characters or more.
            TakesShortAccept = "takes-short-accept", @client "4.1:61", ["4.1/accept-cut-short"];
            /// Compares Sec-WebSocket-Accept ignoring case.
            ComparesAcceptAnyCase = "compares-accept-any-case", @client "4.1:63", ["4.1/accept-in-other-case"];
            /// Treats vertical tabs and form feeds around Sec-WebSocket-Accept as spaces.
            TrimsControlsAroundAccept = "trims-controls-around-accept", @client "4.1:61",
                ["4.1/accept-with-other-controls-around-it"];
            /// Requires one space before the value of Sec-WebSocket-Accept, and none after it.
            WantsOneBlankAtAccept = "wants-one-blank-at-accept", @client "4.1:62", ["4.1/blanks-around-accept"];
            /// Considers only the last of two Sec-WebSocket-Accept fields.
            TakesLastAccept = "takes-last-accept", @client "11.3.3:2", ["11.3/wrong-accept-before-the-right-one"];

            // White space.
            /// Refuses a field without a space after its colon.
            WantsBlankBehindColon = "wants-blank-behind-colon", @client "4.1:68", ["4.1/blanks-around-values[blanks=Upgrade:websocket]"];
            /// Refuses spaces around the semicolons of an extension.
            RefusesBlanksInExtensionsBack = "refuses-blanks-in-extensions-back", @client "4.3:1",
                ["4.3/blanks-in-an-extension-of-a-response"];

            // Subprotocols and extensions.
            /// Compares subprotocols ignoring case.
            TakesSubprotocolAnyCase = "takes-subprotocol-any-case", @client "4.1:65", ["4.1/subprotocol-in-other-case"];
            /// Treats a list of its subprotocols as one.
            TakesSubprotocolList = "takes-subprotocol-list", @client "4.1:65", ["4.1/subprotocols-in-a-list"];
            /// Accepts permessage-deflate though it offered no extension.
            TakesUnaskedDeflate = "takes-unasked-deflate", @client "4.1:64", ["4.1/deflate-not-offered"];
            /// Compresses with the largest window, whatever client_max_window_bits was agreed.
            ExceedsClientWindow = "exceeds-client-window", @client rfc7692 "7.2.1:16", ["7.1.2/client-window"];

            /// Ignores another response between frames.
            PassesOverResponses = "passes-over-responses", @client "5.2:6", ["5.1/second-response"];

            /// Treats any name that contains `deflate` as permessage-deflate.
            TakesDeflateByOtherName = "takes-deflate-by-other-name", @client rfc7692 "5:24", ["7/other-name-in-a-response[name=deflate-frame]"];
            /// Offers permessage-deflate in a field with another name, and accepts it.
            OffersDeflateInOtherField = "offers-deflate-in-other-field", @client "4.1:64", ["4.1/deflate-not-offered"];

            // How it refuses.
            /// Sends a close frame if it refuses a response.
            ClosesRefusedResponse = "closes-refused-response", @client "7.1.7:10", ["4.1/upgrade-missing"];
            /// Gives up on a response that comes in more than 64 segments.
            GivesUpManySegments = "gives-up-many-segments", @client "4.1:78", ["2.1/response-in-pieces"];
            /// Closes with code 1010 and no reason if nothing was negotiated.
            ClosesWithBare1010 = "closes-with-bare1010", @client "7.4.1:19", ["7.1.7/nothing-negotiated-is-said-with-a-list"];

            // Keys of its requests, and masking keys.
            /// Uses only 64 byte values in its keys.
            MakesKeysOfFewValues = "makes-keys-of-few-values", @client "4.1:35", ["4.1/keys-of-the-run"];
            /// Makes only the first half of its keys random.
            MakesKeysOfEightBytes = "makes-keys-of-eight-bytes", @client "4.1:35", ["4.1/keys-of-the-run"];
            /// Sets an unused bit in the last character of its key.
            SetsUnusedBitsOfKey = "sets-unused-bits-of-key", @client "4.3:14", ["4.3/unused-bits-of-the-key"];
            /// Masks its close frames with key zero.
            MasksCloseWithZero = "masks-close-with-zero", @client "5.3:6", ["5.3/keys-of-other-connections"];
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
