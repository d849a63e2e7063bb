//! Reports on a decoder, for programs and people.

use std::{path::Path, time::Duration};

use serde_json::json;
use wsspec_catalogue::Catalogue;
use wsspec_reports::{Check, Checked, render_checks, render_checks_page};

use super::{DecoderArgs, finding::DecoderFinding, hunt::DecoderFindings};
use crate::{failure::CommandError, output::destination};

/// Writes all findings as JSON.
pub fn write_json(
    path: &Path,
    args: &DecoderArgs,
    catalogue: &Catalogue,
    seed: u64,
    found: &DecoderFindings,
    elapsed: Duration,
) -> Result<(), CommandError> {
    let json = |finding: &DecoderFinding| finding.json(catalogue, &args.out, &args.exec);
    let findings: Vec<_> = found.findings.values().map(json).collect();
    let record = json!({
        "format": 1,
        "exec": args.exec,
        "seed": seed,
        "inputs": found.checked,
        "starts": found.starts,
        "edges": (!found.edges.is_empty()).then_some(&found.edges),
        "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "trouble": found.trouble.as_ref().map(ToString::to_string),
        "findings": findings,
    });
    destination::write_text(path, &format!("{record:#}\n"))
}

/// A failure for each finding, and one check for all inputs.
pub fn checks(
    args: &DecoderArgs,
    catalogue: &Catalogue,
    found: &DecoderFindings,
    elapsed: Duration,
) -> Vec<Check> {
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
    checks
}

/// Writes JUnit XML.
pub fn write_junit(path: &Path, checks: &[Check]) -> Result<(), CommandError> {
    destination::write(path, |out| render_checks("decoder", checks, out))
}

/// Writes an HTML page.
pub fn write_page(path: &Path, args: &DecoderArgs, checks: &[Check]) -> Result<(), CommandError> {
    destination::write(path, |out| render_checks_page(&args.exec, checks, out))
}
