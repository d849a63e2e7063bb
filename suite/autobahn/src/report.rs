//! The folder of reports: `index.json`, `index.html`, and two files for each case of each agent.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use crate::{CaseId, CaseResult, file_stem::file_stem, html, json::to_text, result::ResultsByAgent};

/// Bytes that results may take together, roughly: their names and their number are the peers' choice.
const MOST: usize = 1 << 30;

/// What is known of all agents.
#[derive(Debug, Default)]
pub struct Reports {
    agents: ResultsByAgent,
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

    /// Whether no case has been played.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
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
        [("index.json".to_owned(), self.index_json()), ("index.html".to_owned(), html::index(&self.agents))]
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
