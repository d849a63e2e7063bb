//! A campaign in a folder: `campaign.json`, one file per interesting session in `corpus`, one case per finding in
//! `findings`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{CampaignRecord, CampaignSettings, Corpus, FORMAT};
use crate::{
    case_file::{case_file, origin},
    session::FuzzSession,
};

/// The names in a campaign's folder.
const STATE: &str = "campaign.json";
const CORPUS: &str = "corpus";
const FINDINGS: &str = "findings";
const EXTENSION: &str = "session";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is not a record.
    #[error("{}: not a saved campaign: {why}; move it away to start over", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The record is of another version.
    #[error("{}: written by wsspec {version} in format {format}; this version reads format {FORMAT}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format.
        format: u32,
        /// The version of wsspec.
        version: String,
    },
    /// It is another campaign.
    #[error("{}: a campaign with {what} is saved there; use the same to continue it, or choose another folder", path.display())]
    Other {
        /// Which folder.
        path: PathBuf,
        /// What is different.
        what: String,
    },
}

/// A file that was skipped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

impl FolderError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Writes a campaign into a folder. Each file is replaced completely or not at all.
///
/// # Errors
///
/// If something cannot be written.
pub fn save(folder: &Path, record: &CampaignRecord, corpus: &Corpus) -> Result<(), FolderError> {
    let sessions = folder.join(CORPUS);
    fs::create_dir_all(&sessions).map_err(|error| FolderError::io(&sessions, error))?;
    for (since, session) in corpus.iter() {
        let text = session.to_string();
        let path = sessions.join(format!("{since:012}-{:016x}.{EXTENSION}", hash(&text)));
        if !path.exists() {
            write_whole(&path, &text)?;
        }
    }
    for finding in &record.findings {
        let path = folder.join(FINDINGS).join(finding.signature.file());
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| FolderError::io(parent, error))?;
        let origin = origin(record.seed, finding.number, &record.target);
        let text = case_file(&origin, &finding.signature, record.abilities.role(), &finding.script());
        write_whole(&path, &text)?;
    }
    write_whole(&folder.join(STATE), &record.json())
}

/// Writes a file beside its place and puts it there once it is complete: where the disk is full, what was saved before
/// stays.
fn write_whole(path: &Path, text: &str) -> Result<(), FolderError> {
    let mut new = path.to_owned().into_os_string();
    new.push(".new");
    let new = PathBuf::from(new);
    fs::write(&new, text).and_then(|()| fs::rename(&new, path)).map_err(|error| {
        // What is half written is of no use to anybody; that it stays would change nothing.
        let _ = fs::remove_file(&new);
        FolderError::io(path, error)
    })
}

/// Reads a campaign from a folder; `None` if none is saved. Sessions that cannot be read are skipped and named.
///
/// # Errors
///
/// If the record cannot be read.
pub fn load(folder: &Path) -> Result<Option<(CampaignRecord, Corpus, Vec<Skipped>)>, FolderError> {
    let path = folder.join(STATE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FolderError::io(&path, error)),
    };
    let record = read_record(&path, &text)?;
    let (corpus, skipped) = read_corpus(&folder.join(CORPUS))?;
    Ok(Some((record, corpus, skipped)))
}

fn read_record(path: &Path, text: &str) -> Result<CampaignRecord, FolderError> {
    let malformed =
        |error: serde_json::Error| FolderError::Malformed { path: path.to_owned(), why: error.to_string() };
    let value: serde_json::Value = serde_json::from_str(text).map_err(malformed)?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if let Some(format) = format.filter(|format| *format != u64::from(FORMAT)) {
        let version = value.get("wsspec").and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
        let version = version.chars().filter(|c| c.is_ascii_graphic()).take(20).collect();
        let format = u32::try_from(format).unwrap_or(u32::MAX);
        return Err(FolderError::Format { path: path.to_owned(), format, version });
    }
    serde_json::from_value(value).map_err(malformed)
}

/// The longest file that is read as a session, in bytes.
const LONGEST_FILE: u64 = 1 << 20;

/// Reads the sessions of a folder, in the order of their names.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn read_corpus(folder: &Path) -> Result<(Corpus, Vec<Skipped>), FolderError> {
    let (mut corpus, mut skipped) = (Corpus::default(), Vec::new());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((corpus, skipped)),
        Err(error) => return Err(FolderError::io(folder, error)),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // What a run that was killed had not finished.
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "new"));
    paths.sort();
    for path in paths {
        let since = path.file_name().and_then(|name| name.to_str()?.split('-').next()?.parse().ok());
        match read_session(&path) {
            Ok(session) => corpus.add(since.unwrap_or(0), session),
            Err(why) => skipped.push(Skipped { path, why }),
        }
    }
    Ok((corpus, skipped))
}

fn read_session(path: &Path) -> Result<FuzzSession, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LONGEST_FILE {
        return Err(format!("it has {size} bytes, more than {LONGEST_FILE}"));
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    FuzzSession::parse(&text).map_err(|error| error.to_string())
}

impl CampaignRecord {
    /// Whether settings continue this campaign, and if not, what differs.
    ///
    /// # Errors
    ///
    /// If it is a different campaign.
    pub fn continues(&self, folder: &Path, settings: &CampaignSettings) -> Result<(), FolderError> {
        let other = |what: String| Err(FolderError::Other { path: folder.to_owned(), what });
        match self.shard {
            None => return other("several parts united".to_owned()),
            Some(shard) if shard != settings.shard => {
                return other(format!("--shard {}/{}", shard.number, shard.of));
            }
            Some(_) => {}
        }
        if self.abilities.role() != settings.abilities.role() {
            return other(format!("a {}", self.abilities.role().word()));
        }
        if self.seed != settings.seed {
            return other(format!("--seed {}", self.seed));
        }
        Ok(())
    }
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
