//! The body of a request or response of long-polling: packets with a separator between them (Engine.IO v4, Packet encoding, HTTP
//! long-polling).

use bytes::Bytes;

use super::packet::EngineIoPacket;

/// What stands between two packets.
const SEPARATOR: u8 = 0x1e;

/// Several packets in one body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineIoPayload(pub Vec<EngineIoPacket>);

impl EngineIoPayload {
    /// The packets in a body; none in an empty one. Never refuses.
    #[must_use]
    pub fn decode(body: &Bytes) -> Self {
        if body.is_empty() {
            return Self::default();
        }
        let mut from = 0;
        let ends = body.iter().enumerate().filter(|(_, byte)| **byte == SEPARATOR).map(|(at, _)| at);
        let parts = ends.chain([body.len()]).map(|end| {
            let part = body.slice(from..end);
            from = end + 1;
            EngineIoPacket::decode_polled(&part)
        });
        Self(parts.collect())
    }

    /// The body with these packets. Text with a separator in it becomes two packets for whoever reads it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let parts: Vec<_> = self.0.iter().map(EngineIoPacket::encode_polled).collect();
        parts.join(&SEPARATOR)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::engineio::EngineIoType;

    fn packet() -> impl Strategy<Value = EngineIoPacket> {
        let text = (0..7usize, "[^\u{1e}]{0,8}")
            .prop_map(|(at, text)| EngineIoPacket::new(EngineIoType::ALL[at], text.into_bytes()));
        prop_oneof![text, vec(any::<u8>(), 0..9).prop_map(EngineIoPacket::binary)]
    }

    proptest! {
        #[test]
        fn packets_in_a_body_are_read_as_they_were_written(packets in vec(packet(), 0..5)) {
            let payload = EngineIoPayload(packets);
            prop_assert_eq!(EngineIoPayload::decode(&payload.encode().into()), payload);
        }

        #[test]
        fn every_body_is_read(body in vec(any::<u8>(), 0..40)) {
            let packets = EngineIoPayload::decode(&body.clone().into()).0;
            let separators = body.iter().filter(|byte| **byte == SEPARATOR).count();
            prop_assert_eq!(packets.len(), if body.is_empty() { 0 } else { separators + 1 });
        }
    }

    #[test]
    fn base64_may_lack_its_padding_and_is_otherwise_checked() {
        let one =
            |body: &'static str| EngineIoPayload::decode(&Bytes::from_static(body.as_bytes())).0.remove(0);
        for body in ["bAQIDBA==", "bAQIDBA", "bAQIDBB=="] {
            assert_eq!(one(body), EngineIoPacket::binary(&b"\x01\x02\x03\x04"[..]), "{body}");
        }
        assert_eq!(one("b"), EngineIoPacket::binary(&b""[..]));
        for body in ["b*", "bA", "b_-8=", "bAQ ID", "bAQID====", "b=AQI"] {
            let broken = EngineIoPacket { packet_type: None, is_binary: true, data: body.into() };
            assert_eq!(one(body), broken);
            assert_eq!(broken.encode_polled(), body.as_bytes());
            assert_eq!(broken.item().word, "unknown");
        }
    }
}
