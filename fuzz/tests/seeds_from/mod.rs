//! Seeds generated from the catalogue's cases, played against our own peer: the bytes of each side, and the scripts.

mod dictionary;
mod generated;

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use wsspec_catalogue::{Catalogue, Filter, Plan, Trial};
use wsspec_decoder::{Cuts, InputPrefix};
use wsspec_exchange::Setup;
use wsspec_fuzz::exchange::run as run_exchange;
use wsspec_peer::Peer;
use wsspec_wire::{
    Assembled, Assembler, Decoded, Decoder, DeflateParams, HeadReader, Mask, Opcode, Role, Violation,
    parse_extensions,
};

use crate::memory::observe;

pub use self::dictionary::dictionary;

/// The longest seed, in bytes.
const LONGEST: usize = 2048;

/// Seeds by target and name.
pub type Seeds = BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>;

/// What was sent in one trial.
struct Traffic {
    script: String,
    /// From the client, from the server: a head, then frames.
    heads: [Vec<u8>; 2],
    frames: [Vec<u8>; 2],
}

/// The fewest seeds that cover everything in the catalogue's, short ones first.
pub fn seeds() -> Seeds {
    let traffic = traffic();
    let mut all = Seeds::new();
    let from = |f: &dyn Fn(&Traffic) -> Vec<Vec<u8>>| traffic.iter().flat_map(f).collect::<Vec<_>>();
    all.insert("decode", varied(least(from(&in_frames), of_input)));
    all.insert("inflate", generated::inflate());
    all.insert("roundtrip", generated::roundtrip());
    all.insert("stomp", generated::stomp());
    all.insert("engineio", generated::packets());
    all.insert("socketio", generated::packets());
    let heads = from(&|it| vec![[&[255, 255, 255, 255, 255, 127][..], &it.heads[0], &it.heads[1]].concat()]);
    all.insert("upgrade", least(heads, |seed| of_heads(&seed[6..])));
    let scripts = from(&|it| vec![it.script.clone().into_bytes()]);
    all.insert("notation", least(scripts, of_script));
    let exchanges = || from(&|it| exchange(it).into_iter().collect());
    all.insert("exchange", least(exchanges(), |seed| of_script(&seed[9..])));
    let judges = exchanges().into_iter().map(|seed| [&[0][..], &seed].concat()).collect();
    all.insert("judge", least(judges, |seed| of_script(&seed[10..])));
    let texts = from(&|it| texts(&it.frames[0]));
    all.insert("utf8", least(texts, of_text));
    all
}

/// Inputs of what either end sends, with the compression that was agreed.
fn in_frames(it: &Traffic) -> Vec<Vec<u8>> {
    let deflate = agreed(&it.heads[1]);
    let sides = [(Role::Client, &it.frames[0]), (Role::Server, &it.frames[1])];
    sides.map(|(role, frames)| InputPrefix { deflate, ..InputPrefix::of(role) }.followed_by(frames)).into()
}

/// The parameters of permessage-deflate in a response.
fn agreed(head: &[u8]) -> Option<DeflateParams> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-extensions"))?;
    let extensions = parse_extensions(value.trim().as_bytes()).ok()?;
    extensions.iter().find_map(|extension| DeflateParams::from_answer(extension).ok())
}

/// The same inputs in segments, byte by byte or at odd places, and half of the masks with a key of zeros: a fuzzer then
/// reads and changes what is sent, not what a key makes of it.
fn varied(seeds: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    const CUTS: [[u8; 4]; 6] = [[1; 4], [255; 4], [1, 255, 255, 255], [2, 3, 5, 7], [3; 4], [13, 1, 1, 250]];
    let vary = |(at, seed): (usize, Vec<u8>)| {
        let (prefix, bytes) = InputPrefix::read(&seed);
        let bytes = if at % 2 == 0 { with_zero_keys(bytes) } else { bytes.to_vec() };
        let seed = InputPrefix { cuts: Cuts::of(CUTS[at % CUTS.len()]), ..prefix }.followed_by(&bytes);
        (format!("{:016x}", fnv(&seed)), seed)
    };
    seeds.into_values().enumerate().map(vary).collect()
}

/// The same frames, those that are masked with a key of zeros; what does not end stays as it is.
fn with_zero_keys(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(bytes.len() as u64);
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        let mut ahead = rest;
        let Some(Decoded::Frame(mut frame)) = decoder.decode(&mut ahead) else {
            out.extend_from_slice(rest);
            return out;
        };
        frame.header.mask = frame.header.mask.map(|_| Mask([0; 4]));
        frame.encode(&mut out);
        rest = ahead;
    }
}

/// What an input contains, and whether it is compressed.
fn of_input(seed: &[u8]) -> Vec<u64> {
    let (prefix, bytes) = InputPrefix::read(seed);
    let mut features = of_frames(bytes, prefix.sender == Role::Client);
    features.push(hash_of(("deflate", prefix.deflate)));
    features
}

/// Plays every trial that does not move much data.
fn traffic() -> Vec<Traffic> {
    let catalogue = Catalogue::embedded().expect("a sound catalogue");
    let filter = Filter::new::<&str>(&[], &[]).expect("an empty filter");
    let plan = Plan::new(&catalogue, &filter, Role::Server, 1);
    let setup = Arc::new(Setup::client("example.com", "/"));
    let trials = plan.trials.iter().filter(|trial| trial.extra.is_none());
    trials
        .filter(|trial| trial.script.to_string().len() <= LONGEST)
        .map(|trial| play(trial, &setup))
        .collect()
}

fn play(trial: &Arc<Trial>, setup: &Arc<Setup>) -> Traffic {
    let mut sent = [Vec::new(), Vec::new()];
    observe(trial, setup, &mut Peer::new(), |sender, bytes| {
        sent[usize::from(sender == Role::Server)].extend_from_slice(bytes);
    });
    let [client, server] = sent.map(|bytes| split(&bytes));
    Traffic { script: trial.script.to_string(), heads: [client.0, server.0], frames: [client.1, server.1] }
}

/// The head, and the bytes after it.
fn split(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reader = HeadReader::new();
    reader.push(bytes);
    match reader.take() {
        Some(Ok(head)) => {
            let rest = head.rest.to_vec();
            (bytes[..bytes.len() - rest.len()].to_vec(), rest)
        }
        _ => (bytes.to_vec(), Vec::new()),
    }
}

fn exchange(it: &Traffic) -> Option<Vec<u8>> {
    let size = u16::try_from(it.script.len()).ok()?;
    let mut seed = vec![255, 255, 255, 255, 1, u8::from(it.script.contains("deflate")), 1];
    seed.extend(size.to_le_bytes());
    seed.extend_from_slice(it.script.as_bytes());
    seed.extend_from_slice(&it.frames[1]);
    if seed.len() > LONGEST {
        return None;
    }
    run_exchange(&seed);
    Some(seed)
}

fn frames(bytes: &[u8]) -> Vec<Decoded> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next_frame()).collect()
}

fn texts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let payload = |decoded: Decoded| match decoded {
        Decoded::Frame(frame) if frame.header.opcode == Opcode::TEXT => Some(frame.payload.to_vec()),
        _ => None,
    };
    frames(bytes).into_iter().filter_map(payload).collect()
}

/// The fewest of many seeds that cover the same features; chosen greedily, short ones first.
fn least(mut all: Vec<Vec<u8>>, shows: impl Fn(&[u8]) -> Vec<u64>) -> BTreeMap<String, Vec<u8>> {
    all.retain(|seed| seed.len() <= LONGEST);
    all.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    all.dedup();
    let mut seen = HashSet::new();
    all.retain(|seed| shows(seed).into_iter().filter(|feature| seen.insert(*feature)).count() > 0);
    all.into_iter().map(|seed| (format!("{:016x}", fnv(&seed)), seed)).collect()
}

/// A name that is the same everywhere (FNV-1a).
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Headers, broken rules, and which follows which.
fn of_frames(bytes: &[u8], client: bool) -> Vec<u64> {
    let mut assembler = Assembler::new(if client { Role::Client } else { Role::Server });
    let mut before = 0;
    let mut features = Vec::new();
    for decoded in frames(bytes) {
        let mut out = Vec::new();
        let header = match &decoded {
            Decoded::Frame(frame) => {
                assembler.push(frame, &mut out);
                frame.header
            }
            Decoded::Oversize(header) => {
                assembler.oversize(header, &mut out);
                *header
            }
        };
        let broken = out.iter().filter_map(|it| match it {
            Assembled::Violation(Violation::CloseCodeNotSendable(code)) => Some(hash_of(("code", code.0))),
            Assembled::Violation(violation) => Some(hash_of(violation.requirement())),
            Assembled::Close(body) => Some(hash_of(("close", body.code().map(|code| code.0)))),
            _ => None,
        });
        features.extend(broken);
        let form = header.length.form;
        let now = hash_of((header.fin, header.rsv, header.opcode, header.mask.is_some(), form, client));
        features.extend([now, hash_of((before, header.opcode, header.fin))]);
        before = hash_of((header.opcode, header.fin));
    }
    features
}

/// First lines, names of fields, and extensions.
fn of_heads(bytes: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(bytes);
    let of_line = |line: &str| match line.split_once(':') {
        Some((name, value)) if name.to_ascii_lowercase().contains("extensions") => {
            hash_of((name, format!("{:?}", parse_extensions(value.as_bytes()))))
        }
        Some((name, value)) => hash_of((name, value.len().min(40) / 8)),
        None => hash_of(line),
    };
    text.lines().map(of_line).collect()
}

/// The words of the notation, without payloads.
fn of_script(bytes: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(bytes);
    let plain =
        |word: &str| word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let is_word = |word: &&str| word.len() <= 10 && !word.contains(['"', ':', '#', ',']);
    let words = text.lines().flat_map(|line| line.split_whitespace().take(5).filter(is_word));
    words.map(|word| hash_of(plain(word))).collect()
}

/// Kinds of bytes, and which follows which.
fn of_text(bytes: &[u8]) -> Vec<u64> {
    let kind = |byte: u8| match byte {
        0..=0x7F => 0,
        0x80..=0xBF => byte >> 4,
        other => other,
    };
    bytes.windows(2).map(|pair| hash_of((kind(pair[0]), kind(pair[1])))).collect()
}
