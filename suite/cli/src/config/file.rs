//! The raw contents of `wsspec.toml`. Only `config` uses these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use wsspec_catalogue::RawExpected;

use crate::output::When;

/// The whole file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "wsspec.toml")]
pub(super) struct ConfigFile {
    /// Servers to test, by the names that `wsspec run` accepts.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawTarget>")]
    pub target: BTreeMap<Spanned<String>, RawTarget>,
    /// How trials are run.
    #[serde(default)]
    pub run: RawRun,
    /// Which cases are run.
    #[serde(default)]
    pub select: RawSelect,
    /// What is written after a run.
    #[serde(default)]
    pub report: RawReport,
    /// Expected deviations; the first entry that matches a trial counts.
    #[serde(default)]
    pub expect: Vec<RawExpected>,
}

/// A server, and how to reach it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTarget {
    /// Its address, `ws://` or `wss://`.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// Header fields to add to every opening handshake.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub header: BTreeMap<String, Spanned<String>>,
    /// The same with values from environment variables: from field names to variable names.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub header_env: BTreeMap<String, Spanned<String>>,
    /// Origin to send.
    pub origin: Option<String>,
    /// The one origin that the server accepts.
    pub allowed_origin: Option<String>,
    /// An origin that the server must refuse.
    pub foreign_origin: Option<String>,
    /// Subprotocols to offer.
    #[serde(default)]
    pub subprotocol: Vec<String>,
    /// Variable that holds a token for Bearer authentication.
    #[schemars(with = "Option<String>")]
    pub bearer_env: Option<Spanned<String>>,
    /// Variable that holds `USER:PASSWORD` for Basic authentication.
    #[schemars(with = "Option<String>")]
    pub user_env: Option<Spanned<String>>,
    /// The proxy that leads to it, without credentials: `http://`, `https://` or `socks5://`, a host and a port. If this is
    /// empty, none is used, whatever the environment says.
    #[schemars(with = "Option<String>")]
    pub proxy: Option<Spanned<String>>,
    /// Variable that holds the address of the proxy, with credentials.
    #[schemars(with = "Option<String>")]
    pub proxy_env: Option<Spanned<String>>,
    /// TLS settings; paths are relative to the file's folder.
    #[serde(default)]
    pub tls: RawTls,
}

/// TLS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTls {
    /// PEM file of certificates to trust, in addition to the system's authorities.
    pub ca_file: Option<String>,
    /// Accept any certificate.
    #[serde(default)]
    pub insecure: bool,
    /// PEM file with the certificate chain to present as the client; with `client-key`.
    #[schemars(with = "Option<String>")]
    pub client_cert: Option<Spanned<String>>,
    /// PEM file with its private key; with `client-cert`.
    #[schemars(with = "Option<String>")]
    pub client_key: Option<Spanned<String>>,
    /// Server name to send and to check, instead of the target's host.
    pub sni: Option<String>,
}

/// How trials are run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRun {
    /// How long each line of a script waits for the peer: `500ms`, `2s`.
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Spanned<String>>,
    /// How long a connection may take to open.
    #[schemars(with = "Option<String>")]
    pub connect_timeout: Option<Spanned<String>>,
    /// Maximum number of trials at once.
    #[schemars(with = "Option<u32>", range(min = 1, max = 4096))]
    pub jobs: Option<Spanned<std::num::NonZeroU32>>,
    /// Seed for all random choices.
    pub seed: Option<u64>,
    /// Treat a missed SHOULD as a failure.
    #[serde(default)]
    pub strict: bool,
    /// Folders of cases to add to the built-in ones; paths are relative to the file's folder.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Leave the built-in cases out.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub no_builtin: Option<Spanned<bool>>,
}

/// Which cases are run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSelect {
    /// Filters of cases to select, unless the command line has some.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
    /// Filters of cases to leave out, in addition to those of the command line.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
}

/// Files to write after a run, unless the command line names one of that kind; paths are relative to the file's folder.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReport {
    /// Records.
    #[serde(default)]
    pub json: Vec<String>,
    /// JUnit XML.
    #[serde(default)]
    pub junit: Vec<String>,
    /// Summaries in Markdown.
    #[serde(default)]
    pub markdown: Vec<String>,
    /// SARIF 2.1.0.
    #[serde(default)]
    pub sarif: Vec<String>,
    /// TAP 14.
    #[serde(default)]
    pub tap: Vec<String>,
    /// Badges, SVG.
    #[serde(default)]
    pub badge: Vec<String>,
    /// When GitHub Actions gets annotations and a summary: `auto`, `always` or `never`.
    pub github: Option<When>,
    /// HTML pages: files that end in .html, or folders.
    #[serde(default)]
    pub html: Vec<String>,
}

/// The JSON schema of `wsspec.toml`.
pub fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(ConfigFile).as_value())
}
