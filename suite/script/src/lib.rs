//! The notation of wsspec and what is written in it: scripts, cases, the catalogue, filters and plans.
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
mod generate;
mod lint;
mod load;
mod matrix;
mod measure;
mod notation;
mod payload;
mod plan;
mod requirement;
mod step;
mod tree;
mod volume;

pub use baseline::{Baseline, Deviation, ExpectedOutcome, RawExpected};
pub use bug::{Bug, bug_filter, select_bugs};
pub use case::{Case, Location, Member, Need, family};
pub use catalogue::Catalogue;
pub use code::CodeExplanation;
pub use coverage::{Covered, Tally, coverage};
pub use envelope::case_file_schema;
pub use error::{CaseError, NotationError, nearest, suggestion};
pub use explanation::{Explanation, Rules};
pub use extra::{Extra, LeftOut, UnknownExtra};
pub use filter::{Filter, FilterError, IdGlob};
pub use generate::Generator;
pub use lint::{Lint, lint, untested};
pub use load::toml_error;
pub use matrix::{Matrix, Values};
pub use measure::Bound;
pub use notation::{NoFiles, PayloadFiles, format_script, parse_script, parse_sending};
pub use payload::{Payload, Spelling, escaped};
pub use plan::{Limits, Plan, Requirements, Trial};
pub use requirement::{Gap, Level, Requirement, RequirementId};
pub use step::{
    Alternative, Attributes, Chop, Expectation, Expected, ExpectedClose, FieldEdit, FieldExpectation,
    FrameKind, FrameSpec, Interval, Line, MaskSpec, RequestSpec, ResponseSpec, Script, Sending,
    StatusPattern, Step, Strength, Word,
};
pub use tree::Tree;
pub use volume::time_for;
