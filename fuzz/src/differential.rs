//! Other people's implementations, compared in process with our decoder and assembler: same bytes, same segments.
//!
//! Known differences are listed for each implementation, and in `docs/findings.md`; [`run`] fails on any other. An
//! input is judged up to the first difference, so nothing after a known difference in the same input is judged.

mod fastwebsockets;
mod pipe;
mod soketto;
mod task;
mod tokio_websockets;
mod tungstenite;
mod yawc;

use wsspec_wire::Role;

use wsspec_decoder::{
    DecoderUnderTest, Demands, Disagreement, DisagreementKind, InputPrefix, Setting, check,
};

/// The largest message that an implementation is configured to accept: far above an input, far below the memory of a
/// machine.
const LIMIT: usize = 1 << 16;

/// An implementation that reads WebSocket frames.
#[derive(Clone, Copy, Debug)]
pub struct Implementation {
    /// Its crate.
    pub name: &'static str,
    /// The version that is compared, and to which the known differences apply.
    pub version: &'static str,
    /// Starts a connection.
    pub new: fn(Setting) -> Box<dyn DecoderUnderTest>,
    /// Checks that it leaves to other code, according to its documentation.
    pub demands: Demands,
    /// Its known differences.
    pub known: &'static [Known],
}

/// A known difference.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What kind of error it is.
    pub kind: DisagreementKind,
    /// The requirement that is broken.
    pub breaks: Breaks,
    /// Whether the bytes can show it, as far as kind and requirement do not say so.
    pub when: fn(&[u8]) -> bool,
    /// Bytes that show it when they arrive whole, and their sender.
    pub example: (Role, &'static [u8]),
    /// Its result for these bytes, or how that begins.
    pub got: &'static str,
    /// What it does, in a few words.
    pub what: &'static str,
}

/// Which requirement a [`Disagreement`] names.
#[derive(Clone, Copy, Debug)]
pub enum Breaks {
    /// This one.
    This(&'static str),
    /// Any requirement about the next due event: the error came earlier.
    Next,
}

impl Known {
    /// Whether this is the difference, given the bytes of the other end.
    #[must_use]
    pub fn is(&self, disagreement: &Disagreement, bytes: &[u8]) -> bool {
        let is_broken = match self.breaks {
            Breaks::This(requirement) => disagreement.requirement == Some(requirement),
            Breaks::Next => true,
        };
        self.kind == disagreement.kind && is_broken && (self.when)(bytes)
    }
}

/// All implementations.
pub const IMPLEMENTATIONS: [Implementation; 5] = [
    fastwebsockets::IMPLEMENTATION,
    soketto::IMPLEMENTATION,
    tokio_websockets::IMPLEMENTATION,
    tungstenite::IMPLEMENTATION,
    yawc::IMPLEMENTATION,
];

impl Implementation {
    /// Checks it against the RFC with an input: an [`InputPrefix`](wsspec_decoder::InputPrefix), then the bytes of
    /// the other end.
    ///
    /// # Errors
    ///
    /// The first difference, known or not.
    pub fn check(&self, input: &[u8]) -> Result<(), Disagreement> {
        check(self.new, input, &self.demands)
    }

    fn is_known(&self, disagreement: &Disagreement, bytes: &[u8]) -> bool {
        self.known.iter().any(|known| known.is(disagreement, bytes))
    }
}

/// Checks all implementations against the RFC with an input: an [`InputPrefix`](wsspec_decoder::InputPrefix), then
/// the bytes of the other end.
///
/// # Panics
///
/// If one of them has an unknown difference.
pub fn run(input: &[u8]) {
    run_with(&IMPLEMENTATIONS, input);
}

/// Checks these implementations against the RFC.
///
/// # Panics
///
/// If one of them has an unknown difference.
pub fn run_with(implementations: &[Implementation], input: &[u8]) {
    for implementation in implementations {
        match implementation.check(input) {
            Err(disagreement) if !implementation.is_known(&disagreement, InputPrefix::read(input).1) => {
                panic!("{} {}: {disagreement}", implementation.name, implementation.version)
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// Differences of both fastwebsockets and soketto.
const UNMASKED: Known = Known {
    kind: DisagreementKind::Accepted,
    breaks: Breaks::This("rfc6455#5.1:3"),
    when: always,
    example: (Role::Client, b"\x81\x01a"),
    got: "text \"a\"",
    what: "a server takes frames without a mask",
};

/// A difference of both fastwebsockets and yawc.
const STILL_MASKED: Known = Known {
    kind: DisagreementKind::Accepted,
    breaks: Breaks::This("rfc6455#5.1:6"),
    when: always,
    example: (Role::Server, b"\x81\x81\x37\xFA\x21\x3D\x56"),
    got: "text \"V\"",
    what: "a client takes masked frames, and does not unmask them",
};

/// For any bytes.
const fn always(_: &[u8]) -> bool {
    true
}
