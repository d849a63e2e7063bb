//! The request line, and the form of the field lines (RFC 6455, 4.2.1, item 1).

use wsspec_wire::{RequestHead, Version, Violation};

use super::{BAD_REQUEST, CheckResult, RequestRefusal, ensure, is_token};
use crate::{Flaw, flaw::Conduct};

/// What a flaw wrongly treats as the end of a line.
const NO_LINE_ENDS: [&str; 8] = ["\n ", "\n\t", "\r", "\0", "\x0b", "\x0c", "\u{85}", "\u{2028}"];

/// The request as seen by the flaw that finds more lines than there are.
pub(super) fn reread(fault: Conduct, request: &RequestHead) -> Option<RequestHead> {
    fault.is(Flaw::BeginsFieldsWithinFields).then(|| {
        let lines = String::from_utf8_lossy(&request.raw).replace("\r\n", "\n");
        let lines = NO_LINE_ENDS.iter().fold(lines, |lines, end| lines.replace(end, "\n"));
        RequestHead::parse(lines.replace('\n', "\r\n").as_bytes())
    })
}

pub(super) fn check(fault: Conduct, request: &RequestHead) -> CheckResult {
    match request.version {
        None if fault.enforces(Flaw::AcceptsMalformedVersion) => return Err(BAD_REQUEST),
        Some(version) if version < Version::HTTP_11 && fault.enforces(Flaw::AcceptsHttp10) => {
            return Err(RequestRefusal::Status(505));
        }
        _ => {}
    }
    check_method(fault, &request.method)?;
    // If the version is malformed, the target contains it, too.
    let target = match request.version {
        Some(_) => &request.target[..],
        None => request.target.split(|&byte| byte == b' ').next().unwrap_or_default(),
    };
    ensure(is_target(target) || !fault.enforces(Flaw::AcceptsMalformedTarget))?;
    ensure(request.faults.iter().all(|found| is_tolerable(fault, found)))?;
    let has_blank = field_lines(request).any(has_blank_before_colon);
    ensure(!has_blank || !fault.enforces(Flaw::AcceptsBlanksBeforeColons))?;
    ensure(!has_body(request) || !fault.enforces(Flaw::AcceptsBodies))
}

/// Whether a body follows the head, so that the bytes after it are not frames (RFC 9112, 6).
fn has_body(request: &RequestHead) -> bool {
    let fields = &request.fields;
    fields.get("Transfer-Encoding").is_some() || fields.all("Content-Length").any(|length| length != "0")
}

/// The field lines, without their line ends.
pub(super) fn field_lines(request: &RequestHead) -> impl Iterator<Item = &[u8]> {
    let lines = request.raw.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.skip_while(|line| line.is_empty()).skip(1).filter(|line| !line.is_empty())
}

fn check_method(fault: Conduct, method: &[u8]) -> CheckResult {
    let accepted = method == b"GET"
        || !fault.enforces(Flaw::AcceptsOtherMethods)
        || fault.is(Flaw::MethodAnyCase) && method.eq_ignore_ascii_case(b"GET");
    match accepted {
        true => Ok(()),
        false if is_token(method) => Err(RequestRefusal::Status(405)),
        false => Err(BAD_REQUEST),
    }
}

/// Whether it is an absolute path or an absolute URI (RFC 6455, 4.2.1, item 1).
fn is_target(target: &[u8]) -> bool {
    let is_absolute = [&b"/"[..], b"http://", b"https://"].iter().any(|start| target.starts_with(start));
    is_absolute && target.iter().all(|&byte| byte.is_ascii_graphic() && byte != b'#')
}

/// Whether a malformed line is tolerated. The request line has its own checks.
fn is_tolerable(fault: Conduct, found: &Violation) -> bool {
    match found {
        // White space before a colon is looked for elsewhere; a fold is read.
        Violation::RequestLineMalformed(_) | Violation::FieldOutdated { .. } => true,
        Violation::FieldMalformed { line, .. } => {
            let name = line.iter().position(|&byte| byte == b':').map(|colon| &line[..colon]);
            let is_named = name.is_some_and(is_token);
            let lax = if is_named { Flaw::AcceptsFieldFaults } else { Flaw::AcceptsMalformedField };
            !fault.enforces(lax)
        }
        _ => !fault.enforces(Flaw::ValidatesNothing),
    }
}

/// Whether there is white space between a field's name and the colon (RFC 9112, 5.1).
fn has_blank_before_colon(line: &[u8]) -> bool {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(0);
    !line.starts_with(b" ") && !line.starts_with(b"\t") && line[..colon].ends_with(b" ")
        || line[..colon].ends_with(b"\t") && !line[..colon].trim_ascii().is_empty()
}
