//! The payload of SETTINGS (RFC 9113, 6.5.1).

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wsspec_wire::Http2Setting;

/// The parameters of a frame; `None` if its length is not a multiple of six.
pub(crate) fn parse(mut payload: Bytes) -> Option<Vec<Http2Setting>> {
    let mut settings = Vec::new();
    while payload.len() >= 6 {
        settings.push(Http2Setting { id: payload.get_u16(), value: payload.get_u32() });
    }
    payload.is_empty().then_some(settings)
}

/// The payload of a frame.
pub(crate) fn payload(settings: &[Http2Setting]) -> Bytes {
    let mut out = BytesMut::with_capacity(settings.len() * 6);
    for setting in settings {
        out.put_u16(setting.id);
        out.put_u32(setting.value);
    }
    out.freeze()
}
