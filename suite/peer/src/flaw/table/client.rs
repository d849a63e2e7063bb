//! Flaws that only clients can have: in their opening handshake, in what they accept from the server, in their masking.

macro_rules! client_flaws {
    ([$next:ident $($later:ident)*] $($earlier:tt)*) => {
        $next! {
            [$($later)*]
            $($earlier)*

            // The request line.
            /// Asks with POST.
            PostsRequest = "posts-request", @client "4.1:23", ["4.1/method"];
            /// Writes the method as `get`.
            WritesMethodInLowerCase = "writes-method-in-lower-case", @client "4.1:23", ["4.1/method"];
            /// States HTTP version 1.0.
            SpeaksHttp10 = "speaks-http10", @client "4.1:24", ["4.1/http-version"];
            /// States no HTTP version.
            OmitsHttpVersion = "omits-http-version", @client "4.1:22", ["4.1/request"];
            /// Puts two spaces before the HTTP version.
            BlankBeforeVersion = "blank-before-version", @client "4.1:22", ["4.1/request"];
            /// Sends the fragment of the URI.
            RequestsFragment = "requests-fragment", @client "3:9", ["4.1/no-fragment"];
            /// Asks for an absolute URI with scheme ws.
            RequestsWsUri = "requests-ws-uri", @client "4.1:25", ["4.1/target"];
            /// Asks for a path that does not begin with a slash.
            RequestsRelativePath = "requests-relative-path", @client "4.1:25", ["4.1/target"];
            /// Asks for `/` whatever the URI says.
            RequestsRoot = "requests-root", @client "3:7", ["4.1/path"];
            /// Asks without the query.
            DropsQuery = "drops-query", @client "3:8", ["4.1/query"];

            // Its fields.
            /// Ends the lines of its request with LF only.
            EndsLinesWithLineFeeds = "ends-lines-with-line-feeds", @client "4.1:22", ["4.1/request"];
            /// Sends a line that is not a field.
            SendsLineWithoutColon = "sends-line-without-colon", @client "4.1:22", ["4.1/request"];
            /// Asks without Host.
            OmitsHost = "omits-host", @client "4.1:26", ["4.1/host"];
            /// Names a host that is not the URI's.
            NamesOtherHost = "names-other-host", @client "4.1:27", ["4.1/host-of-the-uri"];
            /// Names a port that is not the URI's.
            NamesOtherPort = "names-other-port", @client "4.1:76", ["4.1/port-of-the-uri"];
            /// Names no port though it is not the default.
            LeavesPortOut = "leaves-port-out", @client "4.1:76", ["4.1/port-of-the-uri"];
            /// Sends Host after all other fields.
            PutsHostLast = "puts-host-last", @client "4.1:75", ["4.1/host-comes-first"];
            /// Asks without Upgrade.
            AsksForNoUpgrade = "asks-for-no-upgrade", @client "4.1:29", ["4.1/upgrade"];
            /// Asks for `Upgrade: websockets`.
            AsksForOtherUpgrade = "asks-for-other-upgrade", @client "4.1:30", ["4.1/upgrade-names-websocket"];
            /// Asks without Connection.
            LeavesConnectionOut = "leaves-connection-out", @client "4.1:31", ["4.1/connection"];
            /// Asks for `Connection: keep-alive`.
            AsksForKeepAlive = "asks-for-keep-alive", @client "4.1:32", ["4.1/connection-names-upgrade"];
            /// Asks without Sec-WebSocket-Key.
            LeavesKeyOut = "leaves-key-out", @client "4.1:33", ["4.1/key"];
            /// Sends a key without a value.
            SendsEmptyKey = "sends-empty-key", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Sends a key of 8 bytes.
            SendsShortKey = "sends-short-key", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Sends a key of 32 bytes.
            SendsLongKey = "sends-long-key", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Leaves out the `=` of its key.
            SendsUnpaddedKey = "sends-unpadded-key", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Writes its key in hex.
            SendsHexKey = "sends-hex-key", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Writes its key in the alphabet for URLs.
            SendsKeyInOtherAlphabet = "sends-key-in-other-alphabet", @client "4.1:34", ["4.1/key-of-16-bytes"];
            /// Sends two Sec-WebSocket-Key fields.
            SendsKeyTwice = "sends-key-twice", @client "11.3.1:1", ["11.3/key-once"];
            /// Puts a blank before the colons of its request.
            SendsBlanksBeforeColons = "sends-blanks-before-colons", @client "4.1:22", ["4.1/request"];
            /// Folds a field of its request.
            SendsFoldedField = "sends-folded-field", @client "4.1:22", ["4.1/request"];
            /// Sends two Host fields.
            SendsHostTwice = "sends-host-twice", @client "4.1:22", ["4.1/request"];
            /// Sends the same key on every connection.
            KeepsKey = "keeps-key", @client "4.1:36", ["4.1/key-is-new"];
            /// Generates its key from one random byte.
            SendsKeyOfOneByte = "sends-key-of-one-byte", @client "4.1:35", ["4.1/key-is-random"];
            /// Generates its key from four random bytes.
            SendsKeyOfOneWord = "sends-key-of-one-word", @client "4.1:35", ["4.1/key-is-random"];
            /// Asks without Sec-WebSocket-Version.
            LeavesVersionOut = "leaves-version-out", @client "4.1:40", ["4.1/version"];
            /// Asks for version 8.
            SpeaksVersion8 = "speaks-version8", @client "4.1:41", ["4.1/version-13"];
            /// Asks for versions 13 and 8.
            ListsVersions = "lists-versions", @client "4.1:41", ["4.1/version-13"];
            /// Asks for version 013.
            PadsVersion = "pads-version", @client "4.1:41", ["4.1/version-13"];
            /// Sends two Sec-WebSocket-Version fields.
            SendsVersionTwice = "sends-version-twice", @client "11.3.5:3", ["11.3/version-once"];
            /// Sends an empty Sec-WebSocket-Protocol.
            OffersEmptySubprotocol = "offers-empty-subprotocol", @client "4.3:8", ["4.3/subprotocols-of-a-client"];
            /// Offers a subprotocol that is not a token.
            OffersMalformedSubprotocol = "offers-malformed-subprotocol", @client "4.3:8", ["4.3/subprotocols-of-a-client"];
            /// Offers a subprotocol twice.
            OffersSubprotocolTwice = "offers-subprotocol-twice", @client "4.1:46", ["4.1/subprotocols-differ"];
            /// Sends an empty Sec-WebSocket-Extensions.
            OffersEmptyExtensions = "offers-empty-extensions", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Offers an extension without its last parameter.
            OffersMalformedExtensions = "offers-malformed-extensions", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Quotes a value that is not a token.
            OffersUnquotableParameter = "offers-unquotable-parameter", @client "9.1:1", ["9.1/offer-of-a-client"];
            /// Sends a ping before the response.
            SpeaksBeforeResponse = "speaks-before-response", @client "4.1:49", ["4.1/nothing-before-the-response"];
            /// Sends an empty line after its request.
            SendsLineBehindRequest = "sends-line-behind-request", @client "4.1:49", ["4.1/nothing-before-the-response"];

            // Which responses it accepts.
            /// Treats any status as 101.
            TakesAnyStatus = "takes-any-status", @client "4.1:50", ["4.1/other-status"];
            /// Treats status 200 as 101.
            TakesStatus200 = "takes-status200", @client "4.1:50", ["4.1/other-status[status=200]"];
            /// Treats a redirect as 101.
            TakesRedirects = "takes-redirects", @client "4.1:50", ["4.1/redirect"];
            /// Accepts a status line without a status.
            TakesMissingStatus = "takes-missing-status", @client "4.1:66", ["4.1/malformed-status-line"];
            /// Accepts a response in HTTP/1.0.
            TakesHttp10 = "takes-http10", @client "4.1:77", ["4.1/http-one-zero-response"];
            /// Accepts a response with lines that are not fields.
            TakesMalformedFields = "takes-malformed-fields", @client "4.1:77", ["4.1/malformed-field"];
            /// Accepts a response without Upgrade.
            TakesMissingUpgrade = "takes-missing-upgrade", @client "4.1:53", ["4.1/upgrade-missing"];
            /// Accepts a response with another Upgrade.
            TakesOtherUpgrade = "takes-other-upgrade", @client "4.1:54", ["4.1/upgrade-wrong"];
            /// Accepts a response without Connection.
            TakesMissingConnection = "takes-missing-connection", @client "4.1:56", ["4.1/connection-missing"];
            /// Accepts a response with another Connection.
            TakesOtherConnection = "takes-other-connection", @client "4.1:57", ["4.1/connection-lacks-upgrade"];
            /// Accepts a response without Sec-WebSocket-Accept.
            TakesMissingAccept = "takes-missing-accept", @client "4.1:60", ["4.1/accept-missing"];
            /// Accepts any Sec-WebSocket-Accept.
            TakesAnyAccept = "takes-any-accept", @client "4.1:61", ["4.1/accept-wrong"];
            /// Compares the first bytes of Sec-WebSocket-Accept only.
            ComparesStartOfAccept = "compares-start-of-accept", @client "4.1:61", ["4.1/accept-with-more"];
            /// Compares the first eight bytes of Sec-WebSocket-Accept only.
            ComparesEightOfAccept = "compares-eight-of-accept", @client "4.1:61", ["4.1/accept-with-another-end"];
            /// Compares the last eight bytes of Sec-WebSocket-Accept only.
            ComparesEndOfAccept = "compares-end-of-accept", @client "4.1:61", ["4.1/accept-with-another-start"];
            /// Accepts its own key as Sec-WebSocket-Accept.
            TakesKeyForAccept = "takes-key-for-accept", @client "4.1:61", ["4.1/accept-is-the-key"];
            /// Accepts an empty Sec-WebSocket-Accept.
            TakesEmptyAccept = "takes-empty-accept", @client "4.1:61", ["4.1/empty-accept"];
            /// Looks for websocket anywhere in Upgrade.
            TakesUpgradeList = "takes-upgrade-list", @client "4.1:54", ["4.1/upgrade-with-another"];
            /// Reads three digits of a status.
            ReadsThreeDigits = "reads-three-digits", @client "4.1:66", ["4.1/status-of-four-digits"];
            /// Looks for the subprotocol as a part of those that it offered.
            TakesSubprotocolPart = "takes-subprotocol-part", @client "4.1:65", ["4.1/subprotocol-cut-short"];
            /// Takes Sec-WebSocket-Accept in quotation marks.
            UnquotesAccept = "unquotes-accept", @client "4.1:61", ["4.1/quoted-accept"];
            /// Accepts two Sec-WebSocket-Accept fields.
            TakesTwoAccepts = "takes-two-accepts", @client "11.3.3:2", ["11.3/accept-twice-in-a-response"];
            /// Accepts an extension it did not offer.
            TakesUnaskedExtension = "takes-unasked-extension", @client "4.1:64", ["4.1/extension-not-offered"];
            /// Accepts malformed Sec-WebSocket-Extensions.
            TakesMalformedExtensions = "takes-malformed-extensions", @client "9.1:3", ["9.1/malformed-in-a-response"];
            /// Reads the first Sec-WebSocket-Extensions field only.
            ReadsFirstExtensionsOnly = "reads-first-extensions-only", @client "11.3.2:4",
                ["11.3/several-extensions-fields-in-a-response"];
            /// Keeps its side of TCP open after the closing handshake, though the server has closed its own.
            StaysAfterClosing = "stays-after-closing", @client "5.5.1:21", ["5.5.1/client-ends-tcp"];
            /// Accepts a subprotocol it did not offer.
            TakesUnaskedSubprotocol = "takes-unasked-subprotocol", @client "4.1:65", ["4.1/subprotocol-not-offered"];
            /// Accepts a subprotocol that is not a token.
            TakesMalformedSubprotocol = "takes-malformed-subprotocol", @client "4.1:65", ["4.1/subprotocol-malformed"];
            /// Accepts two Sec-WebSocket-Protocol fields.
            TakesTwoSubprotocols = "takes-two-subprotocols", @client "11.3.4:4", ["11.3/subprotocol-twice-in-a-response"];
            /// Leaves the connection open after it has refused the response.
            KeepsRefusedResponse = "keeps-refused-response", @client "7.1.7:1", ["4.1/refused-response-ends-the-connection"];
            /// Treats an interim response as the final one.
            TakesInterimForFinal = "takes-interim-for-final", @client rfc9110 "15.2:1", ["15.2/interim-response"];
            /// Refuses a response that comes in segments.
            RefusesSplitResponse = "refuses-split-response", @client "2.1:4", ["2.1/response-in-segments"];
            /// Refuses any reason phrase other than the usual one.
            WantsReasonPhrase = "wants-reason-phrase", @client "4.1:68", ["4.1/reason-phrase"];
            /// Compares field names case-sensitively.
            WantsFieldNamesByCase = "wants-field-names-by-case", @client "4.1:67", ["4.1/field-names-in-other-case"];
            /// Compares the response's Upgrade case-sensitively.
            WantsUpgradeInLowerCase = "wants-upgrade-in-lower-case", @client "4.1:55", ["4.1/upgrade-in-other-case"];
            /// Compares the response's Connection case-sensitively.
            WantsConnectionByCase = "wants-connection-by-case", @client "4.1:58", ["4.1/connection-in-other-case"];
            /// Refuses a list in Connection.
            WantsUpgradeAlone = "wants-upgrade-alone", @client "4.1:59", ["4.1/connection-lists-more"];
            /// Reads the first Connection field only.
            ReadsFirstConnectionOnly = "reads-first-connection-only", @client "4.1:73", ["4.1/several-connection-fields"];
            /// Refuses fields that it does not know.
            WantsKnownFieldsOnly = "wants-known-fields-only", @client "4.1:68", ["4.1/unknown-fields"];
            /// Refuses fields in another order.
            WantsFieldsInOrder = "wants-fields-in-order", @client "4.1:68", ["4.1/other-order"];
            /// Refuses a folded field.
            RefusesFoldedFields = "refuses-folded-fields", @client rfc9112 "5.2:2", ["5/folded-field"];
            /// Refuses empty elements of a list.
            RefusesEmptyElementsBack = "refuses-empty-elements-back", @client rfc9110 "5.6.1:1", ["5.6.1/empty-elements-in-a-response"];
            /// Refuses a response without a subprotocol.
            WantsSubprotocol = "wants-subprotocol", @client "4.1:68", ["4.1/nothing-negotiated"];
            /// Refuses a response without permessage-deflate.
            WantsDeflate = "wants-deflate", @client "4.1:68", ["4.1/nothing-negotiated"];
            /// Loses what follows the response in the same segment.
            LosesFramesBehindResponse = "loses-frames-behind-response", @client "4.2.2:43", ["4.2.2/frames-behind-the-response"];
            /// Treats the first bytes after the response as a body.
            SkipsDeclaredBody = "skips-declared-body", @client rfc9112 "6.3:1", ["6/declared-body"];

            // What it sends.
            /// Sends an empty line before its request.
            PrefacesRequest = "prefaces-request", @client rfc9112 "2.2:2", ["2.2/no-line-before-the-request"];
            /// Does not mask frames.
            LeavesFramesUnmasked = "leaves-frames-unmasked", @client "5.1:1", ["5.1/client-frames-are-masked"];
            /// Masks only control frames.
            LeavesMessagesUnmasked = "leaves-messages-unmasked", @client "5.1:1", ["5.1/client-frames-are-masked"];
            /// Does not mask pongs.
            LeavesPongsUnmasked = "leaves-pongs-unmasked", @client "5.1:1", ["5.1/client-frames-are-masked"];
            /// Does not mask close frames.
            LeavesCloseUnmasked = "leaves-close-unmasked", @client "5.1:1", ["5.1/client-frames-are-masked"];
            /// Does not mask empty frames.
            LeavesEmptyUnmasked = "leaves-empty-unmasked", @client "5.1:1", ["5.1/empty-client-frames-are-masked"];
            /// Does not mask payloads above 125 bytes.
            LeavesLongUnmasked = "leaves-long-unmasked", @client "5.1:1", ["5.1/long-client-frames-are-masked"];
            /// Sends masking keys, but does not mask payloads.
            MasksNothing = "masks-nothing", @client "5.3:2", ["5.3/mask-covers-the-payload"];
            /// Masks the first four bytes only.
            MasksFirstFourBytes = "masks-first-four-bytes", @client "5.3:2", ["5.3/mask-covers-the-payload"];
            /// Does not mask the last bytes of a payload that do not fill a word.
            MasksWholeWords = "masks-whole-words", @client "5.3:2", ["5.3/mask-covers-the-payload"];
            /// Sends its key in another byte order than it masks with.
            WritesKeyBackwards = "writes-key-backwards", @client "5.3:2", ["5.3/mask-covers-the-payload"];
            /// Masks all frames of a connection with one key.
            ReusesMaskingKey = "reuses-masking-key", @client "5.3:4", ["5.3/key-of-every-frame"];
            /// Masks with key zero.
            MasksWithZero = "masks-with-zero", @client "5.3:4", ["5.3/key-of-every-frame"];
            /// Masks with one key on every connection.
            MasksWithFixedKey = "masks-with-fixed-key", @client "5.3:4", ["5.3/key-of-every-frame"];
            /// Masks with two keys in turn.
            AlternatesMaskingKeys = "alternates-masking-keys", @client "5.3:4", ["5.3/key-of-every-frame"];
            /// Masks four frames with each key.
            RenewsKeyEveryFour = "renews-key-every-four", @client "5.3:4", ["5.3/key-of-every-frame"];
            /// Increments its keys.
            CountsMaskingKeys = "counts-masking-keys", @client "5.3:6", ["5.3/keys-give-no-clue"];
            /// Adds the same number from key to key.
            StepsMaskingKeys = "steps-masking-keys", @client "5.3:6", ["5.3/keys-give-no-clue"];
            /// Leaves bits of its keys zero.
            MasksWithFewBits = "masks-with-few-bits", @client "5.3:3", ["5.3/keys-are-random"];
            /// Leaves half of the bytes of its keys zero.
            MasksWithLowBytes = "masks-with-low-bytes", @client "5.3:3", ["5.3/keys-are-random"];
            /// Repeats the first half of each key as the second.
            MasksWithEqualHalves = "masks-with-equal-halves", @client "5.3:3", ["5.3/keys-are-random"];

            // Masked frames.
            /// Accepts masked frames.
            AcceptsMasked = "accepts-masked", @client "5.1:6", ["5.1/masked-frame-to-a-client"];
            /// Ignores masked frames.
            IgnoresMasked = "ignores-masked", @client "5.1:6", ["5.1/masked-frame-to-a-client"];
            /// Accepts masked control frames.
            AcceptsMaskedControl = "accepts-masked-control", @client "5.1:6", ["5.1/masked-frame-to-a-client[kind=ping,size=5]"];
            /// Accepts masked frames that are empty.
            AcceptsMaskedEmpty = "accepts-masked-empty", @client "5.1:6", ["5.1/masked-frame-to-a-client[kind=text,size=0]"];
            /// Accepts masked frames once it has received a message.
            AcceptsMaskedLater = "accepts-masked-later", @client "5.1:6", ["5.1/masked-after-unmasked-to-a-client"];
            /// Accepts masked text.
            AcceptsMaskedText = "accepts-masked-text", @client "5.1:6", ["5.1/masked-frame-to-a-client[kind=text,size=5]"];
            /// Accepts masked continuation frames.
            AcceptsMaskedContinuation = "accepts-masked-continuation", @client "5.1:6", ["5.1/masked-continuation-to-a-client"];
            /// Closes TCP after the closing handshake before the server does.
            EndsTcpFirst = "ends-tcp-first", @client "5.5.1:23", ["5.5.1/client-waits-for-the-end"];

            // permessage-deflate.
            /// Offers an unknown parameter.
            OffersUnknownParameter = "offers-unknown-parameter", @client rfc7692 "7:2", ["7/offer-of-a-client"];
            /// Offers a parameter twice.
            OffersParameterTwice = "offers-parameter-twice", @client rfc7692 "7:2", ["7/offer-of-a-client"];
            /// Offers server_no_context_takeover with a value.
            OffersServerTakeoverWithValue = "offers-server-takeover-with-value", @client rfc7692 "7.1.1.1:2", ["7.1.1/offer-of-server-takeover"];
            /// Offers client_no_context_takeover with a value.
            OffersClientTakeoverWithValue = "offers-client-takeover-with-value", @client rfc7692 "7.1.1.2:2", ["7.1.1/offer-of-client-takeover"];
            /// Offers server_max_window_bits=7.
            OffersServerBits7 = "offers-server-bits7", @client rfc7692 "7.1.2.1:2", ["7.1.2/offer-of-server-bits"];
            /// Offers server_max_window_bits without a value.
            OffersServerBitsWithoutValue = "offers-server-bits-without-value", @client rfc7692 "7.1.2.1:3", ["7.1.2/value-of-server-bits"];
            /// Offers client_max_window_bits=16.
            OffersClientBits16 = "offers-client-bits16", @client rfc7692 "7.1.2.2:2", ["7.1.2/offer-of-client-bits"];
            /// Offers client_max_window_bits with a word as value.
            OffersClientBitsInWords = "offers-client-bits-in-words", @client rfc7692 "7.1.2.2:2", ["7.1.2/offer-of-client-bits"];
            /// Accepts permessage-deflate twice in a response.
            TakesDeflateTwice = "takes-deflate-twice", @client rfc7692 "5:24", ["5/twice-in-a-response"];
            /// Accepts an unknown parameter in a response.
            TakesUnknownParameterBack = "takes-unknown-parameter-back", @client rfc7692 "7:7", ["7/unknown-parameter-in-a-response"];
            /// Accepts a parameter twice in a response.
            TakesParameterTwiceBack = "takes-parameter-twice-back", @client rfc7692 "7:9", ["7/parameter-twice-in-a-response"];
            /// Accepts server_no_context_takeover with a value in a response.
            TakesServerTakeoverValueBack = "takes-server-takeover-value-back", @client rfc7692 "7.1.1.1:7", ["7.1.1/server-takeover-with-a-value-in-a-response"];
            /// Accepts client_no_context_takeover with a value in a response.
            TakesClientTakeoverValueBack = "takes-client-takeover-value-back", @client rfc7692 "7.1.1.2:7", ["7.1.1/client-takeover-with-a-value-in-a-response"];
            /// Accepts any server_max_window_bits in a response.
            TakesBadServerBitsBack = "takes-bad-server-bits-back", @client rfc7692 "7.1.2.1:13", ["7.1.2/bad-server-bits-in-a-response"];
            /// Accepts any client_max_window_bits in a response.
            TakesBadClientBitsBack = "takes-bad-client-bits-back", @client rfc7692 "7.1.2.2:12", ["7.1.2/bad-client-bits-in-a-response"];
            /// Accepts client_max_window_bits without a value in a response.
            TakesClientBitsWithoutValueBack = "takes-client-bits-without-value-back", @client rfc7692 "7.1.2.2:12", ["7.1.2/client-bits-without-a-value-in-a-response"];
            /// Accepts a response without the server_no_context_takeover that it offered.
            TakesMissingServerTakeover = "takes-missing-server-takeover", @client rfc7692 "7.1.1.1:5",
                ["7.1.1/server-takeover-missing-in-a-response"];
            /// Accepts a response without the server_max_window_bits that it offered.
            TakesMissingServerBits = "takes-missing-server-bits", @client rfc7692 "7.1.2.1:11",
                ["7.1.2/server-bits-missing-in-a-response"];
            /// Accepts larger server_max_window_bits than it offered.
            TakesLargerServerBits = "takes-larger-server-bits", @client rfc7692 "7.1.2.1:12",
                ["7.1.2/server-bits-above-in-a-response"];
            /// Accepts client_max_window_bits that it did not offer.
            TakesUnaskedClientBits = "takes-unasked-client-bits", @client rfc7692 "7.1.2.2:14",
                ["7.1.2/unoffered-client-bits-in-a-response"];
            /// Refuses a response with server_no_context_takeover.
            RefusesServerTakeover = "refuses-server-takeover", @client rfc7692 "5:25", ["7.1.1/server-takeover-agreed"];
            /// Refuses a response with client_no_context_takeover.
            RefusesClientTakeover = "refuses-client-takeover", @client rfc7692 "7.1.1.2:8", ["7.1.1/client-takeover-agreed"];
            /// Refuses a response with server_max_window_bits.
            RefusesServerBits = "refuses-server-bits", @client rfc7692 "5:25", ["7.1.2/server-bits-agreed"];
            /// Refuses the client_max_window_bits that it offered.
            RefusesClientBits = "refuses-client-bits", @client rfc7692 "7.1.2.2:6", ["7.1.2/client-bits-agreed"];
            /// Refuses quoted values of parameters.
            RefusesQuotedParameters = "refuses-quoted-parameters", @client "9.1:4", ["9.1/quoted-in-a-response"];
            /// Does not decompress although it was agreed.
            IgnoresAcceptedDeflate = "ignores-accepted-deflate", @client rfc7692 "5:25", ["7.2/deflate-agreed"];
            /// Decompresses each message with an empty window.
            AssumesServerTakeover = "assumes-server-takeover", @client rfc7692 "7.2.2:8", ["7.2/window-kept-by-the-server"];
        }
    };
}
pub(super) use client_flaws;
