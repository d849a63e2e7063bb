//! A stream as a transcript has it: a head as text, then the octets behind it.

use std::borrow::Cow;

use wsspec_wire::{HeadBytes, HeadReader, Opening, Role, Version};

use crate::{Incoming, fields};

/// Reads what one end sent on a stream, from a record.
#[derive(Debug)]
pub struct RecordedStream {
    version: Version,
    head: HeadReader,
    opened: bool,
}

impl RecordedStream {
    /// A stream of HTTP/2 or HTTP/3.
    #[must_use]
    pub fn of(version: Version) -> Self {
        Self { version, head: HeadReader::default(), opened: false }
    }

    /// HTTP/2 or HTTP/3.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Takes recorded octets of `from`.
    pub fn read<'a>(&mut self, from: Role, bytes: &'a [u8]) -> Vec<Incoming<'a>> {
        let mut out = Vec::new();
        if self.opened {
            out.push(Incoming::Data(Cow::Borrowed(bytes)));
            return out;
        }
        self.head.push(bytes);
        while let (false, Some(Ok(HeadBytes { head, rest }))) = (self.opened, self.head.take()) {
            let opening = fields::recorded(&head, from, self.version);
            self.opened = !matches!(&opening, Opening::Response(head) if head.is_interim());
            out.push(Incoming::Opening(opening));
            match self.opened {
                true if rest.is_empty() => {}
                true => out.push(Incoming::Data(Cow::Owned(rest.to_vec()))),
                false => self.head.push(&rest),
            }
        }
        out
    }
}
