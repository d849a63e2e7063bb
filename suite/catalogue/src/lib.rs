//! The catalogue: cases, requirements, explanations and known bugs, read from files; filters, plans, baselines.
//!
//! Never opens a connection, never reads a clock.

mod baseline;
mod bug;
mod bug_selection;
mod case;
mod catalogue;
mod certificate_fault;
mod code_explanation;
mod coverage;
mod envelope;
mod error;
mod explanation;
mod extra;
mod filter;
mod format;
mod glob;
mod hint;
mod http1;
mod http2;
mod layers;
mod left_out;
mod limits;
mod lint;
mod load;
mod place;
mod plan;
mod requirement;
mod tree;
mod uri_form;
mod written;

pub use baseline::{Baseline, Deviation, ExpectedOutcome, RawExpected};
pub use bug::Bug;
pub use bug_selection::{bug_filter, select_bugs};
pub use case::{Case, Location, Member, Need, family};
pub use catalogue::Catalogue;
pub use certificate_fault::CertificateFault;
pub use code_explanation::CodeExplanation;
pub use coverage::{CoverageTally, Covered, coverage};
pub use envelope::case_file_schema;
pub use error::{CaseError, toml_error};
pub use explanation::{Explanation, RuleRange};
pub use extra::{Extra, UnknownExtra};
pub use filter::Filter;
pub use format::format_case;
pub use glob::{FilterError, IdGlob};
pub use hint::requirement_hint;
pub use http1::is_about_http1;
pub use left_out::LeftOut;
pub use limits::{Limits, in_hundredths};
pub use lint::{Lint, lint, untested};
pub use plan::{Plan, Requirements, Trial};
pub use requirement::{Gap, Requirement};
pub use tree::Tree;
pub use uri_form::UriForm;
pub use written::WrittenCase;
