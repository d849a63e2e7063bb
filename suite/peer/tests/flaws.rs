//! Each flaw shows: for some input, the peer behaves differently from the one without a flaw.

use wsspec_peer::{Flaw, Peer, PeerOutput};
use wsspec_wire::{DeflateParams, Deflater, Frame, Length, LengthForm, Mask, Opcode, Role, Rsv};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Replacements in the request, from and to.
const REQUESTS: [(&str, &str); 67] = [
    ("Host: a", "Host: a\r\nX: a\x01b"),
    ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA=="),
    ("13", "13\r\nSec-WebSocket-Version: 13"),
    ("GET", "GET"),
    ("GET", "POST"),
    ("GET", "get"),
    ("/1.1", "/1.0"),
    ("/1.1", "/1"),
    ("/ HTTP", "chat HTTP"),
    ("/ HTTP", "/?a HTTP"),
    ("/ HTTP", "http://a/ HTTP"),
    ("Host: a\r\n", ""),
    ("Host: a", "Host: a\r\nHost: b"),
    ("Host: a", "Host: a b"),
    ("Host: a", "host:  a"),
    ("Host: a", "Host : a"),
    ("Host: a", "Host: a\r\nno colon"),
    ("Host: a", "Host: a\r\nCookie: b"),
    ("Host: a", "Host: a\r\nOrigin: b"),
    ("Host: a", "Host: a\r\nContent-Length: 1"),
    ("Host: a", "Host: a\r\nExpect: b"),
    ("Host: a", "Host: a\r\nExpect: 100-continue"),
    ("Host: a", "Host: a\r\nAuthorization: b"),
    ("Host: a", "Host: a\r\nX: 1\r\n b"),
    ("GET", "\r\nGET"),
    ("13", "13\r\nSec-WebSocket-Extensions: xpermessage-deflate"),
    ("Sec-WebSocket-Version", "Sec_WebSocket_Version"),
    ("13", "13;4"),
    ("Q==", "Q==x"),
    ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==, a"),
    ("Upgrade: websocket\r\n", ""),
    ("websocket", "foo"),
    ("websocket", "websockets"),
    ("websocket", "WebSocket"),
    ("websocket", "websoc\u{212a}et"),
    ("websocket", "foo, ,websocket"),
    ("Connection: Upgrade\r\n", ""),
    ("Connection: Upgrade", "Connection: not-upgrade"),
    ("Connection: Upgrade", "Connection: keep-alive, upgrade"),
    ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"),
    ("Upgrade: websocket\r\n", "X: 1\r\n"),
    ("13", "13\r\nSec-WebSocket-Extensions: ;"),
    (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUpgrade: websocket\r\nConnection: Upgrade",
    ),
    ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
    ("Host: a", "Host: a\r\nOrigin: https://app.peer.example.b"),
    ("Host: a", "Host: a\r\nOrigin: b://app.peer.example"),
    ("Host: a", "Host: a\r\nOrigin: http://app.peer.example"),
    ("Host: a", "Host: a\r\nOrigin: https://other.peer.example"),
    ("Host: a", "Host: a\r\nOrigin: b\r\nOrigin: c"),
    ("13", "13\r\nSec-WebSocket-Protocol: b, wsspec.echo"),
    ("Host: a\r\nUpgrade: websocket", "Upgrade: websocket\r\nHost: a"),
    (
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    ("13", "13\r\nSec-WebSocket-Protocol: b,c"),
    ("dGhlIHNhbXBsZSBub25jZQ==", ""),
    ("dGhlIHNhbXBsZSBub25jZQ==", "AQ=="),
    ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"),
    ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25!ZQ=="),
    ("13", ""),
    ("13", "14"),
    ("13", "013"),
    ("13", "13, 8"),
    ("13", "13\r\nSec-WebSocket-Version: 8"),
    ("Sec-WebSocket-Version: 13\r\n", ""),
    ("13\r\n", "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
    ("13", "13\r\nSec-WebSocket-Protocol: b\r\nSec-WebSocket-Protocol: c d"),
    ("13", "13\r\nSec-WebSocket-Protocol: b\r\nSec-WebSocket-Protocol: c"),
    ("13", "13\r\nSec-WebSocket-Extensions: b; c=\"d\"\r\nSec-WebSocket-Extensions: c"),
];

/// A frame as a line: opcode in hex, flags (`-` FIN clear, `1` `2` `3` reserved bits, `u` unmasked, `p` padded length,
/// `t` top bit), payload.
fn frame(opcode: u8, flags: &str, payload: &[u8]) -> Vec<u8> {
    let mut frame = Frame::new(Opcode::from_low_bits(opcode), payload.to_vec());
    for flag in flags.chars() {
        frame = match flag {
            '-' => frame.with_fin(false),
            '1'..='3' => {
                let rsv =
                    frame.header.rsv | Rsv::from_low_bits(0b1000 >> flag.to_digit(10).expect("a digit"));
                frame.with_rsv(rsv)
            }
            'p' => frame.with_length_form(LengthForm::Bits64),
            't' => frame.with_length(Length::minimal(1 << 63)),
            _ => frame,
        };
    }
    if !flags.contains('u') {
        frame = frame.with_mask(Mask(if flags.contains('0') { [0; 4] } else { [1, 2, 3, 0x84] }));
    }
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

/// Streams of frames.
fn streams() -> Vec<Vec<u8>> {
    let close = |body: &[u8]| frame(8, "", body);
    let reason = |code: &[u8], len| close(&[code, &vec![b'*'; len][..]].concat());
    let ping = || frame(9, "", b"ping\0\x80");
    let (start, rest) = (frame(1, "-", b"frag"), frame(0, "", b"ment"));
    let mut all = vec![
        vec![start.clone(), ping(), rest.clone(), frame(2, "", b"x\r\n\r\ny"), ping()],
        vec![start.clone(), frame(0, "-", b""), rest.clone(), close(b"")],
        vec![frame(2, "-", b"frag"), frame(0, "", b""), frame(2, "-", b"a"), frame(0, "", b"b")],
        vec![start.clone(), close(b"\x03\xE8"), rest.clone()],
        vec![start.clone(), close(b"\x03\xE8\xff"), rest.clone()],
        vec![frame(0, "-", b"frag"), rest.clone(), ping()],
        vec![frame(1, "", &[&[b'a'; 5000][..], b"\xff"].concat()), ping()],
        vec![frame(1, "", b"\xef\xbb\xbf\xff"), ping()],
        vec![start.clone(), frame(10, "", b"p"), rest.clone(), rest.clone()],
        vec![start.clone(), frame(1, "", b"new"), rest.clone()],
        vec![frame(10, "", b"p"), frame(2, "", &[7; 80])],
        vec![frame(9, "t", b"")],
        vec![frame(1, "-", b""), frame(1, "", b"new")],
        vec![start.clone(), frame(3, "", b""), rest.clone()],
        vec![start.clone(), frame(9, "", &[7; 125]), rest.clone()],
        vec![start.clone(), frame(0, "3", b""), rest.clone()],
        vec![start.clone(), frame(0, "u", b"x"), rest.clone()],
        vec![rest.clone(), frame(1, "", b"text")],
        vec![frame(1, "", b"text"), rest.clone()],
        vec![frame(9, "-", b"p"), rest.clone()],
        vec![frame(1, "", b"\xC2\xB5\0\r\n"), frame(1, "", b"\xEF\xBB\xBF\xEF\xBF\xBE")],
        vec![frame(1, "", b"\xF0\x9F\x98\x80")],
        vec![frame(1, "-", b"\xCE"), frame(0, "", b"\xBA"), frame(2, "", b"\xBA")],
        vec![frame(1, "-", b"a"), frame(0, "", b"\xFF")],
        vec![frame(1, "", &[&[b'a'; 64][..], b"\xFF"].concat())],
        vec![frame(1, "", b"\xCE"), frame(1, "", b"\xBA")],
        vec![frame(2, "", b"\xFF"), frame(1, "", b"\xFF")],
        vec![frame(1, "0", b"x"), frame(2, "0", b"")],
        vec![frame(1, "", b"x"), frame(2, "0", b"y")],
        vec![close(b"\x03\xF2")],
        vec![frame(10, "", b"same"), frame(9, "", b"same"), frame(9, "", b"")],
        vec![frame(1, "t", b"abc")],
        vec![frame(1, "1", b"bad"), frame(1, "", b"later"), close(b"\x03\xE8"), frame(1, "", b"last")],
        vec![close(b"\x03\xE8"), frame(1, "", b"late")],
        vec![frame(10, "", b"p"); 100],
        vec![ping(); 10],
        vec![frame(1, "", b"m"); 11],
        vec![[start.clone(), frame(0, "-", b"a").repeat(500)].concat()],
        vec![reason(b"\x03\xE8", 123)],
        vec![reason(b"\x03\xE8", 124)],
    ];
    all.extend([0, 1, 2, 5, 125, 126, 127, 300, 32_768, 40_000, 65_535, 65_536, 131_072].map(|len| {
        vec![frame(2, "", &(0..len).map(|at| at as u8 | 1).collect::<Vec<_>>()), frame(1, "", b"text")]
    }));
    all.extend(["u", "u-", "1", "2", "3", "12", "-3", "p"].map(|flags| vec![frame(1, flags, b"x")]));
    all.extend(["u", "1", "-"].map(|flags| vec![frame(9, flags, b"x"), frame(10, flags, b"x")]));
    all.extend(["u", "1"].map(|flags| vec![frame(1, flags, b"")]));
    all.extend(["", "-"].map(|flags| vec![frame(10, flags, b"x"), frame(1, "", b"text")]));
    all.extend([3, 5, 11].map(|opcode| vec![frame(opcode, "", b"x")]));
    all.extend([9, 10].map(|opcode| vec![frame(opcode, "", &[b'*'; 126])]));
    all.push(vec![b"GET / HTTP/1.1\r\n\r\n".to_vec()]);
    let bodies =
        [&b"\x0C\x00"[..], b"\x03", b"\x03\xE9", b"\x0F\xA1", b"\x03\xED", b"\x03\xE8\xFF", b"\x03\xE8why"];
    all.extend(bodies.map(|body| vec![close(body)]));
    let bad = [&b"\x80"[..], b"\xC0\xAF", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"a\xCE", b"\xE2\x82A"];
    all.extend(bad.map(|text| vec![frame(1, "", text)]));
    all.into_iter().map(|frames| frames.concat()).collect()
}

/// Long streams: flaws that show sooner need not wait for them.
fn long_streams() -> Vec<Vec<u8>> {
    let messages = || frame(1, "", b"m").repeat(60);
    vec![
        [messages(), frame(8, "", b"\x03\xE8")].concat(),
        [messages(), frame(3, "", b"x")].concat(),
        [frame(2, "", &[7; 1 << 19]), frame(9, "", b"p")].concat(),
        frame(9, "", b"p").repeat(501),
        frame(10, "", b"p").repeat(1500),
        frame(2, "", &[7; 1 << 20]).repeat(5),
        frame(1, "", b"").repeat(16_385),
    ]
}

/// Offers of permessage-deflate.
const OFFERS: [&str; 20] = [
    "; server_max_window_bits=\"9\"",
    "",
    "; server_no_context_takeover",
    "; client_no_context_takeover",
    "; server_no_context_takeover; client_no_context_takeover",
    "; server_max_window_bits=9",
    "; client_max_window_bits",
    "; client_max_window_bits=9",
    "; a",
    "; a, permessage-deflate",
    ", permessage-deflate",
    "; client_max_window_bits; client_max_window_bits",
    "; server_no_context_takeover=1",
    "; client_no_context_takeover=1",
    "; server_max_window_bits",
    "; server_max_window_bits=16",
    "; server_max_window_bits=08",
    "; client_max_window_bits=7",
    "; server_max_window_bits=9; client_max_window_bits=9",
    "; server_max_window_bits=9; server_no_context_takeover",
];

/// Streams of frames with permessage-deflate in use.
fn compressed_streams() -> Vec<Vec<u8>> {
    let params = DeflateParams::default();
    let noise: Vec<u8> = (0..2000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut deflater = Deflater::new(Role::Client, &params);
    let far = deflater.compress(&noise.repeat(2));
    let again = deflater.compress(&noise);
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let dynamic = Deflater::new(Role::Client, &params).compress(&b"abcdefghijkl mnop abcdefg".repeat(40));
    let bomb = Deflater::new(Role::Client, &params).compress(&[b'a'; 100_000]);
    let mut texts = Deflater::new(Role::Client, &params);
    let (text, text_again) =
        (texts.compress(b"to and fro, to and fro"), texts.compress(b"to and fro, to and fro"));
    // A stored block of 32,768 bytes, then a match of 256 bytes that far back; and 204,800 times `a` in one final
    // block.
    let window = [&b"\0\0\x80\xff\x7f"[..], &[b'*'; 1 << 15], b"\x1a\xe9\xf7\xff\x03\0"].concat();
    let start = b"\xed\xc1\x01\x0d\0\0\0\xc2\xa0\xac\xef\x5f\xc2\x1e\x0e\x28";
    let long = [&start[..], &[0; 198], b"\x9e\x0c\0"].concat();
    let all = vec![
        vec![frame(1, "1", hello), frame(1, "", b"")],
        vec![frame(1, "1", &text), frame(1, "1", b"\0"), frame(1, "1", &text_again)],
        vec![frame(2, "-", b"He"), frame(0, "1", b"llo")],
        vec![frame(9, "1-", b"p")],
        vec![frame(2, "1", &window)],
        vec![frame(1, "1", &text), frame(2, "1", &text_again)],
        vec![frame(1, "1", &long), frame(1, "1", hello)],
        vec![frame(2, "1", &hello[..4])],
        vec![frame(1, "1", hello), frame(1, "1", hello), frame(9, "", b"p"), frame(8, "", b"\x03\xE8")],
        vec![frame(1, "", b"Hello, Hello"), frame(1, "", b"Hello, Hello"), frame(2, "", &noise.repeat(2))],
        vec![frame(2, "1", &far), frame(2, "", b"x"), frame(2, "1", &again)],
        vec![frame(2, "1", &far), frame(2, "1", &again)],
        vec![frame(9, "1", b"p")],
        vec![frame(1, "1-", &hello[..2]), frame(0, "1", &hello[2..])],
        vec![frame(1, "1-", &hello[..2]), frame(0, "", &hello[2..])],
        vec![frame(1, "1-", b""), frame(0, "", hello)],
        vec![frame(1, "1-", b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), frame(0, "", b"\x00")],
        vec![frame(1, "1", b"\x3a\xac\x01\x00")],
        vec![frame(2, "1", b"\x3a\xac\x01\x00")],
        vec![frame(1, "1", b"\x00\x05\x00\xfa\xffHello\x00")],
        vec![frame(1, "1", &dynamic)],
        vec![frame(1, "1", &bomb)],
        vec![frame(1, "1", b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00")],
        vec![frame(1, "1", b"\x00")],
        vec![frame(1, "1", b"\xff\xff\xff"), frame(9, "", b"p")],
    ];
    all.into_iter().map(|frames| frames.concat()).collect()
}

/// All that a peer does, segment by segment, what memory it takes up in the end, and whether it leaves TLS open.
fn behaviour(mut peer: Peer, segments: &[&[u8]]) -> (Vec<Vec<PeerOutput>>, u64, bool) {
    let mut all = vec![peer.take()];
    for segment in segments {
        peer.receive(segment);
        all.push(peer.take());
    }
    (all, peer.held(), peer.truncates_tls())
}

#[test]
fn every_flaw_shows_for_some_input() {
    let requests = REQUESTS.map(|(from, to)| REQUEST.replacen(from, to, 1).into_bytes());
    let many = REQUEST.replace("13", &format!("13{}", "\r\nX: 1".repeat(20)));
    let streams = streams();
    let open = REQUEST.as_bytes();
    let mut inputs: Vec<Vec<&[u8]>> = requests.iter().map(|request| vec![&request[..]]).collect();
    inputs.push(vec![many.as_bytes()]);
    let long = REQUEST.replace("GET /", &format!("GET /{}", "a".repeat(9000)));
    inputs.push(vec![long.as_bytes()]);
    inputs.push(open.chunks(10).collect());
    for stream in &streams {
        inputs.push(vec![open, stream]);
        inputs.push([open].into_iter().chain(stream.chunks(1.max(stream.len() / 20))).collect());
    }
    let offers = OFFERS.map(|offer| {
        REQUEST.replace("13", &format!("13\r\nSec-WebSocket-Extensions: permessage-deflate{offer}"))
    });
    let compressed = compressed_streams();
    for offer in &offers {
        inputs.extend(compressed.iter().map(|stream| vec![offer.as_bytes(), &stream[..]]));
    }
    let cut = [offers[1].as_bytes()].into_iter().chain(compressed[0].chunks(3)).collect();
    inputs.push(cut);
    let long_streams = long_streams();
    inputs.extend(long_streams.iter().map(|stream| vec![open, &stream[..]]));
    let refused = REQUEST.replace("Host: a\r\n", "");
    let ping = frame(9, "", b"p");
    inputs.push(vec![refused.as_bytes(), &ping]);
    let much = frame(2, "", &[7; 1 << 20]).repeat(3);
    inputs.push(vec![open, &much]);
    let flawless: Vec<_> = inputs.iter().map(|segments| behaviour(Peer::new(), segments)).collect();
    let shows = |flaw: Flaw| {
        let mut pairs = inputs.iter().zip(&flawless);
        pairs.any(|(segments, expected)| behaviour(Peer::with(flaw), segments) != *expected)
    };
    let on_others =
        [Flaw::SharesMessages, Flaw::SharesWindow, Flaw::StallsOnHugeLength, Flaw::EndsAllTogether];
    // Those of HTTP/2 and HTTP/3 have a peer of their own.
    let specs = ["rfc8441#", "rfc9110#8.6:2", "rfc9113#", "rfc9114#", "rfc9220#"];
    let is_http2 = |flaw: &Flaw| specs.iter().any(|spec| flaw.requirement().starts_with(spec));
    let alone = |flaw: &Flaw| !on_others.contains(flaw) && !is_http2(flaw);
    let hidden: Vec<_> = Flaw::of_servers().filter(alone).filter(|flaw| !shows(*flaw)).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// Everything that two connections of a server do that receive segments alternately.
fn side_by_side(mut peer: Peer, segments: [[&[u8]; 3]; 2]) -> Vec<Vec<PeerOutput>> {
    let mut other = peer.beside();
    let mut all = Vec::new();
    for turn in 0..3 {
        for (end, segments) in [&mut peer, &mut other].into_iter().zip(segments) {
            end.receive(segments[turn]);
            all.push(end.take());
        }
    }
    all
}

#[test]
fn what_connections_share_shows_on_two_of_them() {
    let offer = REQUEST.replace("13", "13\r\nSec-WebSocket-Extensions: permessage-deflate");
    let compressed = |text: &[u8]| {
        let mut texts = Deflater::new(Role::Client, &DeflateParams::default());
        [0, 1].map(|_| frame(1, "1", &texts.compress(&text.repeat(3))))
    };
    let (to, other) = (compressed(b"to and fro, to and fro"), compressed(b"hither and thither"));
    let fragments = [frame(1, "-", b"frag"), frame(0, "", b"ment")];
    let fragmented = [REQUEST.as_bytes(), &fragments[0], &fragments[1]];
    let windows = [[offer.as_bytes(), &to[0], &to[1]], [offer.as_bytes(), &other[0], &other[1]]];
    let mut huge = Frame::new(Opcode::BINARY, "").with_length(Length::minimal(1 << 62));
    huge = huge.with_mask(Mask([1, 2, 3, 4]));
    let mut announced = Vec::new();
    huge.encode(&mut announced);
    let (bad, ping) = (frame(11, "", b""), frame(9, "", b"p"));
    let request = REQUEST.as_bytes();
    let cases = [
        (Flaw::SharesMessages, [fragmented; 2]),
        (Flaw::SharesWindow, windows),
        (Flaw::StallsOnHugeLength, [[request, &announced, b""], [request, &ping, &ping]]),
        (Flaw::EndsAllTogether, [[request, &bad, b""], [request, &ping, &ping]]),
    ];
    for (flaw, segments) in cases {
        assert_ne!(side_by_side(Peer::with(flaw), segments), side_by_side(Peer::new(), segments), "{flaw}");
    }
}
