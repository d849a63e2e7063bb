//! The folder of reports: `index.json`, `index.html`, and two files for each case of each agent.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use crate::{CaseId, CaseResult, html, json::to_text};

/// Bytes that results may take together, roughly: their names and their number are the peers' choice.
const MOST: usize = 1 << 30;

/// What is known of all agents.
#[derive(Debug, Default)]
pub struct Reports {
    agents: BTreeMap<String, BTreeMap<CaseId, Arc<CaseResult>>>,
    size: usize,
}

/// A case in `index.json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexEntry<'a> {
    behavior: crate::Behavior,
    behavior_close: crate::CloseBehavior,
    duration: u64,
    remote_close_code: Option<u16>,
    reportfile: &'a str,
}

impl Reports {
    /// Adds a result; one of the same case and agent is replaced.
    pub fn add(&mut self, result: impl Into<Arc<CaseResult>>) {
        let result = result.into();
        self.size += result.size();
        let of_agent = self.agents.entry(result.agent.clone()).or_default();
        if let Some(replaced) = of_agent.insert(result.id.clone(), result) {
            self.size -= replaced.size();
        }
    }

    /// Whether there is no room for one more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.size > MOST
    }

    /// The result of a case with an agent.
    #[must_use]
    pub fn get(&self, agent: &str, id: &CaseId) -> Option<&CaseResult> {
        self.agents.get(agent)?.get(id).map(Arc::as_ref)
    }

    /// The agents and their results.
    pub(crate) fn agents(&self) -> &BTreeMap<String, BTreeMap<CaseId, Arc<CaseResult>>> {
        &self.agents
    }

    /// `index.json`: agents and ids in the order of their characters, as the files that it is compared with have it.
    #[must_use]
    pub fn index_json(&self) -> String {
        let mut index: BTreeMap<&str, BTreeMap<String, serde_json::Value>> = BTreeMap::new();
        for (agent, results) in &self.agents {
            let cases = results.values().map(|result| {
                let reportfile = file_stem(agent, &result.id) + ".json";
                let entry = IndexEntry {
                    behavior: result.behavior,
                    behavior_close: result.behavior_close,
                    duration: result.duration,
                    remote_close_code: result.remote_close_code,
                    reportfile: &reportfile,
                };
                (result.id.to_string(), serde_json::to_value(entry).unwrap_or_default())
            });
            index.insert(agent, cases.collect());
        }
        to_text(&index)
    }

    /// The files that lead to the others: each one's name and what it holds.
    #[must_use]
    pub fn indexes(&self) -> [(String, String); 2] {
        [("index.json".to_owned(), self.index_json()), ("index.html".to_owned(), html::index(self))]
    }

    /// Every file of the folder: its name and what it holds.
    pub fn files(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let results = self.agents.values().flat_map(BTreeMap::values);
        self.indexes().into_iter().chain(results.flat_map(|result| result.files()))
    }
}

impl CaseResult {
    /// Its files: each one's name and what it holds.
    #[must_use]
    pub fn files(&self) -> [(String, String); 2] {
        let stem = file_stem(&self.agent, &self.id);
        [(format!("{stem}.json"), to_text(self)), (format!("{stem}.html"), html::detail(self))]
    }
}

/// The name of a report without its ending: never more than letters, digits and underscores.
///
/// ```
/// use wsspec_autobahn::{CaseId, file_stem};
///
/// assert_eq!(file_stem("Test.Agent v1-2", &CaseId::new(&[12, 1, 1])), "test_agent_v1_2_case_12_1_1");
/// assert_eq!(file_stem("../../etc/passwd", &CaseId::new(&[2, 1])), "etc_passwd_case_2_1");
/// ```
#[must_use]
pub fn file_stem(agent: &str, id: &CaseId) -> String {
    let plain = |c: char| if matches!(c, 'a'..='z' | '0'..='9') { c } else { ' ' };
    let name: String = agent.to_lowercase().chars().map(plain).collect();
    // File systems have names of 255 bytes at most.
    let name: String = name.trim().replace(' ', "_").chars().take(180).collect();
    format!("{name}_case_{}", id.underscored())
}
