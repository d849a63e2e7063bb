//! The URLs of a fuzzing server.

use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::{AutobahnCase, CaseId, cases};

/// A request of a client.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The number of cases.
    CaseCount,
    /// Id and description of a case.
    CaseInfo(&'static AutobahnCase),
    /// To run a case; its number among the selected ones.
    RunCase {
        /// The case.
        case: std::sync::Arc<AutobahnCase>,
        /// Its number.
        number: usize,
        /// The client's name.
        agent: String,
    },
    /// The verdict of a case, once it has ended.
    CaseStatus {
        /// The case.
        id: CaseId,
        /// The client's name.
        agent: String,
    },
    /// To write the reports.
    UpdateReports {
        /// And to stop the server.
        shutdown: bool,
    },
    /// To stop the server.
    StopServer,
    /// To send its own commands.
    Direct,
}

/// A request target that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// Not one of the selected cases.
    #[error("case `{0}` is not among the selected cases")]
    Case(String),
    /// No case is given.
    #[error("`{0}` needs a case: `case=NUMBER` or `casetuple=ID`")]
    NoCase(String),
    /// No agent name is given.
    #[error("`{0}` needs the client's name: `agent=NAME`")]
    NoAgent(String),
    /// A parameter is repeated.
    #[error("`{0}` is given more than once")]
    Repeated(String),
}

/// A request target: path and query.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    path: String,
    query: Vec<(String, String)>,
}

impl ApiRequest {
    /// Parses `/path?name=value&..`, or a whole URL, which a server also accepts (RFC 9112, 3.2.2).
    #[must_use]
    pub fn parse(target: &str) -> Self {
        let target = match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => {
                rest.find(['/', '?']).map_or("/", |at| &rest[at..])
            }
            _ => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query = query.filter(|(_, value)| !value.is_empty());
        Self {
            path: path.to_owned(),
            query: query.map(|(name, value)| (decoded(name), decoded(value))).collect(),
        }
    }

    /// The request, where `cases` are the selected ones.
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub fn asked(&self, cases: &[CaseId]) -> Result<Asked, ApiError> {
        let case = self.case(cases)?;
        let agent = self.one("agent")?;
        let needed = || case.ok_or_else(|| ApiError::NoCase(self.path.clone()));
        let named = || agent.map(str::to_owned).ok_or_else(|| ApiError::NoAgent(self.path.clone()));
        Ok(match self.path.as_str() {
            "/getCaseCount" => Asked::CaseCount,
            "/getCaseInfo" => Asked::CaseInfo(needed()?.1),
            "/runCase" => {
                let (number, case) = needed()?;
                Asked::RunCase { case: case.clone(), number, agent: named()? }
            }
            "/getCaseStatus" => Asked::CaseStatus { id: needed()?.1.id.clone(), agent: named()? },
            "/updateReports" => {
                named()?;
                let shutdown = self.one("shutdownOnComplete")?.map(str::to_lowercase);
                Asked::UpdateReports { shutdown: matches!(shutdown.as_deref(), Some("true" | "yes")) }
            }
            "/stopServer" => Asked::StopServer,
            _ => Asked::Direct,
        })
    }

    fn one(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values =
            self.query.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiError::Repeated(name.to_owned())),
            (value, None) => Ok(value),
        }
    }

    /// A number counts the selected cases, from 1; if both are given, it takes precedence.
    fn case(
        &self,
        cases: &[CaseId],
    ) -> Result<Option<(usize, &'static std::sync::Arc<AutobahnCase>)>, ApiError> {
        let (number, tuple) = (self.one("case")?, self.one("casetuple")?);
        let Some(given) = number.or(tuple) else { return Ok(None) };
        let unknown = || ApiError::Case(given.to_owned());
        let at = match number {
            Some(number) => number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1)),
            None => cases.iter().position(|id| id.to_string() == given.trim()),
        };
        let at = at.filter(|at| *at < cases.len()).ok_or_else(unknown)?;
        let (_, case) = cases::find(&cases[at]).ok_or_else(unknown)?;
        Ok(Some((at + 1, case)))
    }
}

/// `%41` and `+`, as in HTML forms.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str) -> Result<Asked, ApiError> {
        let cases = ["1.1.1", "1.1.2", "1.1.4"].map(|id| id.parse().expect("an id"));
        ApiRequest::parse(target).asked(&cases)
    }

    #[test]
    fn a_number_counts_the_cases_that_are_run() {
        let Ok(Asked::RunCase { case, number, agent }) = asked("/runCase?case=3&agent=My%20Agent%2F1+x")
        else {
            panic!("no case")
        };
        assert_eq!((case.id.to_string().as_str(), number, agent.as_str()), ("1.1.4", 3, "My Agent/1 x"));
        let Ok(Asked::CaseInfo(case)) = asked("/getCaseInfo?casetuple=1.1.4") else { panic!("no case") };
        assert_eq!(case.id.to_string(), "1.1.4");
    }

    #[test]
    fn a_whole_url_means_the_same_as_its_path_and_query() {
        assert!(matches!(asked("http://h:9001/getCaseCount"), Ok(Asked::CaseCount)));
        let Ok(Asked::RunCase { case, agent, .. }) = asked("http://h/runCase?case=1&agent=a://b") else {
            panic!("no case")
        };
        assert_eq!((case.id.to_string().as_str(), agent.as_str()), ("1.1.1", "a://b"));
        let Ok(Asked::RunCase { agent, .. }) = asked("/runCase?case=1&agent=http://h/x") else {
            panic!("no case")
        };
        assert_eq!(agent, "http://h/x");
        assert!(matches!(asked("http://h"), Ok(Asked::Direct)));
    }

    #[test]
    fn an_impossible_request_is_reported() {
        let error = |target: &str| asked(target).expect_err("an error").to_string();
        assert_eq!(error("/runCase?case=4&agent=a"), "case `4` is not among the selected cases");
        assert_eq!(error("/runCase?case=0&agent=a"), "case `0` is not among the selected cases");
        assert_eq!(error("/getCaseInfo?casetuple=1.1.3"), "case `1.1.3` is not among the selected cases");
        assert_eq!(error("/runCase?case=1"), "`/runCase` needs the client's name: `agent=NAME`");
        assert_eq!(error("/runCase?agent=a"), "`/runCase` needs a case: `case=NUMBER` or `casetuple=ID`");
        assert_eq!(error("/runCase?case=1&case=2&agent=a"), "`case` is given more than once");
    }

    #[test]
    fn reports_may_be_the_last_thing_asked_for() {
        let shutdown = |target: &str| matches!(asked(target), Ok(Asked::UpdateReports { shutdown: true }));
        assert!(shutdown("/updateReports?agent=a&shutdownOnComplete=YES"));
        assert!(
            !shutdown("/updateReports?agent=a&shutdownOnComplete=no") && !shutdown("/updateReports?agent=a")
        );
    }
}
