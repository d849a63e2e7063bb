//! The chunked transfer coding (RFC 9112, 7.1): what it carries, piece by piece.

use bytes::Bytes;

/// The longest line of a chunk's size with its extensions, and all trailers together, in bytes.
const MOST: usize = 8 << 10;

/// Where in the coding the next octet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChunkPlace {
    /// In the line with the size of a chunk.
    Size,
    /// In the data of a chunk: this many octets are left.
    Data(u64),
    /// In the end of line after the data.
    DataEnd,
    /// In the trailer section.
    Trailers,
    /// Behind the coding.
    End,
    /// The octets are not of this coding.
    Broken,
}

/// Reads the coding.
#[derive(Clone, Debug)]
pub(super) struct ChunkReader {
    place: ChunkPlace,
    line: Vec<u8>,
    trailers: usize,
}

impl ChunkReader {
    pub(super) const fn new() -> Self {
        Self { place: ChunkPlace::Size, line: Vec::new(), trailers: 0 }
    }

    /// Whether the last chunk and its trailers are over.
    pub(super) fn is_over(&self) -> bool {
        self.place == ChunkPlace::End
    }

    /// Whether it cannot be read on.
    pub(super) fn is_broken(&self) -> bool {
        self.place == ChunkPlace::Broken
    }

    /// Takes octets up to the end of the coding, and appends what they carry; how many it took.
    pub(super) fn read(&mut self, octets: &[u8], out: &mut Vec<Bytes>) -> usize {
        let mut at = 0;
        while at < octets.len() && !self.is_over() && !self.is_broken() {
            if let ChunkPlace::Data(left) = self.place {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len() - at);
                out.push(Bytes::copy_from_slice(&octets[at..at + count]));
                at += count;
                let left = left - count as u64;
                self.place = if left == 0 { ChunkPlace::DataEnd } else { ChunkPlace::Data(left) };
                continue;
            }
            self.line.push(octets[at]);
            at += 1;
            if self.line.last() == Some(&b'\n') {
                self.line_read();
            } else if self.line.len() > MOST {
                self.place = ChunkPlace::Broken;
            }
        }
        at
    }

    fn line_read(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_ascii_end();
        self.place = match self.place {
            ChunkPlace::Size => size(text).map_or(ChunkPlace::Broken, |size| match size {
                0 => ChunkPlace::Trailers,
                size => ChunkPlace::Data(size),
            }),
            ChunkPlace::DataEnd if text.is_empty() => ChunkPlace::Size,
            ChunkPlace::Trailers if text.is_empty() => ChunkPlace::End,
            ChunkPlace::Trailers if self.trailers < MOST => {
                self.trailers += line.len();
                ChunkPlace::Trailers
            }
            _ => ChunkPlace::Broken,
        };
    }
}

/// The size of a chunk, whatever its extensions.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8], cut: usize) -> (Vec<u8>, usize, bool, bool) {
        let (mut reader, mut out, mut took) = (ChunkReader::new(), Vec::new(), 0);
        for piece in octets.chunks(cut) {
            took += reader.read(piece, &mut out);
        }
        (out.concat(), took, reader.is_over(), reader.is_broken())
    }

    #[test]
    fn chunks_are_joined_however_they_arrive() {
        let octets = b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: a\r\n\r\nHTTP";
        for cut in [1, 2, 5, 100] {
            assert_eq!(read(octets, cut), (b"abcde".to_vec(), octets.len() - 4, true, false), "{cut}");
        }
    }

    #[test]
    fn what_is_not_chunked_is_broken_and_not_kept() {
        for octets in [&b"x\r\n"[..], b"\r\n", b"3\r\nabcd\r\n", b"fffffffffffffffff\r\n", b"+3\r\nabc\r\n"] {
            let (_, _, is_over, is_broken) = read(octets, 100);
            assert!(is_broken && !is_over, "{octets:?}");
        }
        assert!(read(&[b'0'; MOST + 10], 100).3);
        assert!(read(&[b"0\r\n".to_vec(), b"a: b\r\n".repeat(MOST)].concat(), 100).3);
    }
}
