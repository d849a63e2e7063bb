//! Several connections in one stream of octets: each piece says which connection it belongs to.
//!
//! An exchange that plays on several connections writes and reads such a stream; its driver opens the connections.

use bytes::{BufMut, Bytes, BytesMut};

/// Octets before those of a piece: connection, kind, length.
const HEADER: usize = 9;

/// What happens on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// Octets. The first ones to a connection open it.
    Data,
    /// The end of this half, or of the connection where the sender has no use for the other half.
    End,
    /// A reset.
    Reset,
    /// The connection could not be opened; the octets say why.
    Failed,
}

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundlePiece {
    /// The number of the connection.
    pub connection: u32,
    /// What happens on it.
    pub kind: BundleKind,
    /// The octets; empty except for data and failures.
    pub octets: Bytes,
}

impl BundlePiece {
    /// A piece of data.
    #[must_use]
    pub const fn data(connection: u32, octets: Bytes) -> Self {
        Self { connection, kind: BundleKind::Data, octets }
    }

    /// A piece without data.
    #[must_use]
    pub const fn of(connection: u32, kind: BundleKind) -> Self {
        Self { connection, kind, octets: Bytes::new() }
    }

    /// Its octets in the stream.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER + self.octets.len());
        out.put_u32(self.connection);
        out.put_u8(match self.kind {
            BundleKind::Data => 0,
            BundleKind::End => 1,
            BundleKind::Reset => 2,
            BundleKind::Failed => 3,
        });
        // Whoever writes splits what it has read, or what a script has, far below that.
        out.put_u32(u32::try_from(self.octets.len()).unwrap_or(u32::MAX));
        out.extend_from_slice(&self.octets);
        out.freeze()
    }
}

/// Splits the stream into pieces.
#[derive(Debug, Default)]
pub struct BundleReader {
    pending: BytesMut,
}

impl BundleReader {
    /// Takes octets as they arrive.
    pub fn push(&mut self, octets: &[u8]) {
        self.pending.extend_from_slice(octets);
    }

    /// The next piece, once it is whole.
    pub fn next_piece(&mut self) -> Option<BundlePiece> {
        let header = self.pending.first_chunk::<HEADER>()?;
        let number =
            |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (connection, length) = (number(0), usize::try_from(number(5)).ok()?);
        let kind = match header[4] {
            0 => BundleKind::Data,
            1 => BundleKind::End,
            2 => BundleKind::Reset,
            _ => BundleKind::Failed,
        };
        if self.pending.len() < HEADER + length {
            return None;
        }
        let octets = self.pending.split_to(HEADER + length).freeze().slice(HEADER..);
        Some(BundlePiece { connection, kind, octets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_they_were_written_however_they_arrive() {
        let pieces = [
            BundlePiece::data(0, Bytes::from_static(b"GET / HTTP/1.1\r\n")),
            BundlePiece::data(u32::MAX, Bytes::new()),
            BundlePiece::of(7, BundleKind::End),
            BundlePiece::of(7, BundleKind::Reset),
            BundlePiece { connection: 8, kind: BundleKind::Failed, octets: Bytes::from_static(b"refused") },
        ];
        let octets: Vec<u8> = pieces.iter().flat_map(BundlePiece::encode).collect();
        for cut in [1, 5, 1000] {
            let mut reader = BundleReader::default();
            let mut read = Vec::new();
            for part in octets.chunks(cut) {
                reader.push(part);
                read.extend(std::iter::from_fn(|| reader.next_piece()));
            }
            assert_eq!(read, pieces, "{cut}");
        }
    }
}
