//! `corpus`: the inputs of decoders as files for other people's fuzzers and tests, and a manifest that says what each
//! exercises and what a decoder must answer; usable without any code of ours.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use wsspec_decoder::{
    DecoderEvent, Demands, ExpectedAnswer, InputPrefix, MessageKind, Role, expected_answer, inputs::input,
};

use crate::{failure::RecipeError, workspace::Workspace};

/// How many seeded inputs are considered.
const SEEDED: u64 = 20_000;
/// The longest of them, in bytes: short files are read by people.
const LONGEST: usize = 256;
/// The format of the manifest.
const FORMAT: u32 = 1;

/// An input, and what is to be answered.
struct CorpusFile {
    name: String,
    input: Vec<u8>,
    answer: ExpectedAnswer,
}

/// Writes the corpus into a folder, by default `target/corpus`.
pub fn run(workspace: &Workspace, folder: Option<&Path>) -> Result<(), RecipeError> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => workspace.emptied("corpus")?,
    };
    let files = files(read_seeds(&workspace.path("fuzz/seeds/decode"))?);
    for sub in ["with-setup", "from-client", "from-server"] {
        let path = folder.join(sub);
        fs::create_dir_all(&path).map_err(RecipeError::file("create", &path))?;
    }
    for file in &files {
        write(&folder.join("with-setup").join(&file.name), &file.input)?;
        write(&folder.join(file.bytes_path()), InputPrefix::read(&file.input).1)?;
    }
    let manifest =
        json!({ "format": FORMAT, "files": files.iter().map(CorpusFile::json).collect::<Vec<_>>() });
    write(&folder.join("manifest.json"), format!("{manifest:#}\n").as_bytes())?;
    println!("corpus: {} inputs, in {}", files.len(), folder.display());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RecipeError> {
    fs::write(path, bytes).map_err(RecipeError::file("write", path))
}

fn read_seeds(folder: &Path) -> Result<Vec<Vec<u8>>, RecipeError> {
    let entries = fs::read_dir(folder).map_err(RecipeError::file("read", folder))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).map_err(RecipeError::file("read", path))).collect()
}

/// The seeds, and the fewest seeded inputs that exercise what they do not.
fn files(seeds: Vec<Vec<u8>>) -> Vec<CorpusFile> {
    let demands = Demands { deflate: true, ..Demands::default() };
    let mut seen = BTreeSet::new();
    let mut files: Vec<CorpusFile> = seeds.into_iter().map(|seed| CorpusFile::of(seed, &demands)).collect();
    files.iter().for_each(|file| seen.extend(file.features()));
    let seeded = (0..SEEDED).map(|seed| input(seed, &[], &demands)).filter(|input| input.len() <= LONGEST);
    for input in seeded {
        let file = CorpusFile::of(input, &demands);
        let is_new = file.features().into_iter().filter(|feature| seen.insert(feature.clone())).count() > 0;
        if is_new {
            files.push(file);
        }
    }
    files
}

impl CorpusFile {
    fn of(input: Vec<u8>, demands: &Demands) -> Self {
        // The name is the same everywhere (FNV-1a).
        let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let answer = expected_answer(&input, demands);
        Self { name: format!("{hash:016x}.bin"), input, answer }
    }

    /// Which rules it exercises, from which end, and with which compression.
    fn features(&self) -> Vec<String> {
        let (prefix, _) = InputPrefix::read(&self.input);
        let of = format!("{:?} {:?}", prefix.sender, prefix.deflate.is_some());
        let events = self.answer.events.iter().map(|event| event.requirement.to_owned());
        let rejections = self.answer.rejections.iter().map(|it| {
            let is_word = |word: &&str| !word.contains(|c: char| c.is_ascii_digit());
            let words: Vec<&str> = it.why.split(' ').filter(is_word).collect();
            format!("{} {}", words.join(" "), it.latest.is_some())
        });
        events.chain(rejections).map(|what| format!("{of} {what}")).collect()
    }

    /// The file without our setup.
    fn bytes_path(&self) -> PathBuf {
        let (prefix, _) = InputPrefix::read(&self.input);
        let folder = if prefix.sender == Role::Client { "from-client" } else { "from-server" };
        Path::new(folder).join(&self.name)
    }

    fn json(&self) -> Value {
        let (prefix, bytes) = InputPrefix::read(&self.input);
        let segments: Vec<usize> = prefix.cuts.cut(bytes).map(<[u8]>::len).collect();
        let event = |it: &wsspec_decoder::ExpectedEvent| {
            json!({
                "event": shown(&it.event),
                "complete_after": it.complete,
                "requirement": it.requirement,
            })
        };
        let rejection = |it: &wsspec_decoder::ExpectedRejection| {
            json!({
                "why": it.why,
                "not_before": it.earliest,
                "at_the_latest": it.latest,
                "must": it.must,
            })
        };
        json!({
            "file": self.bytes_path().display().to_string().replace('\\', "/"),
            "with_setup": format!("with-setup/{}", self.name),
            "sender": if prefix.sender == Role::Client { "client" } else { "server" },
            "extensions": prefix.deflate.map(|agreed| agreed.to_string()),
            "segments": segments,
            "requirements": self.answer.requirements(),
            "events": self.answer.events.iter().map(event).collect::<Vec<_>>(),
            "rejections": self.answer.rejections.iter().map(rejection).collect::<Vec<_>>(),
            "rest_is_open": self.answer.is_open,
        })
    }
}

/// An event with its payload in hex.
fn shown(event: &DecoderEvent) -> Value {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match event {
        DecoderEvent::Message(MessageKind::Text, payload) => json!({ "text": hex(payload) }),
        DecoderEvent::Message(MessageKind::Binary, payload) => json!({ "binary": hex(payload) }),
        DecoderEvent::Frame { opcode, payload, .. } => json!({ "frame": opcode, "payload": hex(payload) }),
        DecoderEvent::Ping(payload) => json!({ "ping": hex(payload) }),
        DecoderEvent::Pong(payload) => json!({ "pong": hex(payload) }),
        DecoderEvent::Close(code, reason) => json!({ "close": code, "reason": hex(reason) }),
    }
}

#[cfg(test)]
mod tests {
    use wsspec_decoder::inputs::from_frames;

    use super::*;

    #[test]
    fn a_file_says_what_a_decoder_must_answer() {
        let input = from_frames([1, 255, 255, 255], Role::Server, b"\x89\x01a\x88\x02\x03\xED");
        let file = CorpusFile::of(input, &Demands::default());
        let json = file.json();
        assert_eq!(json["sender"], "server");
        assert_eq!(json["segments"], json!([1, 6]));
        let ping = json!({
            "event": { "ping": "61" }, "complete_after": 3, "requirement": "rfc6455#5.5.2:5",
        });
        assert_eq!(json["events"][0], ping);
        assert_eq!(json["rejections"][0]["must"], Value::Null, "a decoder may accept a code of 1005");
        assert_eq!(json["rejections"][0]["not_before"], 7);
    }

    #[test]
    fn every_rule_that_a_decoder_must_enforce_is_exercised_by_both_ends() {
        let files = files(Vec::new());
        assert!(files.len() < 600, "{} files", files.len());
        let all: BTreeSet<_> = files.iter().flat_map(|file| file.answer.requirements()).collect();
        for requirement in [
            "rfc6455#5.1:3",
            "rfc6455#5.1:6",
            "rfc6455#5.2:6",
            "rfc6455#5.2:9",
            "rfc6455#5.2:10",
            "rfc6455#5.4:7",
            "rfc6455#5.4:13",
            "rfc6455#5.5:4",
            "rfc6455#5.5:6",
            "rfc6455#5.6:5",
            "rfc6455#5.5.1:9",
            "rfc7692#6.1:10",
            "rfc7692#6.2:2",
        ] {
            assert!(all.contains(requirement), "{requirement}");
        }
    }
}
