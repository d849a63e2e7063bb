//! The protocol of shims: the example of docs/decoders.md is what is sent and read, and a bad shim is named.

use std::{cell::RefCell, collections::VecDeque, fs, path::Path, rc::Rc};

use wsspec_decoder::{
    DecoderEvent, DecoderUnderTest, DeflateParams, Demands, DisagreementKind, Rejection, Setting,
    inputs::from_frames,
    shim::{
        MOST_BYTES, MOST_MESSAGES, Replies, Reply, Shim, ShimConnection, ShimRequest, Transport, Trouble,
        VERSIONS, check_all,
    },
};
use wsspec_wire::Role;

/// The messages of a shim, in pieces, and what it received.
#[derive(Default)]
struct Played {
    says: VecDeque<Vec<u8>>,
    sent: Vec<u8>,
}

impl Transport for Played {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.sent.extend_from_slice(bytes);
        Ok(())
    }

    fn receive(&mut self) -> Result<Vec<u8>, Trouble> {
        self.says.pop_front().ok_or_else(|| Trouble::Died("no more is written down".into()))
    }
}

fn encoded(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    reply.encode(&mut out);
    out
}

/// A shim that sends its hello and then these messages.
fn shim(says: impl IntoIterator<Item = Vec<u8>>) -> Rc<RefCell<Shim<Played>>> {
    let says = [encoded(&Reply::Hello(1))].into_iter().chain(says).collect();
    let met = Shim::meet(Played { says, sent: Vec::new() }).map_err(|(_, trouble)| trouble);
    Rc::new(RefCell::new(met.expect("a hello")))
}

/// The trouble with a shim that answers like this.
fn trouble(says: impl IntoIterator<Item = Vec<u8>>) -> Option<Trouble> {
    let shim = shim(says);
    let mut connection = ShimConnection::new(&shim, Setting::of(Role::Server));
    assert_eq!(connection.decode(b"\x89\x00", &mut Vec::new()), Ok(()));
    shim.borrow().trouble().cloned()
}

/// The lines of an example, each with its sign.
fn example(language: &str) -> Vec<(char, Vec<u8>)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/decoders.md"));
    let page = page.expect("a readable page");
    let block = page
        .split_once(&format!("```{language}\n"))
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("an example")
        .0;
    let line = |line: &str| {
        let bytes = line[2..].split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hex"));
        (line.chars().next().expect("a sign"), bytes.collect())
    };
    block.lines().map(line).collect()
}

#[test]
fn the_example_is_what_is_sent_and_read() {
    let side = |sign| example("shim").into_iter().filter(move |(of, _)| *of == sign).map(|(_, bytes)| bytes);
    let met = Shim::meet(Played { says: side('<').collect(), sent: Vec::new() });
    let shim = Rc::new(RefCell::new(met.map_err(|(_, trouble)| trouble).expect("a hello")));
    let mut events = Vec::new();
    let mut connection = ShimConnection::new(&shim, Setting::of(Role::Client));
    assert_eq!(connection.decode(b"\x89\x82\0\0\0\0h", &mut events), Ok(()));
    assert_eq!(events, []);
    assert_eq!(connection.decode(b"i", &mut events), Ok(()));
    assert_eq!(events, [DecoderEvent::Ping(b"hi".to_vec())]);
    let mut connection = ShimConnection::new(&shim, Setting::of(Role::Server));
    let rejection = Rejection { code: Some(1002), why: "RSV1".into() };
    assert_eq!(connection.decode(b"\xC1\x01a", &mut events), Err(rejection));
    assert_eq!(shim.borrow().trouble(), None);
    assert_eq!(shim.borrow_mut().transport().sent, side('>').collect::<Vec<_>>().concat());
}

#[test]
fn the_example_of_a_batch_is_what_is_sent_and_read() {
    let side = |sign| example("shim2").into_iter().filter(move |(of, _)| *of == sign).map(|(_, bytes)| bytes);
    let met = Shim::meet(Played { says: side('<').collect(), sent: Vec::new() });
    let shim = Rc::new(RefCell::new(met.map_err(|(_, trouble)| trouble).expect("a hello")));
    let input = from_frames([7, 255, 255, 255], Role::Client, b"\x89\x82\0\0\0\0hi");
    assert_eq!(check_all(&shim, &[input], &Demands::default()), Ok(vec![Ok(())]));
    assert_eq!(shim.borrow_mut().transport().sent, side('>').collect::<Vec<_>>().concat());
}

/// The results for these inputs of a shim that answers the batch like this.
fn batch(inputs: &[&[u8]], replies: &[Reply]) -> Result<Vec<Option<DisagreementKind>>, Trouble> {
    let says = [vec![encoded(&Reply::Hello(2))], replies.iter().map(encoded).collect()].concat();
    let met = Shim::meet(Played { says: says.into(), sent: Vec::new() }).map_err(|(_, trouble)| trouble)?;
    let shim = Rc::new(RefCell::new(met));
    let inputs: Vec<_> = inputs.iter().map(|bytes| from_frames([1; 4], Role::Server, bytes)).collect();
    let demands = Demands { strict: true, ..Demands::default() };
    let checked = check_all(&shim, &inputs, &demands)?;
    Ok(checked.into_iter().map(|checked| checked.err().map(|found| found.kind)).collect())
}

#[test]
fn answers_of_a_batch_belong_to_their_inputs() {
    let ping = || Reply::Event(DecoderEvent::Ping(Vec::new()));
    let rejected = |code| Reply::Rejected(Rejection { code, why: String::new() });
    // The first input is right; the second loses its ping when it is cut; the third rejects early, with no code.
    let replies = [
        vec![ping(), Reply::Accepted, Reply::Accepted, ping(), Reply::Accepted],
        vec![ping(), Reply::Accepted, Reply::Accepted, Reply::Accepted],
        vec![rejected(None), rejected(None)],
        vec![rejected(Some(0)), rejected(Some(0))],
    ];
    let inputs: [&[u8]; 4] = [b"\x89\x00", b"\x89\x00", b"\xC1\x00", b"\xC1\x00"];
    let kinds = [None, Some(DisagreementKind::Missing), None, Some(DisagreementKind::Code)];
    assert_eq!(batch(&inputs, &replies.concat()), Ok(kinds.to_vec()));
    assert!(matches!(batch(&inputs, &replies[..3].concat()), Err(Trouble::Died(_))));
    let early = Reply::Hello(2);
    assert!(matches!(batch(&inputs, &[early]), Err(Trouble::Nonsense(_))));
}

#[test]
fn a_shim_of_the_first_version_is_asked_one_segment_at_a_time() {
    let ping = encoded(&Reply::Event(DecoderEvent::Ping(Vec::new())));
    let accepted = encoded(&Reply::Accepted);
    let answers = [[&ping[..], &accepted].concat(), accepted.clone(), [&ping[..], &accepted].concat()];
    let shim = shim(answers);
    let input = from_frames([1; 4], Role::Server, b"\x89\x00");
    assert_eq!(check_all(&shim, &[input], &Demands::default()), Ok(vec![Ok(())]));
}

#[test]
fn replies_read_back_however_they_are_cut() {
    let replies = [
        Reply::Hello(1),
        Reply::Hello(2),
        Reply::Event(DecoderEvent::Frame { fin: false, compressed: true, opcode: 2, payload: vec![7] }),
        Reply::Event(DecoderEvent::Close(None, Vec::new())),
        Reply::Event(DecoderEvent::Close(Some(1000), b"bye".to_vec())),
        Reply::Rejected(Rejection { code: None, why: "no".into() }),
        Reply::Rejected(Rejection { code: Some(0), why: "no".into() }),
        Reply::Accepted,
    ];
    let bytes: Vec<u8> = replies.iter().flat_map(encoded).collect();
    let mut parser = Replies::default();
    let mut read = Vec::new();
    for byte in bytes {
        parser.push(&[byte]);
        read.extend(parser.next_reply().expect("a message"));
    }
    assert_eq!(read, replies);
    assert!(parser.is_empty());
}

#[test]
fn an_invalid_message_is_reported_as_soon_as_its_head_shows_it() {
    for nonsense in
        [&b"Hello, world"[..], b"T\xFF\xFF\xFF\xFF", b"A\0\0\0\x01x", b"R\0\0\0\x01x", b"C\0\0\0\x01x"]
    {
        let named = trouble([nonsense.to_vec()]);
        assert!(matches!(named, Some(Trouble::Nonsense(_))), "{nonsense:?}: {named:?}");
    }
    let shown = trouble([b"\x1b[31m\x07".to_vec()]).expect("nonsense").to_string();
    assert!(!shown.contains(char::is_control), "{shown}");
}

#[test]
fn a_shim_without_its_hello_is_named() {
    let later = [&b"H\0\0\0\x10wsspec-decoder 3"[..], b"A\0\0\0\0"];
    for begins in later {
        let met = Shim::meet(Played { says: [begins.to_vec()].into(), sent: Vec::new() });
        let trouble = met.map(|_| ()).map_err(|(_, trouble)| trouble);
        assert!(matches!(trouble, Err(Trouble::Nonsense(_))), "{trouble:?}");
    }
    assert_eq!(VERSIONS, [1, 2]);
}

#[test]
fn a_flood_ends() {
    let pong = encoded(&Reply::Event(DecoderEvent::Pong(Vec::new())));
    assert_eq!(trouble([pong.repeat(MOST_MESSAGES + 1)]), Some(Trouble::Flood));
    let large = encoded(&Reply::Event(DecoderEvent::Pong(vec![0; MOST_BYTES])));
    assert_eq!(trouble(vec![large; 10]), Some(Trouble::Flood));
}

#[test]
fn data_after_an_answer_is_nonsense_and_an_exit_is_reported() {
    let accepted = encoded(&Reply::Accepted);
    let shim = shim([accepted.repeat(2)]);
    let mut connection = ShimConnection::new(&shim, Setting::of(Role::Server));
    for _ in 0..2 {
        assert_eq!(connection.decode(b"", &mut Vec::new()), Ok(()));
    }
    assert!(matches!(shim.borrow().trouble(), Some(Trouble::Nonsense(_))));
    assert!(matches!(trouble([]), Some(Trouble::Died(_))));
}

#[test]
fn a_request_is_its_kind_its_length_and_its_payload() {
    let mut out = Vec::new();
    ShimRequest::New(Setting::of(Role::Server)).encode(&mut out);
    ShimRequest::Bytes(b"ab").encode(&mut out);
    assert_eq!(out, b"N\0\0\0\x01SB\0\0\0\x02ab");
    let deflate = DeflateParams { client_max_window_bits: 9, ..DeflateParams::default() };
    out.clear();
    ShimRequest::New(Setting { sender: Role::Client, deflate: Some(deflate) }).encode(&mut out);
    assert_eq!(out[5..], *b"Cpermessage-deflate; client_max_window_bits=9");
}
