//! Spec files: which servers, which cases, and where the reports go.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{AgentExclusions, CaseId, OptionsError, PatternError, ProtocolOptions, select};

/// A spec file that cannot be used.
#[derive(Debug, Error)]
pub enum SpecError {
    /// Not JSON, or with the wrong fields.
    #[error("the file is not a valid spec: {0}")]
    Json(#[from] serde_json::Error),
    /// A pattern.
    #[error("{}{error}", place(*line))]
    Pattern {
        /// Its position, if known.
        line: Option<usize>,
        /// What is wrong.
        error: PatternError,
    },
    /// An option.
    #[error("{}{error}", place(*line))]
    Options {
        /// Its position, if known.
        line: Option<usize>,
        /// What is wrong.
        error: OptionsError,
    },
}

fn place(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!("line {line}: "))
}

/// The first line of a JSON text that contains this string.
fn line_of(text: &str, string: &str) -> Option<usize> {
    let written = Value::from(string).to_string();
    text.find(&written).map(|at| text[..at].matches('\n').count() + 1)
}

impl SpecError {
    fn pattern(text: &str) -> impl Fn(PatternError) -> Self {
        move |error| Self::Pattern { line: line_of(text, error.pattern()), error }
    }

    fn options(text: &str) -> impl Fn(OptionsError) -> Self {
        move |error| Self::Options { line: line_of(text, error.option()), error }
    }
}

/// The spec of `fuzzingclient`.
#[derive(Debug)]
pub struct ClientSpec {
    /// The report folder.
    pub outdir: PathBuf,
    /// The servers to test, in order.
    pub servers: Vec<TestedServer>,
    /// The cases to run, in order.
    pub cases: Vec<CaseId>,
    /// Which cases are excluded for which agents.
    pub exclusions: AgentExclusions,
    /// Warnings about ignored fields, one sentence each.
    pub notes: Vec<String>,
}

/// A server to test.
#[derive(Clone, Debug)]
pub struct TestedServer {
    /// Its address.
    pub url: String,
    /// Its name in reports; by default the value of its Server field.
    pub agent: Option<String>,
    /// The name for TLS.
    pub hostname: Option<String>,
    /// The Origin field.
    pub origin: Option<String>,
    /// The subprotocols to offer.
    pub protocols: Vec<String>,
    /// The protocol options.
    pub options: ProtocolOptions,
}

/// The spec of `fuzzingserver`.
#[derive(Debug)]
pub struct ServerSpec {
    /// Scheme and port to listen on.
    pub url: String,
    /// The report folder.
    pub outdir: PathBuf,
    /// The subprotocols to choose from.
    pub protocols: Vec<String>,
    /// The protocol options.
    pub options: ProtocolOptions,
    /// The cases to run, in order.
    pub cases: Vec<CaseId>,
    /// Which cases are excluded for which agents.
    pub exclusions: AgentExclusions,
    /// The private key's file.
    pub key: Option<PathBuf>,
    /// The certificate's file.
    pub cert: Option<PathBuf>,
    /// Warnings about ignored fields, one sentence each.
    pub notes: Vec<String>,
}

/// As written. Unknown fields are ignored, because real files contain them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "an object with the fields of a spec")]
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
#[serde(expecting = "an object with the fields of a server")]
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

/// The common part of both kinds of spec.
struct CheckedSpec {
    options: ProtocolOptions,
    cases: Vec<CaseId>,
    exclusions: AgentExclusions,
    notes: Vec<String>,
}

const FIELDS: [&str; 10] = [
    "cases",
    "cert",
    "exclude-agent-cases",
    "exclude-cases",
    "key",
    "options",
    "outdir",
    "protocols",
    "servers",
    "url",
];
const SERVER_FIELDS: [&str; 6] = ["agent", "hostname", "options", "origin", "protocols", "url"];
/// Fields that many files contain, and that have no effect.
const MEANINGLESS: &str = "webport";

impl RawSpec {
    /// Reads a file, and checks the common part of both kinds of spec.
    fn read(text: &str) -> Result<(Self, CheckedSpec), SpecError> {
        let raw: Self = serde_json::from_str(text)?;
        let cases = select(&raw.cases, &raw.exclude_cases).map_err(SpecError::pattern(text))?;
        let exclusions = AgentExclusions::new(&raw.exclude_agent_cases).map_err(SpecError::pattern(text))?;
        let notes = unread(text)?;
        let mut options = ProtocolOptions::default();
        options.apply(&raw.options).map_err(SpecError::options(text))?;
        Ok((raw, CheckedSpec { options, cases, exclusions, notes }))
    }
}

/// Warnings about unknown fields. They are not errors: real files contain some.
fn unread(text: &str) -> Result<Vec<String>, SpecError> {
    let all: Map<String, Value> = serde_json::from_str(text)?;
    let servers = all.get("servers").and_then(Value::as_array).into_iter().flatten();
    let of_servers = servers.filter_map(Value::as_object).flat_map(Map::keys);
    let notes = of_servers.filter_map(|name| unknown(text, name, &SERVER_FIELDS, "a server"));
    Ok(all.keys().filter_map(|name| unknown(text, name, &FIELDS, "a spec file")).chain(notes).collect())
}

fn unknown(text: &str, name: &str, known: &[&str], of: &str) -> Option<String> {
    if known.contains(&name) || name == MEANINGLESS {
        return None;
    }
    let near = known.iter().find(|near| strsim::damerau_levenshtein(near, name) <= 2);
    let near = near.map_or_else(
        || format!("the fields are: {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let line = place(line_of(text, name));
    Some(format!("{line}`{}` is not a field of {of} and is ignored; {near}", name.escape_debug()))
}

impl ClientSpec {
    /// The spec that is written if there is no spec file.
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

    /// Parses a spec file; `fallback` is the server if it names none.
    ///
    /// # Errors
    ///
    /// See [`SpecError`].
    pub fn parse(text: &str, fallback: Option<&str>) -> Result<Self, SpecError> {
        let (raw, CheckedSpec { options, cases, exclusions, notes }) = RawSpec::read(text)?;
        let checked = raw.servers.into_iter().map(|server| server.checked(options));
        let mut servers = checked.collect::<Result<Vec<_>, _>>().map_err(SpecError::options(text))?;
        if servers.is_empty() {
            servers.extend(fallback.map(|url| TestedServer::at(url, options)));
        }
        let outdir = raw.outdir.unwrap_or_else(|| "./reports/servers/".into());
        Ok(Self { outdir, servers, cases, exclusions, notes })
    }
}

impl TestedServer {
    fn at(url: &str, options: ProtocolOptions) -> Self {
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
    fn checked(self, mut options: ProtocolOptions) -> Result<TestedServer, OptionsError> {
        options.apply(&self.options)?;
        let Self { url, agent, hostname, origin, protocols, .. } = self;
        let agent = agent.filter(|agent| !agent.is_empty());
        Ok(TestedServer { url, agent, hostname, origin, protocols, options })
    }
}

impl ServerSpec {
    /// The spec that is written if there is no spec file.
    pub const DEFAULT: &str = r#"{
   "url": "ws://127.0.0.1:9001",
   "outdir": "./reports/clients",
   "cases": ["*"],
   "exclude-cases": [],
   "exclude-agent-cases": {}
}
"#;

    /// Parses a spec file; `fallback` is the address if it names none.
    ///
    /// # Errors
    ///
    /// See [`SpecError`].
    pub fn parse(text: &str, fallback: Option<&str>) -> Result<Self, SpecError> {
        let (raw, CheckedSpec { options, cases, exclusions, notes }) = RawSpec::read(text)?;
        let url =
            raw.url.or_else(|| fallback.map(str::to_owned)).unwrap_or_else(|| "ws://127.0.0.1:9001".into());
        let outdir = raw.outdir.unwrap_or_else(|| "./reports/clients/".into());
        let (protocols, key, cert) = (raw.protocols, raw.key, raw.cert);
        Ok(Self { url, outdir, protocols, options, cases, exclusions, key, cert, notes })
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

    fn refused(text: &str) -> String {
        ClientSpec::parse(text, None).expect_err("no spec").to_string()
    }

    #[test]
    fn an_invalid_spec_is_reported_with_its_position() {
        let json = |text: &str| refused(text).replace("the file is not a valid spec: ", "");
        assert_eq!(json("{}"), "missing field `cases` at line 1 column 2");
        assert_eq!(json("{\"cases\": [\n\"1.*\",]}"), "trailing comma at line 2 column 7");
        assert_eq!(
            json("{\n\"cases\": \"*\"}"),
            "invalid type: string \"*\", expected a sequence at line 2 column 12"
        );
        assert_eq!(json("{\"cases\": [],\n\"servers\": [{}]}"), "missing field `url` at line 2 column 14");
        assert_eq!(
            json("[]"),
            "invalid length 0, expected an object with the fields of a spec at line 1 column 2"
        );
    }

    #[test]
    fn an_invalid_pattern_or_option_is_reported_with_its_line() {
        assert_eq!(
            refused("{\n\"cases\": [\n\"1.1.99\"]}"),
            "line 3: `1.1.99` is not a case; ids are like `1.1.1`, patterns like `1.*`"
        );
        assert_eq!(
            refused("{\"cases\": [],\n\"exclude-agent-cases\": {\"(*\": []}}"),
            "line 2: `(*` cannot be used as a pattern: error: unclosed group"
        );
        assert_eq!(
            refused("{\"cases\": [],\n\"options\": {\"failByDrop\": 1}}"),
            "line 2: the option `failByDrop` is true or false, not `1`"
        );
    }

    #[test]
    fn an_unknown_field_is_reported_and_does_no_harm() {
        let text = "{\"cases\": [], \"webport\": 8080,\n\"exclude_cases\": [],\n\"colour\": 1,\n\"servers\": [{\"url\": \"ws://h\",\n\"Agent\": \"x\"}]}";
        let notes = ClientSpec::parse(text, None).expect("a spec").notes;
        let expected = [
            "line 3: `colour` is not a field of a spec file and is ignored; the fields are: cases, cert, exclude-agent-cases, \
             exclude-cases, key, options, outdir, protocols, servers, url",
            "line 2: `exclude_cases` is not a field of a spec file and is ignored; did you mean `exclude-cases`?",
            "line 5: `Agent` is not a field of a server and is ignored; did you mean `agent`?",
        ];
        assert_eq!(notes, expected);
    }
}
