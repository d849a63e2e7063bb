//! One STOMP frame as it is on the wire (STOMP 1.2, STOMP Frames), right or wrong.

use bytes::Bytes;

/// A frame: its command, its header lines, its body. Lines are as they were on the wire, without their line ends.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StompFrame {
    /// The first line.
    pub command: Bytes,
    /// The header lines, escaped as they were sent.
    pub lines: Vec<Bytes>,
    /// What follows the blank line, without the NUL.
    pub body: Bytes,
    /// What is wrong with its form.
    pub fault: Option<FrameFault>,
}

/// What can be wrong with the form of a frame, besides its header lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// A NUL comes before the blank line that ends the headers.
    NulInHead,
    /// `content-length` is not a number of octets.
    LengthMalformed(Bytes),
    /// No NUL follows as many octets as `content-length` announces.
    LengthWrong(usize),
}

impl StompFrame {
    /// Its octets, lines ended with LF, with a NUL at the end.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for line in [&self.command].into_iter().chain(&self.lines) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(&self.body);
        out.push(0);
        out
    }

    /// The raw value of the first header with that name.
    #[must_use]
    pub fn raw(&self, name: &[u8]) -> Option<&[u8]> {
        self.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(b":"))
    }

    /// Whether its headers have no escapes: frames that connect have none, to stay compatible with 1.0.
    #[must_use]
    pub fn connects(&self) -> bool {
        matches!(&self.command[..], b"CONNECT" | b"STOMP" | b"CONNECTED")
    }
}
