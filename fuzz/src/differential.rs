//! Implementations that others wrote, held in process against our decoder and assembler: same bytes, same segments.
//!
//! What is known to differ is written down with each, and in `docs/findings.md`; [`run`] fails on anything else. As an input is
//! judged up to the first thing that differs, what comes after a known one in the same input is not.

mod fastwebsockets;
mod pipe;
mod soketto;
mod task;
mod tungstenite;

use wsspec_wire::Role;

use wsspec_decoder::{
    DecoderUnderTest, Disagreement, DisagreementKind, InputPrefix, Leniency, Setting, check,
};

/// The largest message that an implementation is told to take: far above an input, far below what exhausts a machine.
const LIMIT: usize = 1 << 16;

/// Something that reads WebSocket frames.
#[derive(Clone, Copy, Debug)]
pub struct Implementation {
    /// Its crate.
    pub name: &'static str,
    /// The version that is held against ours, and that what is known is known of.
    pub version: &'static str,
    /// Begins a connection.
    pub new: fn(Setting) -> Box<dyn DecoderUnderTest>,
    /// What it documents to leave to others.
    pub leniency: Leniency,
    /// Where it is known to differ.
    pub known: &'static [Known],
}

/// A difference that is written down.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// In which way it is wrong.
    pub kind: DisagreementKind,
    /// The requirement that is broken.
    pub breaks: Breaks,
    /// Whether the bytes can show it, as far as the kind and the requirement do not say.
    pub when: fn(&[u8]) -> bool,
    /// Bytes that show it when they come whole, and whose they are.
    pub example: (Role, &'static [u8]),
    /// What it makes of them where it differs, or how that begins.
    pub got: &'static str,
    /// What it does, in a few words.
    pub what: &'static str,
}

/// Which requirement a [`Disagreement`] names.
#[derive(Clone, Copy, Debug)]
pub enum Breaks {
    /// This one.
    This(&'static str),
    /// Whichever is about what is due next: what is wrong came before.
    Next,
}

impl Known {
    /// Whether this is what differs, in what the other end sends.
    #[must_use]
    pub fn is(&self, told: &Disagreement, bytes: &[u8]) -> bool {
        let is_broken = match self.breaks {
            Breaks::This(requirement) => told.requirement == Some(requirement),
            Breaks::Next => true,
        };
        self.kind == told.kind && is_broken && (self.when)(bytes)
    }
}

/// All implementations.
pub const IMPLEMENTATIONS: [Implementation; 3] =
    [fastwebsockets::IMPLEMENTATION, soketto::IMPLEMENTATION, tungstenite::IMPLEMENTATION];

impl Implementation {
    /// Holds it against the RFC by an input: a [`InputPrefix`](wsspec_decoder::InputPrefix), then what the other end sends.
    ///
    /// # Errors
    ///
    /// Where it first differs, known or not.
    pub fn check(&self, input: &[u8]) -> Result<(), Disagreement> {
        check(self.new, input, &self.leniency)
    }

    fn is_known(&self, told: &Disagreement, bytes: &[u8]) -> bool {
        self.known.iter().any(|known| known.is(told, bytes))
    }
}

/// Holds all implementations against the RFC by an input: a [`InputPrefix`](wsspec_decoder::InputPrefix), then what the other end sends.
///
/// # Panics
///
/// When one of them differs in a way that is not known.
pub fn run(input: &[u8]) {
    run_with(&IMPLEMENTATIONS, input);
}

/// Holds these implementations against the RFC.
///
/// # Panics
///
/// When one of them differs in a way that is not known.
pub fn run_with(implementations: &[Implementation], input: &[u8]) {
    for implementation in implementations {
        match implementation.check(input) {
            Err(told) if !implementation.is_known(&told, InputPrefix::read(input).1) => {
                panic!("{} {}: {told}", implementation.name, implementation.version)
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// What fastwebsockets and soketto both do.
const UNMASKED: Known = Known {
    kind: DisagreementKind::Accepted,
    breaks: Breaks::This("rfc6455#5.1:3"),
    when: always,
    example: (Role::Client, b"\x81\x01a"),
    got: "text \"a\"",
    what: "a server takes frames without a mask",
};

/// Whatever the bytes.
const fn always(_: &[u8]) -> bool {
    true
}
