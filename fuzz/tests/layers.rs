//! Each oracle of a layer distinguishes a broken codec or session from the real one.

mod common;

use bytes::Bytes;
use wsspec_fuzz::{
    engineio::{self, EngineIoCodec},
    socketio::{self, SocketIoCodec},
    stomp::{self, StompCodec},
};
use wsspec_layers::{
    engineio::EngineIoPacket,
    socketio::{SocketIoPacket, SocketIoSeen, SocketIoSession},
    stomp::{StompDecoded, StompFrame, StompSession},
};
use wsspec_wire::MessageKind;

use self::common::{packets, stomp_frames};

fn stomp_with(codec: StompCodec) {
    stomp_frames().for_each(|input| stomp::run_with(&codec, &input));
}

#[test]
#[should_panic(expected = "in segments, the octets are other frames")]
fn a_decoder_that_forgets_between_segments_is_caught() {
    let decode = |limit: usize, segments: &[&[u8]]| {
        segments.iter().flat_map(|segment| (StompCodec::LAYERS.decode)(limit, &[segment])).collect()
    };
    stomp_with(StompCodec { decode, ..StompCodec::LAYERS });
}

#[test]
#[should_panic(expected = "a frame that does not come back")]
fn a_decoder_that_cuts_the_last_octet_off_is_caught() {
    let decode = |limit: usize, segments: &[&[u8]]| {
        let mut all = (StompCodec::LAYERS.decode)(limit, segments);
        for decoded in &mut all {
            if let StompDecoded::Frame(frame, _) = decoded {
                frame.body.truncate(frame.body.len().saturating_sub(1));
            }
        }
        all
    };
    stomp_with(StompCodec { decode, ..StompCodec::LAYERS });
}

#[test]
#[should_panic(expected = "comes back as []")]
fn an_encoder_without_a_nul_is_caught() {
    let encode = |frame: &StompFrame| {
        let mut octets = frame.encode();
        octets.pop();
        octets
    };
    stomp_with(StompCodec { encode, ..StompCodec::LAYERS });
}

#[test]
#[should_panic(expected = "a frame above the limit")]
fn a_decoder_without_a_limit_is_caught() {
    let decode = |_: usize, segments: &[&[u8]]| (StompCodec::LAYERS.decode)(usize::MAX, segments);
    let input = [&[255, 255, 255, 255, 16, 0][..], b"MESSAGE\nmessage-id:1\n\n\0"].concat();
    stomp::run_with(&StompCodec { decode, ..StompCodec::LAYERS }, &input);
}

#[test]
#[should_panic(expected = "in segments, the octets break other rules")]
fn a_session_that_judges_the_segments_is_caught() {
    let receive = |session: &mut StompSession, octets: &[u8]| {
        session.received(&octets[..octets.len().saturating_sub(1)])
    };
    stomp_with(StompCodec { receive, ..StompCodec::LAYERS });
}

#[test]
#[should_panic(expected = "a message that does not come back")]
fn a_codec_that_drops_unknown_types_is_caught() {
    let decode = |kind: MessageKind, message: &Bytes| {
        let mut packet = EngineIoPacket::decode(kind, message);
        if packet.packet_type.is_none() {
            packet.data.clear();
        }
        packet
    };
    let codec = EngineIoCodec { decode, ..EngineIoCodec::LAYERS };
    packets().for_each(|input| engineio::run_with(&codec, &input));
}

fn socketio_with(codec: SocketIoCodec) {
    packets().for_each(|input| socketio::run_with(&codec, &input));
}

#[test]
#[should_panic(expected = "a packet that does not come back")]
fn an_encoder_that_forgets_the_id_is_caught() {
    let encode = |packet: &SocketIoPacket| SocketIoPacket { id: None, ..packet.clone() }.encode();
    socketio_with(SocketIoCodec { encode, ..SocketIoCodec::LAYERS });
}

#[test]
#[should_panic(expected = "attachments that are not those sent")]
fn a_session_that_loses_attachments_is_caught() {
    let receive = |session: &mut SocketIoSession, kind: MessageKind, message: &Bytes| {
        let mut seen = session.received(kind, message);
        if let SocketIoSeen::Packet { item, .. } = &mut seen {
            item.fields.retain(|(name, _)| name != "attachment-1");
        }
        seen
    };
    socketio_with(SocketIoCodec { receive, ..SocketIoCodec::LAYERS });
}
