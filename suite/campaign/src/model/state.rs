//! The states of a connection as the other end can distinguish them, and what it can do in each.

use std::fmt;

use wsspec_wire::Role;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// In one or a few words, for reports.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// From the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// The state of a connection.
    ModelState {
        /// Before the opening handshake.
        Opening = "opening",
        /// Between messages.
        Open = "open",
        /// Inside a text message.
        InText = "in text",
        /// Inside a binary message.
        InBinary = "in binary",
        /// The peer has been given a reason to fail the connection.
        Failing = "failing",
        /// An endless frame has begun.
        Cut = "cut",
        /// Our side is finished.
        Closing = "closing",
    }
}

words! {
    /// What is sent, by its meaning for the peer.
    Symbol {
        /// A request to accept.
        Request = "request",
        /// A request to refuse.
        BadRequest = "bad request",
        /// A response to accept.
        Response = "response",
        /// A response to refuse.
        BadResponse = "bad response",
        /// `alive`.
        Fence = "fence",
        /// A whole text message.
        Text = "text",
        /// The first fragment of one.
        TextBegins = "text begins",
        /// A whole binary message.
        Binary = "binary",
        /// The first fragment of one.
        BinaryBegins = "binary begins",
        /// A later fragment.
        Continues = "continues",
        /// The last fragment.
        Ends = "ends",
        /// A whole compressed message.
        Compressed = "compressed",
        /// A ping.
        Ping = "ping",
        /// A pong.
        Pong = "pong",
        /// A close frame that conforms.
        Close = "close",
        /// Thousands of messages.
        Many = "many messages",
        /// A frame without a mask, to a server.
        Unmasked = "unmasked",
        /// A frame with a mask, to a client.
        Masked = "masked",
        /// Reserved bits.
        ReservedBits = "reserved bits",
        /// A reserved opcode.
        ReservedOpcode = "reserved opcode",
        /// A control frame in fragments.
        FragmentedControl = "fragmented control",
        /// A control frame of more than 125 bytes.
        LongControl = "long control",
        /// A length in more bytes than it needs.
        PaddedLength = "padded length",
        /// A continuation frame with nothing to continue.
        Orphan = "orphan",
        /// A message inside a message.
        Interrupts = "interrupts",
        /// Text that is not UTF-8.
        BadText = "bad text",
        /// A close frame with a body that no endpoint may send.
        BadClose = "bad close",
        /// Data that does not decompress.
        Corrupt = "corrupt",
        /// Anything, once the peer has to fail the connection.
        Late = "late",
        /// An endless frame, or part of an opening handshake.
        Cut = "cut",
        /// The end of our half of the stream.
        HalfClose = "half-close",
        /// A reset.
        Reset = "reset",
    }
}

/// Something sent in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transition {
    /// Where the connection was.
    pub from: ModelState,
    /// What was sent.
    pub symbol: Symbol,
}

impl Transition {
    /// Every transition that a session with a peer of this role can make, in order.
    pub fn all(role: Role) -> impl Iterator<Item = Self> {
        let any =
            |from: &ModelState| Symbol::ALL.iter().map(move |symbol| (*from, *symbol)).collect::<Vec<_>>();
        let all = ModelState::ALL.iter().flat_map(any).map(|(from, symbol)| Self { from, symbol });
        all.filter(move |transition| transition.is_possible(role))
    }

    /// Whether the model of a peer of this role ever takes it.
    #[must_use]
    pub const fn is_possible(self, role: Role) -> bool {
        use Symbol::{
            BadRequest, BadResponse, Binary, BinaryBegins, Compressed, Continues, Corrupt, Cut, Ends,
            HalfClose, Interrupts, Late, Many, Masked, Orphan, Request, Reset, Response, Text, TextBegins,
            Unmasked,
        };
        let of_other_role = match role {
            Role::Server => matches!(self.symbol, Response | BadResponse | Masked),
            Role::Client => matches!(self.symbol, Request | BadRequest | Unmasked),
        };
        if of_other_role {
            return false;
        }
        let of_opening = matches!(self.symbol, Request | BadRequest | Response | BadResponse);
        let in_message_only = matches!(self.symbol, Continues | Ends | Interrupts);
        let between_only = matches!(
            self.symbol,
            Text | TextBegins | Binary | BinaryBegins | Compressed | Corrupt | Orphan | Many
        );
        let other = of_opening || matches!(self.symbol, Late);
        match self.from {
            ModelState::Opening => of_opening || matches!(self.symbol, Cut | HalfClose | Reset),
            ModelState::Open => !in_message_only && !other,
            ModelState::InText => !between_only && !other,
            ModelState::InBinary => !between_only && !other && !matches!(self.symbol, Symbol::BadText),
            ModelState::Failing => matches!(self.symbol, Late),
            ModelState::Cut => matches!(self.symbol, HalfClose | Reset),
            ModelState::Closing => false,
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.from, self.symbol)
    }
}
