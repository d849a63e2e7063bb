//! Checks a file that is valid TOML.

use toml::Spanned;
use wsspec_catalogue::CaseError;
use wsspec_notation::NotationError;
use wsspec_runner::{Proxy, Target};

use super::{Config, file::RawTarget};
use crate::{endpoint::EMBEDDED, values};

impl Config {
    /// Every mistake except those in the expectations.
    pub(super) fn mistakes(&self) -> Vec<CaseError> {
        let run = &self.file.run;
        let mut errors = Vec::new();
        for text in run.timeout.iter().chain(&run.connect_timeout) {
            errors.extend(
                values::duration(text.get_ref()).err().map(|why| NotationError::new(text.span(), why)),
            );
        }
        if let Some(jobs) = run.jobs.as_ref().filter(|jobs| jobs.get_ref().get() > values::MOST_JOBS) {
            let message = format!("{} trials at once are too many", jobs.get_ref());
            let error = NotationError::new(jobs.span(), message);
            errors.push(error.help(format!("write a whole number from 1 to {}", values::MOST_JOBS)));
        }
        if let Some(set) = run.no_builtin.as_ref().filter(|set| *set.get_ref() && run.cases.is_empty()) {
            let error = NotationError::new(set.span(), "without the built-in cases, nothing can run");
            errors.push(error.help("name folders in `cases`"));
        }
        for (name, target) in &self.file.target {
            errors.extend(mistakes_in_name(name));
            errors.extend(mistakes_in_target(target));
        }
        errors.into_iter().map(|error| self.error(error)).collect()
    }
}

/// Adds advice to a TOML error that uses our program's words instead of the file's.
pub(super) fn advised(error: NotationError) -> NotationError {
    let advice = [
        ("expected a sequence", "write a list: `[\"...\"]`"),
        ("expected a map", "write a table"),
        ("expected struct", "write a table"),
        ("expected a nonzero u32", "write a whole number above zero, without quotes"),
        ("expected u64", "write a whole number, without quotes"),
        ("expected a boolean", "write `true` or `false`, without quotes"),
        ("atetime", "write a day without quotes: `2027-01-31`"),
        ("missing field", "each entry has it"),
    ];
    let found = advice.iter().find(|(words, _)| error.message.contains(words));
    match (found, &error.help) {
        (Some((_, help)), None) => error.help(*help),
        _ => error,
    }
}

fn mistakes_in_name(name: &Spanned<String>) -> Option<NotationError> {
    let text = name.get_ref();
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let what = match text.as_str() {
        EMBEDDED => "is the name of the embedded server",
        _ if plain => return None,
        _ => "is not a name for a target",
    };
    Some(
        NotationError::new(name.span(), format!("`{text}` {what}"))
            .help("use another one, of letters, digits, `-`, `_` and `.`"),
    )
}

fn mistake_in_proxy(raw: &RawTarget) -> Option<NotationError> {
    let proxy = raw.proxy.as_ref()?;
    let error = |what: &str| NotationError::new(proxy.span(), what);
    if raw.proxy_env.is_some() {
        return Some(error("there can be only one proxy").help("leave out `proxy` or `proxy-env`"));
    }
    if proxy.get_ref().trim().is_empty() {
        return None;
    }
    let leads_nowhere = Target::parse(raw.url.get_ref()).is_ok_and(|target| target.socket.is_some());
    match Proxy::parse(proxy.get_ref()) {
        Err(why) => Some(error(&why.to_string())),
        // What is quoted is another line: this one has a password.
        Ok(proxy) if proxy.has_credentials() => Some(
            NotationError::new(raw.url.span(), "the address in `proxy` has credentials")
                .help("keep it in an environment variable, and name that in `proxy-env`"),
        ),
        Ok(_) if leads_nowhere => {
            Some(error("no proxy leads to a Unix socket of this machine").help("leave it out"))
        }
        Ok(_) => None,
    }
}

fn mistakes_in_target(raw: &RawTarget) -> Vec<NotationError> {
    let mut errors = Vec::new();
    match Target::parse(raw.url.get_ref()) {
        Ok(mut target) => {
            for (name, value) in &raw.header {
                let field = target.field(&format!("{name}: {}", value.get_ref()));
                errors.extend(field.err().map(|error| NotationError::new(value.span(), error.to_string())));
            }
        }
        Err(error) => errors.push(NotationError::new(raw.url.span(), error.to_string())),
    }
    if let (Some(bearer), Some(_)) = (&raw.bearer_env, &raw.user_env) {
        let error = NotationError::new(bearer.span(), "a request can use only one kind of credentials");
        errors.push(error.help("leave out `bearer-env` or `user-env`"));
    }
    errors.extend(mistake_in_proxy(raw));
    let alone = match (&raw.tls.client_cert, &raw.tls.client_key) {
        (Some(cert), None) => Some((cert, "client-key")),
        (None, Some(key)) => Some((key, "client-cert")),
        _ => None,
    };
    errors.extend(alone.map(|(path, other)| {
        NotationError::new(path.span(), format!("`{other}` is missing")).help("name both files")
    }));
    errors
}
