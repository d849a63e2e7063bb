//! The verdicts, and how the end of a connection is judged.

use crate::case::CloseRule;

/// What the peer did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behavior {
    /// As expected.
    Ok,
    /// Accepted, too.
    NonStrict,
    /// Something else.
    Failed,
    /// Anything.
    Informational,
    /// The peer declined what the case needs.
    Unimplemented,
}

/// How the connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseBehavior {
    /// As required.
    Ok,
    /// By the wrong end, or it was never open.
    Failed,
    /// Without a closing handshake.
    Unclean,
    /// With another code.
    WrongCode,
    /// The tester had to close TCP.
    FailedByClient,
    /// In any way.
    Informational,
}

impl Behavior {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NonStrict => "NON-STRICT",
            Self::Failed => "FAILED",
            Self::Informational => "INFORMATIONAL",
            Self::Unimplemented => "UNIMPLEMENTED",
        }
    }
}

impl CloseBehavior {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Failed => "FAILED",
            Self::Unclean => "UNCLEAN",
            Self::WrongCode => "WRONG CODE",
            Self::FailedByClient => "FAILED BY CLIENT",
            Self::Informational => "INFORMATIONAL",
        }
    }
}

/// What is known about a connection that has ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndOfConnection {
    pub was_open: bool,
    pub closed_by_me: bool,
    pub was_clean: bool,
    pub remote_code: Option<u16>,
    pub is_server: bool,
    pub dropped_by_me: bool,
}

/// Judges the end of a connection. The order of the checks decides.
pub(crate) fn grade_close(expected: &CloseRule, ending: &EndOfConnection) -> (CloseBehavior, String) {
    let (grade, words) = if !ending.was_open {
        (CloseBehavior::Failed, "The WebSocket opening handshake was never completed!")
    } else if expected.by_me != ending.closed_by_me {
        (CloseBehavior::Failed, "The connection was failed by the wrong endpoint")
    } else if expected.clean && !ending.was_clean {
        (CloseBehavior::Unclean, "The spec requires the connection to be failed cleanly here")
    } else if ending.remote_code.is_some_and(|code| !expected.codes.contains(&code)) {
        let codes: Vec<String> = expected.codes.iter().map(u16::to_string).collect();
        let words = format!("The close code should have been {} or empty", codes.join(","));
        return (CloseBehavior::WrongCode, words);
    } else if !ending.is_server && ending.dropped_by_me {
        (CloseBehavior::FailedByClient, "It is preferred that the server close the TCP connection")
    } else {
        (CloseBehavior::Ok, "Connection was properly closed")
    };
    (grade, words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: EndOfConnection = EndOfConnection {
        was_open: true,
        closed_by_me: true,
        was_clean: true,
        remote_code: Some(1000),
        is_server: false,
        dropped_by_me: false,
    };

    fn graded(ending: EndOfConnection) -> CloseBehavior {
        let expected = CloseRule { by_me: true, codes: vec![1000, 3000], clean: true, fatal: None };
        grade_close(&expected, &ending).0
    }

    #[test]
    fn each_question_has_its_answer_and_the_first_one_decides() {
        assert_eq!(graded(GOOD), CloseBehavior::Ok);
        assert_eq!(graded(EndOfConnection { remote_code: None, ..GOOD }), CloseBehavior::Ok);
        assert_eq!(graded(EndOfConnection { dropped_by_me: true, ..GOOD }), CloseBehavior::FailedByClient);
        assert_eq!(
            graded(EndOfConnection { dropped_by_me: true, is_server: true, ..GOOD }),
            CloseBehavior::Ok
        );
        let wrong = EndOfConnection { remote_code: Some(1002), dropped_by_me: true, ..GOOD };
        assert_eq!(graded(wrong), CloseBehavior::WrongCode);
        assert_eq!(graded(EndOfConnection { was_clean: false, ..wrong }), CloseBehavior::Unclean);
        assert_eq!(
            graded(EndOfConnection { closed_by_me: false, was_clean: false, ..wrong }),
            CloseBehavior::Failed
        );
        assert_eq!(graded(EndOfConnection { was_open: false, ..GOOD }), CloseBehavior::Failed);
    }

    #[test]
    fn the_words_name_the_codes() {
        let expected = CloseRule { by_me: true, codes: vec![1000, 3000], clean: true, fatal: None };
        let wrong = EndOfConnection { remote_code: Some(1002), ..GOOD };
        assert_eq!(grade_close(&expected, &wrong).1, "The close code should have been 1000,3000 or empty");
    }
}
