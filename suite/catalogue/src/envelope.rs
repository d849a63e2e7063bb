//! The raw TOML envelope. Nothing outside this crate's loader sees these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// Requirements, each with the matrix values that it belongs to.
pub(crate) type ValuesByRequirement = BTreeMap<Spanned<String>, Vec<toml::Value>>;

/// A case file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "wsspec case file")]
pub(crate) struct CaseFile {
    /// The cases of one section.
    #[serde(default)]
    pub case: Vec<RawCase>,
}

/// One case.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCase {
    /// Lower-case words joined by hyphens; the file's specification and section are put before it.
    #[schemars(with = "String", regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub id: Spanned<String>,
    /// What the peer does, in the present tense, at most 80 characters.
    #[schemars(with = "String", length(max = 80))]
    pub title: Spanned<String>,
    /// Requirements that it tests; a failure names the first, which sets the level.
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub cites: Spanned<Vec<Spanned<String>>>,
    /// Cited requirements that apply only to some values of the matrix: from keys to requirements to values.
    /// Members with such a value name its requirements first, and cite no others that are listed here.
    #[serde(default, rename = "cites-of")]
    #[schemars(with = "Option<BTreeMap<String, BTreeMap<String, Vec<MatrixValue>>>>")]
    pub cites_of: Option<Spanned<BTreeMap<String, ValuesByRequirement>>>,
    /// Autobahn cases with the same stimulus; in a family one entry per member, `-` for none.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub autobahn: Option<Spanned<Vec<String>>>,
    /// Roles of the peers that it tests; by default those of the first requirement.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub roles: Option<Vec<Spanned<String>>>,
    /// What the peer must be able to do.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub needs: Vec<Spanned<String>>,
    /// For clients: the URI that they are given, with `{scheme}` or `{SCHEME}`, and `{authority}`, or `{host}` and
    /// `{port}`, for what the run knows. Values of the matrix may stand in it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub uri: Option<Spanned<String>>,
    /// The group, if the case runs only on request: large, throughput, resources or known-bugs.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub extra: Option<Spanned<String>>,
    /// Words for selection.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Earlier full ids.
    #[serde(default)]
    pub was: Vec<String>,
    /// A family: from keys to lists of values, which replace `$key`.
    #[serde(default)]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Vec<MatrixValue>>>")]
    pub matrix: Option<Spanned<toml::Table>>,
    /// The script, between `'''` and `'''`.
    #[schemars(with = "String")]
    pub script: Spanned<String>,
}

/// A value of a matrix, inserted as text.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the schema is made from its shape")]
enum MatrixValue {
    Text(String),
    Number(i64),
}

/// A requirements file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequirementFile {
    /// What the sections are about, in a few words.
    #[serde(default)]
    pub sections: BTreeMap<String, String>,
    /// In the order of the text.
    #[serde(default)]
    pub requirement: Vec<RawRequirement>,
}

/// One requirement.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRequirement {
    /// Section, colon, ordinal.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// must, should or may.
    #[schemars(with = "String")]
    pub level: Spanned<String>,
    /// client, server or both.
    #[schemars(with = "Vec<String>")]
    pub roles: Vec<Spanned<String>>,
    /// No keyword, but it follows from the grammar or a definition.
    #[serde(default)]
    pub implied: bool,
    /// What is demanded, in our words.
    pub text: String,
    /// Why no peer on the wire can see it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub unobservable: Option<Spanned<String>>,
    /// Why a peer could see it and no case looks yet.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub untested: Option<Spanned<String>>,
}

/// The JSON schema of a case file, for editors.
pub fn case_file_schema() -> String {
    let schema = schemars::schema_for!(CaseFile);
    format!("{:#}\n", schema.as_value())
}
