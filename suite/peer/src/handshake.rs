//! The server's side of the opening handshake (RFC 6455, 4.2).

mod deflate;
mod fields;
mod refusals;
mod request;
mod response;

use wsspec_wire::{DeflateParams, Offer, RequestHead};

use crate::{Flaw, flaw::Conduct};

pub(crate) use self::{
    deflate::Agreement,
    response::{BODY, accept, refuse},
};

/// How a request is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RequestRefusal {
    /// With this status.
    Status(u16),
    /// Because the server does not speak its version (RFC 6455, 4.4).
    Version,
    /// Without an answer; only with a flaw.
    Drop,
}

/// Continue with the next check, or refuse.
type CheckResult = Result<(), RequestRefusal>;

const BAD_REQUEST: RequestRefusal = RequestRefusal::Status(400);

/// Judges a request (RFC 6455, 4.2.1).
pub(crate) fn judge(fault: Conduct, request: &RequestHead) -> CheckResult {
    let reread = request::reread(fault, request);
    let request = reread.as_ref().unwrap_or(request);
    request::check(fault, request)?;
    fields::check(fault, &request.fields)?;
    refusals::check(fault, request)
}

/// Accepts an offer of permessage-deflate, if there is an acceptable one (RFC 7692, 5).
pub(crate) fn negotiate(fault: Conduct, request: &RequestHead) -> Option<Agreement> {
    let mentioned = fault.is(Flaw::FindsDeflateAnywhere) && fields::mentions_deflate(&request.fields);
    deflate::negotiate(fault, &Offer::from(request)).or_else(|| mentioned.then(Agreement::plain))
}

/// The parameters that a flaw uses though it has declined the offer.
pub(crate) fn assumed(fault: Conduct, request: &RequestHead) -> Option<DeflateParams> {
    let assumes = fault.is(Flaw::InflatesDeclined) && fields::mentions_deflate(&request.fields);
    assumes.then(DeflateParams::default)
}

/// Refuses unless the condition holds.
fn ensure(holds: bool) -> CheckResult {
    if holds { Ok(()) } else { Err(BAD_REQUEST) }
}

/// Whether the bytes are a token (RFC 2616, 2.2).
fn is_token(bytes: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_token_byte)
}
