//! The catalogue: cases, requirements, explanations and known bugs, read from files; filters, plans, baselines.
//!
//! Never opens a connection, never reads a clock.

mod baseline;
mod bug;
mod case;
mod catalogue;
mod code;
mod coverage;
mod envelope;
mod error;
mod explanation;
mod extra;
mod filter;
mod limits;
mod lint;
mod load;
mod plan;
mod requirement;
mod tree;

pub use baseline::{Baseline, Deviation, ExpectedOutcome, RawExpected};
pub use bug::{Bug, bug_filter, select_bugs};
pub use case::{Case, Location, Member, Need, family};
pub use catalogue::Catalogue;
pub use code::CodeExplanation;
pub use coverage::{Covered, Tally, coverage};
pub use envelope::case_file_schema;
pub use error::CaseError;
pub use explanation::{Explanation, Rules};
pub use extra::{Extra, LeftOut, UnknownExtra};
pub use filter::{Filter, FilterError, IdGlob};
pub use limits::Limits;
pub use lint::{Lint, lint, untested};
pub use load::toml_error;
pub use plan::{Plan, Requirements, Trial};
pub use requirement::{Gap, Requirement};
pub use tree::Tree;
