//! The command and the header lines of a frame: where they end, and which they are.

use bytes::Bytes;

/// What ends the head of a frame.
pub(super) enum HeadEnd {
    /// A blank line: where the head ends, with the last line's end, and where the body begins.
    Blank { head: usize, body: usize },
    /// A NUL in the middle of it.
    Nul(usize),
}

/// The end of the head at the start of `bytes`, which was searched as far as `searched` before.
pub(super) fn end_of(bytes: &[u8], searched: &mut usize) -> Option<HeadEnd> {
    // The end may have begun before what is new.
    let mut at = searched.saturating_sub(3);
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1), bytes.get(at + 2)) {
            (0, ..) => return Some(HeadEnd::Nul(at)),
            (b'\n', Some(b'\n'), _) => return Some(HeadEnd::Blank { head: at + 1, body: at + 2 }),
            (b'\n', Some(b'\r'), Some(b'\n')) => return Some(HeadEnd::Blank { head: at + 1, body: at + 3 }),
            _ => at += 1,
        }
    }
    *searched = at;
    None
}

/// The lines of a head, without their ends; CR belongs to the end.
pub(super) fn lines(head: &[u8]) -> Vec<Bytes> {
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let bare = lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    bare.map(Bytes::copy_from_slice).collect()
}
