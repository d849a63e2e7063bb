//! Spec files: which servers, which cases, where the reports go.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{AgentExclusions, CaseId, Options, OptionsError, PatternError, select};

/// A spec file that cannot be used.
#[derive(Debug, Error)]
pub enum SpecError {
    /// Not JSON, or not the fields.
    #[error("the spec file does not hold a spec: {0}")]
    Json(#[from] serde_json::Error),
    /// A pattern.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// An option.
    #[error(transparent)]
    Options(#[from] OptionsError),
}

/// Of `fuzzingclient`.
#[derive(Debug)]
pub struct ClientSpec {
    /// Where reports go.
    pub outdir: PathBuf,
    /// What is tested, in order.
    pub servers: Vec<Server>,
    /// What is run, in order.
    pub cases: Vec<CaseId>,
    /// What is not run with whom.
    pub exclusions: AgentExclusions,
}

/// A server to test.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub url: String,
    /// What reports call it; by default as its Server field has it.
    pub agent: Option<String>,
    /// The name for TLS.
    pub hostname: Option<String>,
    /// The Origin field.
    pub origin: Option<String>,
    /// The subprotocols to offer.
    pub protocols: Vec<String>,
    /// How the protocol is spoken.
    pub options: Options,
}

/// Of `fuzzingserver`.
#[derive(Debug)]
pub struct ServerSpec {
    /// Scheme and port to listen on.
    pub url: String,
    /// Where reports go.
    pub outdir: PathBuf,
    /// The subprotocols to choose from.
    pub protocols: Vec<String>,
    /// How the protocol is spoken.
    pub options: Options,
    /// What is run, in order.
    pub cases: Vec<CaseId>,
    /// What is not run with whom.
    pub exclusions: AgentExclusions,
    /// The private key's file.
    pub key: Option<PathBuf>,
    /// The certificate's file.
    pub cert: Option<PathBuf>,
}

/// As written. Fields that mean nothing are ignored, as files in the wild have them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawSpec {
    url: Option<String>,
    outdir: Option<PathBuf>,
    #[serde(default)]
    servers: Vec<RawServer>,
    #[serde(default)]
    protocols: Vec<String>,
    #[serde(default)]
    options: Map<String, Value>,
    cases: Vec<String>,
    #[serde(default)]
    exclude_cases: Vec<String>,
    #[serde(default)]
    exclude_agent_cases: BTreeMap<String, Vec<String>>,
    key: Option<PathBuf>,
    cert: Option<PathBuf>,
}

#[derive(Deserialize)]
struct RawServer {
    url: String,
    agent: Option<String>,
    hostname: Option<String>,
    origin: Option<String>,
    #[serde(default)]
    protocols: Vec<String>,
    #[serde(default)]
    options: Map<String, Value>,
}

impl RawSpec {
    fn chosen(&self) -> Result<(Vec<CaseId>, AgentExclusions), SpecError> {
        let cases = select(&self.cases, &self.exclude_cases)?;
        Ok((cases, AgentExclusions::new(&self.exclude_agent_cases)?))
    }
}

impl ClientSpec {
    /// What is written where there is no spec file.
    pub const DEFAULT: &str = r#"{
   "outdir": "./reports/servers",
   "servers": [
      {
         "url": "ws://127.0.0.1:9001"
      }
   ],
   "cases": ["*"],
   "exclude-cases": [],
   "exclude-agent-cases": {}
}
"#;

    /// Reads a spec file; `fallback` is the server where it names none.
    ///
    /// # Errors
    ///
    /// See [`SpecError`].
    pub fn parse(text: &str, fallback: Option<&str>) -> Result<Self, SpecError> {
        let raw: RawSpec = serde_json::from_str(text)?;
        let (cases, exclusions) = raw.chosen()?;
        let mut base = Options::default();
        base.apply(&raw.options)?;
        let mut servers =
            raw.servers.into_iter().map(|server| server.checked(base)).collect::<Result<Vec<_>, _>>()?;
        if servers.is_empty() {
            servers.extend(fallback.map(|url| Server::at(url, base)));
        }
        let outdir = raw.outdir.unwrap_or_else(|| "./reports/servers/".into());
        Ok(Self { outdir, servers, cases, exclusions })
    }
}

impl Server {
    fn at(url: &str, options: Options) -> Self {
        Self {
            url: url.to_owned(),
            agent: None,
            hostname: None,
            origin: None,
            protocols: Vec::new(),
            options,
        }
    }
}

impl RawServer {
    fn checked(self, mut options: Options) -> Result<Server, SpecError> {
        options.apply(&self.options)?;
        let Self { url, agent, hostname, origin, protocols, .. } = self;
        let agent = agent.filter(|agent| !agent.is_empty());
        Ok(Server { url, agent, hostname, origin, protocols, options })
    }
}

impl ServerSpec {
    /// What is written where there is no spec file.
    pub const DEFAULT: &str = r#"{
   "url": "ws://127.0.0.1:9001",
   "outdir": "./reports/clients",
   "cases": ["*"],
   "exclude-cases": [],
   "exclude-agent-cases": {}
}
"#;

    /// Reads a spec file; `fallback` is the address where it names none.
    ///
    /// # Errors
    ///
    /// See [`SpecError`].
    pub fn parse(text: &str, fallback: Option<&str>) -> Result<Self, SpecError> {
        let raw: RawSpec = serde_json::from_str(text)?;
        let (cases, exclusions) = raw.chosen()?;
        let mut options = Options::default();
        options.apply(&raw.options)?;
        let url =
            raw.url.or_else(|| fallback.map(str::to_owned)).unwrap_or_else(|| "ws://127.0.0.1:9001".into());
        let outdir = raw.outdir.unwrap_or_else(|| "./reports/clients/".into());
        let (protocols, key, cert) = (raw.protocols, raw.key, raw.cert);
        Ok(Self { url, outdir, protocols, options, cases, exclusions, key, cert })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_specs_are_all_cases() {
        let client = ClientSpec::parse(ClientSpec::DEFAULT, None).expect("a spec");
        assert_eq!((client.cases.len(), client.servers[0].url.as_str()), (517, "ws://127.0.0.1:9001"));
        let server = ServerSpec::parse(ServerSpec::DEFAULT, None).expect("a spec");
        assert_eq!((server.cases.len(), server.outdir), (517, PathBuf::from("./reports/clients")));
    }

    #[test]
    fn without_servers_there_is_the_one_of_the_command_line() {
        let spec =
            ClientSpec::parse(r#"{"cases": ["1.1.1"], "webport": 8080}"#, Some("ws://h:1")).expect("a spec");
        assert_eq!((spec.servers.len(), spec.servers[0].url.as_str()), (1, "ws://h:1"));
        assert_eq!(spec.outdir, PathBuf::from("./reports/servers/"));
    }

    #[test]
    fn the_options_of_a_server_come_after_those_of_all() {
        let text = r#"{"cases": [], "options": {"failByDrop": true, "closeHandshakeTimeout": 3},
            "servers": [{"url": "ws://h", "options": {"failByDrop": false}}]}"#;
        let options = ClientSpec::parse(text, None).expect("a spec").servers[0].options;
        assert_eq!((options.fail_by_drop, options.close_timeout.as_secs()), (false, 3));
    }

    #[test]
    fn a_spec_without_cases_is_refused() {
        let error = ClientSpec::parse("{}", None).expect_err("no cases").to_string();
        assert_eq!(error, "the spec file does not hold a spec: missing field `cases` at line 1 column 2");
    }
}
