//! A campaign in a folder: `campaign.json`, a file a session worth keeping in `corpus`, a case a finding in `findings`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Campaign, CampaignSettings, Corpus, Counts, Shard, Suspect, Unjudged};
use crate::{
    case_file::{case_file, origin},
    finding::{CampaignFinding, Signature},
    model::{Abilities, ModelState, Symbol, Transition, predict},
    session::FuzzSession,
};

/// The version of the format of `campaign.json`.
pub const FORMAT: u32 = 1;

/// The names in a campaign's folder.
const STATE: &str = "campaign.json";
const CORPUS: &str = "corpus";
const FINDINGS: &str = "findings";
const EXTENSION: &str = "session";

/// What a campaign is, saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignRecord {
    /// Version of this format.
    pub format: u32,
    /// Version of wsspec.
    pub wsspec: String,
    /// The peer's address.
    pub target: String,
    /// What sessions follow from.
    pub seed: u64,
    /// Which part of them it played; `null` where several parts were united.
    pub shard: Option<Shard>,
    /// What the peer can do.
    pub abilities: Abilities,
    /// How long it has lasted, in milliseconds.
    pub elapsed_ms: u64,
    /// How sessions ended.
    pub counts: Counts,
    /// Why some could not be judged.
    #[serde(default, skip_serializing_if = "Unjudged::is_empty")]
    pub unjudged: Unjudged,
    /// How often each transition of the model was taken: `open: text`.
    pub transitions: BTreeMap<String, u64>,
    /// Transitions that were not taken.
    pub untaken: Vec<String>,
    /// Requirements that lines were about.
    pub requirements: BTreeSet<String>,
    /// What was found.
    pub findings: Vec<CampaignFinding>,
    /// What was noticed about the server as a whole.
    pub incidents: Vec<String>,
    /// What the next sessions follow from.
    pub memory: CampaignMemory,
}

/// What only the campaign itself needs to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignMemory {
    /// What was seen in responses.
    features: Vec<u64>,
    /// Transitions that followed each other.
    pairs: Vec<[String; 2]>,
    /// Transitions met with silence, and since which session.
    silent: Vec<(String, u64)>,
    /// Every signature, and how often it was seen.
    known: Vec<(Signature, u64)>,
    /// What is to be looked into.
    suspects: Vec<SuspectRecord>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuspectRecord {
    number: u64,
    session: String,
    signature: Signature,
}

/// Why a folder is no use.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The record is not one.
    #[error("{}: not a saved campaign: {why}; move it away to begin anew", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The record is of another version.
    #[error("{}: written by wsspec {version}, in format {format}; this one reads format {FORMAT}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format.
        format: u32,
        /// The version of wsspec.
        version: String,
    },
    /// It is another campaign.
    #[error("{}: a campaign with {what} is saved there; give the same to go on with it, or another folder", path.display())]
    Other {
        /// Which folder.
        path: PathBuf,
        /// What is different.
        what: String,
    },
}

/// A file that was left out, and why.
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

impl Campaign {
    /// What it is by now, after `elapsed_ms` milliseconds.
    #[must_use]
    pub fn record(&self, elapsed_ms: u64, incidents: &[String]) -> CampaignRecord {
        let taken = |transition: &Transition| self.transitions.contains_key(transition);
        let words = |(transition, count): (&Transition, &u64)| (transition.to_string(), *count);
        let suspect = |suspect: &Suspect| SuspectRecord {
            number: suspect.number,
            session: suspect.prediction.session.to_string(),
            signature: suspect.signature.clone(),
        };
        let waiting = self.look.iter().map(|look| look.suspect()).chain(&self.suspects);
        CampaignRecord {
            format: FORMAT,
            wsspec: env!("CARGO_PKG_VERSION").to_owned(),
            target: self.settings.target.clone(),
            seed: self.settings.seed,
            shard: Some(self.settings.shard),
            abilities: self.settings.abilities,
            elapsed_ms,
            counts: self.counts,
            unjudged: self.unjudged.clone(),
            transitions: self.transitions.iter().map(words).collect(),
            untaken: Transition::all().filter(|it| !taken(it)).map(|it| it.to_string()).collect(),
            requirements: self.requirements.clone(),
            findings: self.findings(),
            incidents: incidents.to_vec(),
            memory: CampaignMemory {
                features: self.corpus.features(),
                pairs: self.corpus.pairs().map(|(a, b)| [a.to_string(), b.to_string()]).collect(),
                silent: self.silent.iter().map(words).collect(),
                known: self.known.iter().map(|(signature, count)| (signature.clone(), *count)).collect(),
                suspects: waiting.map(suspect).collect(),
            },
        }
    }

    /// Goes on where a saved one ended.
    #[must_use]
    pub fn resume(settings: CampaignSettings, record: &CampaignRecord, corpus: Corpus) -> Self {
        let mut campaign = Self::new(settings);
        let memory = &record.memory;
        campaign.given = record.counts.sessions;
        campaign.absorbed = record.counts.sessions;
        campaign.counts = record.counts;
        campaign.unjudged.clone_from(&record.unjudged);
        let read = |(text, count): (&String, &u64)| Some((Transition::parse(text)?, *count));
        campaign.transitions = record.transitions.iter().filter_map(read).collect();
        campaign.requirements.clone_from(&record.requirements);
        campaign.silent = memory
            .silent
            .iter()
            .filter_map(|(text, since)| Some((Transition::parse(text)?, *since)))
            .collect();
        campaign.known = memory.known.iter().cloned().collect();
        campaign.findings.clone_from(&record.findings);
        campaign.corpus = corpus;
        campaign.corpus.remember(
            &memory.features,
            memory.pairs.iter().filter_map(|[a, b]| Some((Transition::parse(a)?, Transition::parse(b)?))),
        );
        let abilities = campaign.settings.abilities;
        campaign.suspects = memory
            .suspects
            .iter()
            .filter_map(|suspect| {
                let session = FuzzSession::parse(&suspect.session).ok()?;
                let prediction = predict(&session, abilities).into();
                Some(Suspect { number: suspect.number, prediction, signature: suspect.signature.clone() })
            })
            .collect();
        campaign
    }
}

impl Transition {
    /// From its words: `open: text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, symbol) = text.split_once(": ")?;
        Some(Self { from: ModelState::from_word(from)?, symbol: Symbol::from_word(symbol)? })
    }
}

/// Writes a campaign into a folder. The record is replaced as a whole, or not at all.
///
/// # Errors
///
/// When something cannot be written.
pub fn save(folder: &Path, record: &CampaignRecord, corpus: &Corpus) -> Result<(), FolderError> {
    let sessions = folder.join(CORPUS);
    fs::create_dir_all(&sessions).map_err(|error| FolderError::io(&sessions, error))?;
    for (since, session) in corpus.iter() {
        let text = session.to_string();
        let path = sessions.join(format!("{since:012}-{:016x}.{EXTENSION}", hash(&text)));
        if !path.exists() {
            fs::write(&path, text).map_err(|error| FolderError::io(&path, error))?;
        }
    }
    for finding in &record.findings {
        let path = folder.join(FINDINGS).join(finding.signature.file());
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| FolderError::io(parent, error))?;
        let origin = origin(record.seed, finding.number, &record.target);
        let text = case_file(&origin, &finding.signature, &finding.script());
        fs::write(&path, text).map_err(|error| FolderError::io(&path, error))?;
    }
    let path = folder.join(STATE);
    let new = folder.join(format!("{STATE}.new"));
    let text = serde_json::to_string_pretty(record).unwrap_or_default();
    fs::write(&new, text + "\n").map_err(|error| FolderError::io(&new, error))?;
    fs::rename(&new, &path).map_err(|error| FolderError::io(&path, error))
}

/// Reads a campaign from a folder; `None` where none is saved. Sessions that cannot be read are left out, and named.
///
/// # Errors
///
/// When the record cannot be read.
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

/// The longest file that is taken for a session, in bytes.
const LONGEST_FILE: u64 = 1 << 20;

/// Reads the sessions of a folder, in the order of their names.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn read_corpus(folder: &Path) -> Result<(Corpus, Vec<Skipped>), FolderError> {
    let (mut corpus, mut skipped) = (Corpus::default(), Vec::new());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((corpus, skipped)),
        Err(error) => return Err(FolderError::io(folder, error)),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
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

/// Unites campaigns: what was found by several is kept once, in its shortest form.
#[must_use]
pub fn merge(parts: Vec<(CampaignRecord, Corpus)>) -> Option<(CampaignRecord, Corpus)> {
    let mut parts = parts.into_iter();
    let (mut all, first) = parts.next()?;
    let mut sessions: BTreeMap<String, FuzzSession> = BTreeMap::new();
    let mut keep = |corpus: &Corpus| {
        sessions.extend(corpus.iter().map(|(_, session)| (session.to_string(), session.clone())));
    };
    keep(&first);
    for (part, corpus) in parts {
        keep(&corpus);
        all.unite(part);
    }
    all.shard = None;
    all.memory = CampaignMemory::default();
    let untaken = Transition::all().map(|it| it.to_string());
    all.untaken = untaken.filter(|it| !all.transitions.contains_key(it)).collect();
    all.findings.sort_by(|a, b| a.signature.cmp(&b.signature));
    let mut corpus = Corpus::default();
    sessions.into_values().for_each(|session| corpus.add(0, session));
    Some((all, corpus))
}

impl CampaignRecord {
    fn unite(&mut self, part: Self) {
        if self.target != part.target {
            self.target = format!("{}, {}", self.target, part.target);
        }
        self.elapsed_ms += part.elapsed_ms;
        self.counts += part.counts;
        self.unjudged.unite(part.unjudged);
        for (transition, count) in part.transitions {
            *self.transitions.entry(transition).or_default() += count;
        }
        self.requirements.extend(part.requirements);
        self.incidents.extend(part.incidents);
        for finding in part.findings {
            match self.findings.iter_mut().find(|known| known.signature == finding.signature) {
                None => self.findings.push(finding),
                Some(known) => {
                    let count = known.count + finding.count;
                    if finding.session.len() < known.session.len() {
                        *known = finding;
                    }
                    known.count = count;
                }
            }
        }
    }

    /// Whether settings go on with this campaign, and if not, what is different.
    ///
    /// # Errors
    ///
    /// When it is another campaign.
    pub fn continues(&self, folder: &Path, settings: &CampaignSettings) -> Result<(), FolderError> {
        let other = |what: String| Err(FolderError::Other { path: folder.to_owned(), what });
        match self.shard {
            None => return other("several parts united".to_owned()),
            Some(shard) if shard != settings.shard => {
                return other(format!("--shard {}/{}", shard.number, shard.of));
            }
            Some(_) => {}
        }
        if self.seed != settings.seed {
            return other(format!("--seed {}", self.seed));
        }
        Ok(())
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.lenient += other.lenient;
        self.failed += other.failed;
        self.inconclusive += other.inconclusive;
        self.unconfirmed += other.unconfirmed;
    }
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
