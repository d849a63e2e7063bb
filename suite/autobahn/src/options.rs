//! The protocol options of a spec file.

use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

/// What a spec file may say of the protocol, as far as it changes anything here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProtocolOptions {
    /// A violation ends the connection without a close frame.
    pub fail_by_drop: bool,
    /// A close frame is answered with its own code and reason, not with 1000.
    pub echo_close: bool,
    /// How long the opening handshake may take.
    pub open_timeout: Duration,
    /// How long the answer to a close frame may take.
    pub close_timeout: Duration,
    /// How long a server may take to end TCP after the closing handshake.
    pub drop_timeout: Duration,
    /// Unmasked frames of clients are violations.
    pub require_masked_clients: bool,
    /// Masked frames of servers are none.
    pub accept_masked_servers: bool,
    /// Frames are masked in the client's role.
    pub mask_as_client: bool,
    /// Frames are masked in the server's role.
    pub mask_as_server: bool,
    /// Text that is not UTF-8 is a violation.
    pub validate_utf8: bool,
    /// The version of the protocol that a client asks for: 13, or 8 for the drafts 10 to 12.
    pub wire_version: u8,
}

impl Default for ProtocolOptions {
    fn default() -> Self {
        Self {
            fail_by_drop: false,
            echo_close: false,
            open_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(1),
            drop_timeout: Duration::from_secs(1),
            require_masked_clients: true,
            accept_masked_servers: false,
            mask_as_client: true,
            mask_as_server: false,
            validate_utf8: true,
            wire_version: 13,
        }
    }
}

/// An option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OptionsError {
    /// No option of that name.
    #[error("`{0}` is no option; the options are: {known}", known = KNOWN.join(", "))]
    Unknown(String),
    /// A value of another kind.
    #[error("the option `{name}` is {wanted}, not `{given}`")]
    Value {
        /// Its name.
        name: String,
        /// What it may be.
        wanted: &'static str,
        /// What it is.
        given: String,
    },
}

impl OptionsError {
    /// Its name.
    #[must_use]
    pub fn option(&self) -> &str {
        match self {
            Self::Unknown(name) | Self::Value { name, .. } => name,
        }
    }
}

/// Every name that is accepted; those that [`ProtocolOptions`] lacks change nothing.
const KNOWN: [&str; 30] = [
    "acceptMaskedServerFrames",
    "allowHixie76",
    "allowedOrigins",
    "applyMask",
    "autoFragmentSize",
    "autoPingInterval",
    "autoPingSize",
    "autoPingTimeout",
    "closeHandshakeTimeout",
    "echoCloseCodeReason",
    "failByDrop",
    "flashSocketPolicy",
    "logFrames",
    "logOctets",
    "maskClientFrames",
    "maskServerFrames",
    "maxConnections",
    "maxFramePayloadSize",
    "maxMessagePayloadSize",
    "openHandshakeTimeout",
    "perMessageCompressionAccept",
    "perMessageCompressionOffers",
    "requireMaskedClientFrames",
    "serveFlashSocketPolicy",
    "serverConnectionDropTimeout",
    "tcpNoDelay",
    "utf8validateIncoming",
    "version",
    "versions",
    "webStatus",
];

impl ProtocolOptions {
    /// Sets what the table names.
    ///
    /// # Errors
    ///
    /// See [`OptionsError`].
    pub fn apply(&mut self, table: &Map<String, Value>) -> Result<(), OptionsError> {
        table.iter().try_for_each(|(name, value)| self.set(name, value))
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), OptionsError> {
        if !KNOWN.contains(&name) {
            return Err(OptionsError::Unknown(name.to_owned()));
        }
        let wrong = |wanted| OptionsError::Value { name: name.to_owned(), wanted, given: value.to_string() };
        if let Some(flag) = self.flag(name) {
            *flag = value.as_bool().ok_or_else(|| wrong("true or false"))?;
        } else if let Some(timeout) = self.timeout(name) {
            let seconds = value.as_f64().filter(|seconds| (0.0..=86_400.0).contains(seconds));
            *timeout = Duration::from_secs_f64(seconds.ok_or_else(|| wrong("a number of seconds"))?);
        } else if name == "version" {
            self.wire_version = match value.as_u64() {
                Some(10..=12) => 8,
                Some(13..=18) => 13,
                _ => return Err(wrong("10 to 18, the number of a draft of RFC 6455")),
            };
        }
        Ok(())
    }

    fn flag(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "failByDrop" => &mut self.fail_by_drop,
            "echoCloseCodeReason" => &mut self.echo_close,
            "requireMaskedClientFrames" => &mut self.require_masked_clients,
            "acceptMaskedServerFrames" => &mut self.accept_masked_servers,
            "maskClientFrames" => &mut self.mask_as_client,
            "maskServerFrames" => &mut self.mask_as_server,
            "utf8validateIncoming" => &mut self.validate_utf8,
            _ => return None,
        })
    }

    fn timeout(&mut self, name: &str) -> Option<&mut Duration> {
        Some(match name {
            "openHandshakeTimeout" => &mut self.open_timeout,
            "closeHandshakeTimeout" => &mut self.close_timeout,
            "serverConnectionDropTimeout" => &mut self.drop_timeout,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(json: &str) -> Result<ProtocolOptions, OptionsError> {
        let mut options = ProtocolOptions::default();
        options.apply(&serde_json::from_str(json).expect("a table"))?;
        Ok(options)
    }

    #[test]
    fn options_seen_in_the_wild_are_read() {
        let options =
            applied(r#"{"failByDrop": true, "version": 18, "openHandshakeTimeout": 0.5}"#).expect("options");
        assert_eq!((options.fail_by_drop, options.open_timeout), (true, Duration::from_millis(500)));
    }

    #[test]
    fn unknown_options_and_wrong_values_are_refused() {
        let unknown = applied(r#"{"failbydrop": true}"#).expect_err("unknown").to_string();
        assert!(
            unknown.starts_with("`failbydrop` is no option; the options are: acceptMaskedServerFrames, "),
            "{unknown}"
        );
        let value = applied(r#"{"failByDrop": "yes"}"#).expect_err("no flag").to_string();
        assert_eq!(value, "the option `failByDrop` is true or false, not `\"yes\"`");
        assert!(applied(r#"{"version": 0}"#).is_err());
        let wire_version =
            |version| applied(&format!("{{\"version\": {version}}}")).expect("a draft").wire_version;
        assert_eq!([10, 12, 13, 18].map(wire_version), [8, 8, 13, 13]);
        assert!(applied(r#"{"openHandshakeTimeout": -1}"#).is_err());
    }
}
