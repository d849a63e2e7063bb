//! `wsspec merge`: merges the folders of several campaigns into one.

use std::path::PathBuf;

use wsspec_campaign::campaign::{CampaignRecord, load, merge, save};
use wsspec_reports::clean_line;

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, complain, count, print},
    fuzz::{lock::FolderLock, paths::shown_path},
    heading,
};

const EXAMPLES: &str = "\
Examples:
  wsspec merge part-1 part-2 part-3 --out all
  wsspec run ws://127.0.0.1:9001 --cases all/findings fuzz/
  wsspec fuzz ws://127.0.0.1:9001 --corpus all --out next";

/// Options of `wsspec merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct MergeArgs {
    /// Folders of campaigns
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Folder to write: each finding once, and every session worth varying
    #[arg(short, long, value_name = "DIR", help_heading = heading::OUTPUT)]
    pub out: PathBuf,
}

/// Merges campaigns.
pub fn run(options: &MergeArgs) -> Result<ExitStatus, CommandError> {
    let mut parts = Vec::new();
    for folder in &options.folders {
        let shown = clean_line(&folder.display().to_string());
        match load(folder) {
            Ok(Some((record, corpus, skipped))) => {
                for left_out in skipped {
                    let path = clean_line(&left_out.path.display().to_string());
                    complain(&format!("warning: left out {path}: {}\n", clean_line(&left_out.why)))?;
                }
                let first = parts.first().map(|(first, _): &(CampaignRecord, _)| first.abilities.client);
                if first.is_some_and(|client| client != record.abilities.client) {
                    complain(&format!(
                        "warning: left out {shown}: some campaigns are against servers, some against clients\n"
                    ))?;
                    continue;
                }
                parts.push((record, corpus));
            }
            Ok(None) => complain(&format!("warning: left out {shown}: no campaign is saved there\n"))?,
            Err(error) => complain(&format!("warning: left out {}\n", clean_line(&error.to_string())))?,
        }
    }
    let (used, given) = (parts.len(), options.folders.len());
    let Some((mut record, corpus)) = merge(parts) else {
        return Err(CommandError::Usage("these folders do not contain a campaign".into()));
    };
    let findings = shown_path(&options.out.join("findings"));
    let findings = shlex::try_quote(&findings).unwrap_or_default();
    for finding in &mut record.findings {
        // Its case is in this folder now.
        if let Some((command, _)) = finding.again.rsplit_once(" --cases ") {
            finding.again = format!("{command} --cases {findings}");
        }
    }
    let _lock = FolderLock::take(&options.out)?;
    save(&options.out, &record, &corpus).map_err(|error| CommandError::Usage(error.to_string()))?;
    let sessions = count(usize::try_from(record.counts.sessions).unwrap_or(usize::MAX), "session");
    let mut text = format!("{used} of {}: {sessions}, ", count(given, "campaign"));
    text += &format!("{}, {} worth varying\n", count(record.findings.len(), "finding"), corpus.len());
    for finding in &record.findings {
        text +=
            &format!("  {}  {}\n", clean_line(&finding.trial.id), clean_line(&finding.signature.to_string()));
    }
    print(&text)?;
    Ok(if used == given { ExitStatus::Success } else { ExitStatus::Inconclusive })
}
