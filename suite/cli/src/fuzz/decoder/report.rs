//! What was found in a decoder, for people and for programs.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use wsspec_catalogue::Catalogue;
use wsspec_decoder::{Disagreement, InputPrefix};
use wsspec_reports::{Check, Checked, clean_line, write_checks};
use wsspec_wire::Role;
use wsspec_wire::{Level, RequirementId};

use super::{
    super::paths::{shown_path, unwritable},
    DecoderArgs,
    hunt::DecoderFindings,
    notation,
};
use crate::failure::CommandError;

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
    fn name(&self) -> String {
        let of = self.told.requirement.unwrap_or_default().replace(['#', ':', '.'], "-");
        [self.told.kind.word(), &of].join("-").trim_end_matches('-').to_owned()
    }

    /// Where its input is saved.
    pub fn path(&self, out: &Path) -> PathBuf {
        out.join(self.name() + ".bin")
    }

    /// Saves the input, and beside it what is wrong.
    pub fn save(&self, out: &Path, text: &str) -> io::Result<()> {
        fs::create_dir_all(out)?;
        fs::write(self.path(out), &self.input)?;
        fs::write(out.join(self.name() + ".txt"), text)
    }

    /// What is wrong, what shows it, and how to see it again.
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
        let quoted = exec.replace('\'', r"'\''");
        let again = format!("wsspec fuzz decoder --exec '{}'", clean_line(&quoted));
        let _ = writeln!(text, "  again    {again} {}", shown_path(&self.path(out)));
        text
    }

    /// For the record.
    pub fn json(&self, out: &Path) -> Value {
        let hex: String = self.input.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({
            "kind": self.told.kind.word(),
            "requirement": self.told.requirement,
            "expected": self.told.expected,
            "got": self.told.got,
            "frame": self.told.frame,
            "offset": self.told.offset,
            "segmented": self.told.segmented,
            "times": self.times,
            "input": hex,
            "file": self.path(out).display().to_string(),
        })
    }
}

/// Writes all that was found, for programs.
pub fn write_json(
    path: &Path,
    args: &DecoderArgs,
    seed: u64,
    found: &DecoderFindings,
    elapsed: Duration,
) -> Result<(), CommandError> {
    let findings: Vec<_> = found.findings.values().map(|finding| finding.json(&args.out)).collect();
    let record = json!({
        "format": 1,
        "exec": args.exec,
        "seed": seed,
        "inputs": found.checked,
        "starts": found.starts,
        "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "trouble": found.trouble.as_ref().map(ToString::to_string),
        "findings": findings,
    });
    fs::write(path, format!("{record:#}\n")).map_err(|error| unwritable(path, &error))
}

/// Writes JUnit XML: a failure a finding, and one test case for all the inputs.
pub fn write_junit(
    path: &Path,
    args: &DecoderArgs,
    catalogue: &Catalogue,
    found: &DecoderFindings,
    elapsed: Duration,
) -> Result<(), CommandError> {
    let all = match &found.trouble {
        Some(trouble) => Checked::Error { kind: "trouble".into(), message: trouble.to_string() },
        None if found.checked == 0 => {
            Checked::Error { kind: "nothing-run".into(), message: "no input was checked".into() }
        }
        None => Checked::Passed,
    };
    let mut checks = vec![Check { name: format!("{} inputs", found.checked), elapsed, came_to: all }];
    checks.extend(found.findings.values().map(|finding| {
        let told = &finding.told;
        let kind = told.requirement.unwrap_or(told.kind.word()).to_owned();
        let message =
            format!("the decoder {}: expected {}, got {}", told.kind.does(), told.expected, told.got);
        let text = finding.text(catalogue, &args.out, &args.exec);
        Check {
            name: finding.name(),
            elapsed: Duration::ZERO,
            came_to: Checked::Failed { kind, message, text },
        }
    }));
    write_checks(path, "decoder", &checks).map_err(|error| CommandError::Usage(error.to_string()))
}
