//! The octets of a frame, of either end.

use bytes::Bytes;

/// A frame with these headers, which are escaped already, and a line behind them that no frame may have, or none.
pub(super) fn frame<N: AsRef<[u8]>>(
    command: &[u8],
    headers: impl Iterator<Item = (N, Vec<u8>)>,
    flawed_line: &[u8],
    body: &[u8],
) -> Bytes {
    let mut out = [command, b"\n"].concat();
    for (name, value) in headers {
        out.extend([name.as_ref(), b":", &value, b"\n"].concat());
    }
    out.extend_from_slice(flawed_line);
    out.push(b'\n');
    out.extend_from_slice(body);
    out.push(0);
    out.into()
}
