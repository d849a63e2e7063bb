//! A finding about a decoder: what is wrong, the input that shows it, and how to reproduce it.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use wsspec_catalogue::{Catalogue, Requirement};
use wsspec_decoder::{Disagreement, DisagreementKind, InputPrefix};
use wsspec_reports::{clean_line, labelled_text};
use wsspec_wire::{RequirementId, Role};

use super::{super::paths::shown_path, notation};

/// The column of texts next to labels; those of [`Disagreement`] begin there, too.
const BESIDE: usize = 11;

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

    /// What is wrong, the input that shows it, why that matters, and how to fix and reproduce it.
    pub fn text(&self, catalogue: &Catalogue, out: &Path, exec: &str) -> String {
        let mut text = format!("FOUND {}\n", self.told);
        if let Some(rule) = self.rule(catalogue) {
            let sentence = format!("section {}: {}", rule.id.section(), rule.text);
            text += &labelled_text(&rule.level.to_string(), BESIDE, &sentence);
        }
        let (sender, lines) = notation::lines(&self.input);
        let whose = if sender == Role::Client { "client" } else { "server" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  bytes of a {whose}:");
        for line in lines.lines() {
            let _ = writeln!(text, "    {}", clean_line(line));
        }
        let (_, bytes) = InputPrefix::read(&self.input);
        let shown: Vec<_> = bytes.iter().take(40).map(|byte| format!("{byte:02x}")).collect();
        let more = if bytes.len() > 40 { format!(" ... ({} bytes)", bytes.len()) } else { String::new() };
        let _ = writeln!(text, "  hex      {}{more}", shown.join(" "));
        for (label, advice) in self.advice(catalogue) {
            text += &labelled_text(label, BESIDE, advice);
        }
        let _ = writeln!(text, "  again    {}", self.again(out, exec));
        if let Some(requirement) = self.told.requirement {
            let _ = writeln!(text, "  more     wsspec explain '{requirement}'");
        }
        text
    }

    fn rule<'a>(&self, catalogue: &'a Catalogue) -> Option<&'a Requirement> {
        catalogue.requirements.get(&RequirementId::parse(self.told.requirement?)?)
    }

    /// Why it matters, what typically causes it, and how to fix it.
    ///
    /// The explanation of a rule is about breaking it. Where a decoder breaks one as a consequence, by rejecting or losing
    /// what it should have reported, the kind of disagreement says more.
    fn advice<'a>(&self, catalogue: &'a Catalogue) -> Vec<(&'static str, &'a str)> {
        let kind = self.told.kind;
        let breaks = matches!(kind, DisagreementKind::Accepted | DisagreementKind::Code);
        let rule = self.rule(catalogue).filter(|_| breaks);
        match rule.and_then(|rule| catalogue.explanation(&rule.id)) {
            Some(rule) => {
                let all = [("why", &*rule.why), ("breaks", &rule.breaks), ("fix", &rule.fix)];
                all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
            }
            None => vec![("why", kind.why()), ("fix", kind.fix())],
        }
    }

    /// The command that checks the input again.
    fn again(&self, out: &Path, exec: &str) -> String {
        // `shlex` refuses only NUL, which a clean line does not contain.
        let exec = clean_line(exec);
        let quoted = shlex::try_quote(&exec).unwrap_or_default();
        format!("wsspec fuzz decoder --exec {quoted} {}", shown_path(&self.path(out)))
    }

    /// The finding as JSON, for the record.
    pub fn json(&self, catalogue: &Catalogue, out: &Path, exec: &str) -> Value {
        let rule = self.rule(catalogue);
        let mut json = json!({
            "kind": self.told.kind.word(),
            "requirement": self.told.requirement,
            "level": rule.map(|rule| rule.level.to_string()),
            "text": rule.map(|rule| &rule.text),
            "expected": self.told.expected,
            "got": self.told.got,
            "frame": self.told.frame,
            "offset": self.told.offset,
            "segmented": self.told.segmented,
            "times": self.times,
            "input": HEXLOWER.encode(&self.input),
            "file": self.path(out).display().to_string(),
            "again": self.again(out, exec),
        });
        for (label, advice) in self.advice(catalogue) {
            json[label] = advice.into();
        }
        json
    }
}
