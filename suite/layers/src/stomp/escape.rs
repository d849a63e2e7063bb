//! The escapes of header names and values (STOMP 1.2, Value Encoding).

use super::StompVersion;

/// A name or value with the escapes of a version; version 1.0 has none. Frames that connect have none either: call this
/// only for others.
#[must_use]
pub fn escaped(text: &[u8], version: StompVersion) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match (byte, version) {
            (_, StompVersion::V10) => out.push(byte),
            (b'\\', _) => out.extend(b"\\\\"),
            (b'\n', _) => out.extend(b"\\n"),
            (b':', _) => out.extend(b"\\c"),
            (b'\r', StompVersion::V12) => out.extend(b"\\r"),
            _ => out.push(byte),
        }
    }
    out
}

/// A name or value without its escapes, and the first escape sequence that the version does not define. Such a sequence is
/// left as it is.
#[must_use]
pub fn unescaped(text: &[u8], version: StompVersion) -> (Vec<u8>, Option<Vec<u8>>) {
    if version == StompVersion::V10 {
        return (text.to_vec(), None);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut undefined = None;
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match (rest.next(), version) {
            (Some(b'\\'), _) => out.push(b'\\'),
            (Some(b'n'), _) => out.push(b'\n'),
            (Some(b'c'), _) => out.push(b':'),
            (Some(b'r'), StompVersion::V12) => out.push(b'\r'),
            (other, _) => {
                let sequence: Vec<u8> = [b'\\'].into_iter().chain(other).collect();
                out.extend(&sequence);
                undefined.get_or_insert(sequence);
            }
        }
    }
    (out, undefined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_escapes() {
        let text = b"a:b\\c\nd\re";
        assert_eq!(escaped(text, StompVersion::V10), text);
        assert_eq!(escaped(text, StompVersion::V11), b"a\\cb\\\\c\\nd\re");
        assert_eq!(escaped(text, StompVersion::V12), b"a\\cb\\\\c\\nd\\re");
        for version in StompVersion::ALL {
            assert_eq!(unescaped(&escaped(text, version), version), (text.to_vec(), None));
        }
    }

    #[test]
    fn an_undefined_escape_is_kept_and_reported() {
        assert_eq!(unescaped(b"a\\tb\\x", StompVersion::V12), (b"a\\tb\\x".to_vec(), Some(b"\\t".to_vec())));
        assert_eq!(unescaped(b"a\\r", StompVersion::V11), (b"a\\r".to_vec(), Some(b"\\r".to_vec())));
        assert_eq!(unescaped(b"a\\", StompVersion::V12), (b"a\\".to_vec(), Some(b"\\".to_vec())));
    }
}
