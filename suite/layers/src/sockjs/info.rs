//! What a service says of itself, for clients that have not opened a session yet (SockJS 0.3.3, Info test).

use serde_json::Value;

use super::violation::SockJsViolation;
use crate::json;

/// What a trial has seen of it so far.
#[derive(Debug, Default)]
pub struct SockJsInfo {
    /// The last random number.
    entropy: Option<u64>,
}

impl SockJsInfo {
    /// The rules that a body breaks.
    pub fn judge(&mut self, body: &[u8]) -> Vec<SockJsViolation> {
        let Some(info) = json::object(body) else { return vec![SockJsViolation::InfoForm(body.to_vec())] };
        let is_flag = |name: &str| info.get(name).is_some_and(Value::is_boolean);
        let mut broken = Vec::new();
        if !is_flag("websocket")
            || !is_flag("cookie_needed")
            || !info.get("origins").is_some_and(Value::is_array)
        {
            broken.push(SockJsViolation::InfoForm(body.to_vec()));
        }
        let entropy =
            info.get("entropy").and_then(Value::as_u64).filter(|number| u32::try_from(*number).is_ok());
        match entropy {
            None => broken.push(SockJsViolation::EntropyRange(body.to_vec())),
            Some(number) if self.entropy == Some(number) => {
                broken.push(SockJsViolation::EntropyAgain(number))
            }
            Some(_) => {}
        }
        self.entropy = entropy;
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bodies: &[&str]) -> Vec<&'static str> {
        let mut info = SockJsInfo::default();
        bodies.iter().flat_map(|body| info.judge(body.as_bytes())).map(|broken| broken.name()).collect()
    }

    #[test]
    fn what_a_service_says_of_itself_is_judged() {
        let good = |entropy: &str| {
            format!(
                "{{\"websocket\":true,\"cookie_needed\":false,\"origins\":[\"*:*\"],\"entropy\":{entropy}}}"
            )
        };
        assert_eq!(names(&[&good("4294967295"), &good("0")]), [""; 0]);
        assert_eq!(names(&[&good("7"), &good("7")]), ["sockjs-entropy-again"]);
        for entropy in ["4294967296", "-1", "1.5", "\"7\"", "null"] {
            assert_eq!(names(&[&good(entropy)]), ["sockjs-entropy-range"], "{entropy}");
        }
        for body in ["", "[]", "true"] {
            assert_eq!(names(&[body]), ["sockjs-info-form"], "{body}");
        }
        assert_eq!(names(&["{\"websocket\":1,\"entropy\":1}"]), ["sockjs-info-form"]);
    }
}
