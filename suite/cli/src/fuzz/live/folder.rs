//! The folder of a campaign: what is in it before the campaign begins, and the sessions of a death.

use std::{fs, path::Path, time::Duration};

use wsspec_campaign::{
    campaign::{Campaign, CampaignRecord, CampaignSettings, Corpus, FolderError, Shard, load, read_corpus},
    session::FuzzSession,
};
use wsspec_reports::clean_line;

use super::LiveArgs;
use crate::{
    failure::{CommandError, complain},
    fuzz::paths::unwritable,
};

/// Deaths whose sessions are saved.
const MOST_DEATHS: usize = 50;

/// Saves the sessions that ran when the peer died, the most likely cause first; gives the folder's name. Of many deaths
/// only the first are saved.
pub(super) fn save_death(
    out: &Path,
    number: usize,
    sessions: &[(u64, String)],
) -> Result<Option<String>, CommandError> {
    if number >= MOST_DEATHS || sessions.is_empty() {
        return Ok(None);
    }
    let name = format!("incidents/death-{}", number + 1);
    let folder = out.join(&name);
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    for (place, (session, text)) in sessions.iter().enumerate() {
        let path = folder.join(format!("{place:03}-session-{session}.session"));
        fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
    }
    Ok(Some(name))
}

/// What is in the folder of the campaign before it begins.
pub(super) struct Folder {
    saved: Option<(CampaignRecord, Corpus)>,
    others: Vec<FuzzSession>,
}

impl Folder {
    pub(super) fn open(args: &LiveArgs) -> Result<Self, CommandError> {
        let usage = |error: FolderError| CommandError::Usage(error.to_string());
        let mut skipped = Vec::new();
        let saved = load(&args.out).map_err(usage)?.map(|(record, corpus, left_out)| {
            skipped.extend(left_out);
            (record, corpus)
        });
        let mut others = Vec::new();
        for folder in &args.corpus {
            if !folder.is_dir() {
                return Err(CommandError::Usage(format!(
                    "--corpus: there is no folder `{}`",
                    folder.display()
                )));
            }
            let inner = folder.join("corpus");
            let folder = if inner.is_dir() { &inner } else { folder };
            let (corpus, left_out) = read_corpus(folder).map_err(usage)?;
            skipped.extend(left_out);
            others.extend(corpus.iter().map(|(_, session)| session.clone()));
        }
        for left_out in skipped {
            let (path, why) = (left_out.path.display().to_string(), left_out.why);
            complain(&format!("warning: left out {}: {}\n", clean_line(&path), clean_line(&why)))?;
        }
        Ok(Self { saved, others })
    }

    pub(super) fn seed(&self) -> Option<u64> {
        self.saved.as_ref().map(|(record, _)| record.seed)
    }

    pub(super) fn shard(&self) -> Option<Shard> {
        self.saved.as_ref().and_then(|(record, _)| record.shard)
    }

    /// The campaign, and how long it has lasted.
    pub(super) fn campaign(
        self,
        args: &LiveArgs,
        settings: CampaignSettings,
    ) -> Result<(Campaign, Duration), CommandError> {
        let Some((record, corpus)) = self.saved else {
            return Ok((Campaign::new(settings).with_corpus(self.others), Duration::ZERO));
        };
        record.continues(&args.out, &settings).map_err(|error| CommandError::Usage(error.to_string()))?;
        let settings = CampaignSettings {
            sessions: settings.sessions.map(|more| more.saturating_add(record.counts.sessions)),
            ..settings
        };
        let before = Duration::from_millis(record.elapsed_ms);
        Ok((Campaign::resume(settings, &record, corpus).with_corpus(self.others), before))
    }
}
