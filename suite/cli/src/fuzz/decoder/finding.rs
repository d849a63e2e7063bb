//! A finding about a decoder: what is wrong, the input that shows it, and how to reproduce it.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use wsspec_catalogue::Catalogue;
use wsspec_decoder::{Disagreement, InputPrefix};
use wsspec_reports::clean_line;
use wsspec_wire::{Level, RequirementId, Role};

use super::{super::paths::shown_path, notation};

/// What is wrong with a decoder, and the smallest input that shows it.
pub struct DecoderFinding {
    /// What is wrong.
    pub told: Disagreement,
    /// The input.
    pub input: Vec<u8>,
    /// How many inputs show it.
    pub times: u64,
}

impl DecoderFinding {
    /// The name of its files.
    pub fn name(&self) -> String {
        let of = self.told.requirement.unwrap_or_default().replace(['#', ':', '.'], "-");
        [self.told.kind.word(), &of].join("-").trim_end_matches('-').to_owned()
    }

    /// The path of its saved input.
    pub fn path(&self, out: &Path) -> PathBuf {
        out.join(self.name() + ".bin")
    }

    /// Saves the input, and next to it the description.
    pub fn save(&self, out: &Path, text: &str) -> io::Result<()> {
        fs::create_dir_all(out)?;
        fs::write(self.path(out), &self.input)?;
        fs::write(out.join(self.name() + ".txt"), text)
    }

    /// What is wrong, the input that shows it, and how to reproduce it.
    pub fn text(&self, catalogue: &Catalogue, out: &Path, exec: &str) -> String {
        let mut text = format!("FOUND {}\n", self.told);
        if let Some(requirement) = self.told.requirement.and_then(RequirementId::parse)
            && let Some(known) = catalogue.requirements.get(&requirement)
        {
            let level = match known.level {
                Level::Must => "MUST",
                Level::Should => "SHOULD",
                Level::May => "MAY",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {level:<8} section {}: {}", requirement.section(), known.text);
        }
        let (sender, lines) = notation::lines(&self.input);
        let whose = if sender == Role::Client { "client" } else { "server" };
        let _ = writeln!(text, "  bytes of a {whose}:");
        for line in lines.lines() {
            let _ = writeln!(text, "    {}", clean_line(line));
        }
        let (_, bytes) = InputPrefix::read(&self.input);
        let shown: Vec<_> = bytes.iter().take(40).map(|byte| format!("{byte:02x}")).collect();
        let more = if bytes.len() > 40 { format!(" ... ({} bytes)", bytes.len()) } else { String::new() };
        let _ = writeln!(text, "  hex      {}{more}", shown.join(" "));
        // `shlex` refuses only NUL, which a clean line does not contain.
        let exec = clean_line(exec);
        let quoted = shlex::try_quote(&exec).unwrap_or_default();
        let path = shown_path(&self.path(out));
        let _ = writeln!(text, "  again    wsspec fuzz decoder --exec {quoted} {path}");
        text
    }

    /// The finding as JSON, for the record.
    pub fn json(&self, out: &Path) -> Value {
        json!({
            "kind": self.told.kind.word(),
            "requirement": self.told.requirement,
            "expected": self.told.expected,
            "got": self.told.got,
            "frame": self.told.frame,
            "offset": self.told.offset,
            "segmented": self.told.segmented,
            "times": self.times,
            "input": HEXLOWER.encode(&self.input),
            "file": self.path(out).display().to_string(),
        })
    }
}
