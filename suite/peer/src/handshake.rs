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

/// Why a request is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RequestRefusal {
    /// With that status.
    Status(u16),
    /// For its version, which is none the server speaks (RFC 6455, 4.4).
    Version,
    /// Without a word; only with a flaw.
    Drop,
}

/// Go on with the next check, or refuse.
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

/// Takes an offer of permessage-deflate, if there is one to take (RFC 7692, 5).
pub(crate) fn negotiate(fault: Conduct, request: &RequestHead) -> Option<Agreement> {
    let mentioned = fault.is(Flaw::FindsDeflateAnywhere) && fields::mentions_deflate(&request.fields);
    deflate::negotiate(fault, &Offer::from(request)).or_else(|| mentioned.then(Agreement::plain))
}

/// What a flaw takes to be in use though it was declined.
pub(crate) fn assumed(fault: Conduct, request: &RequestHead) -> Option<DeflateParams> {
    let assumes = fault.is(Flaw::InflatesDeclined) && fields::mentions_deflate(&request.fields);
    assumes.then(DeflateParams::default)
}

/// Refuses unless it holds.
fn ensure(holds: bool) -> CheckResult {
    if holds { Ok(()) } else { Err(BAD_REQUEST) }
}

/// Whether the bytes are a token (RFC 2616, 2.2).
fn is_token(bytes: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_token_byte)
}
