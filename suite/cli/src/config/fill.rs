//! Fills in from the file what the command line leaves open.

use std::{num::NonZeroUsize, time::Duration};

use toml::Spanned;
use wsspec_catalogue::CaseError;
use wsspec_notation::{NotationError, suggestion};

use super::{
    Chosen, Config, ConfigArgs,
    file::{ConfigFile, RawTarget},
};
use crate::{
    catalogue::{Selection, Source},
    endpoint::{EMBEDDED, EndpointArgs},
    failure::CommandError,
    output::Outputs,
    values,
};

/// The options of a command that a file can set.
pub struct RunSettings<'a> {
    /// Which of them the command line sets.
    pub config: &'a ConfigArgs,
    /// `--timeout`.
    pub timeout: &'a mut Duration,
    /// `--connect-timeout`.
    pub connect_timeout: &'a mut Duration,
    /// `--seed`.
    pub seed: &'a mut u64,
    /// `--jobs`.
    pub jobs: &'a mut Option<NonZeroUsize>,
    /// `--strict`.
    pub strict: &'a mut bool,
    /// `--cases`, `--no-builtin`.
    pub source: &'a mut Source,
    /// Patterns.
    pub selection: &'a mut Selection,
    /// Reports.
    pub outputs: &'a mut Outputs,
}

/// The meaning of a command's first argument.
#[derive(Debug, PartialEq, Eq)]
pub enum FirstWord {
    /// An address, or the name of a target.
    Target(String),
    /// It selects cases.
    Filter(String),
}

impl Config {
    /// Decides whether a word names a target or, as `selects` says, selects cases of the only target.
    pub fn sort(&self, word: String, selects: impl Fn(&str) -> bool) -> Result<FirstWord, CommandError> {
        let names: Vec<&str> = self.names().collect();
        if word == EMBEDDED || word.contains("://") || names.contains(&&*word) || !selects(&word) {
            return Ok(FirstWord::Target(word));
        }
        match names[..] {
            [_] => Ok(FirstWord::Filter(word)),
            [] => Err(CommandError::Usage(format!(
                "`{word}` selects cases; name the server before it, as in `wsspec run ws://127.0.0.1:9001 {word}`"
            ))),
            [first, ..] => Err(CommandError::Usage(format!(
                "`{word}` selects cases, and `{}` has several targets: name one before it, as in `wsspec run {first} \
                 {word}`; {}",
                self.path.display(),
                suggestion("", &names)
            ))),
        }
    }

    /// Chooses the target that `word` names, or the only one. Puts its address into `word` and its other settings into
    /// `endpoint`, unless the command line sets them.
    pub fn fill_target(
        &self,
        word: &mut Option<String>,
        endpoint: &mut EndpointArgs,
    ) -> Result<Chosen, CommandError> {
        let Some((name, target)) = self.choose(word.as_deref())? else {
            return Ok(Chosen::default());
        };
        *word = Some(target.url.get_ref().clone());
        let secret =
            self.fill_endpoint(target, endpoint).map_err(|error| CommandError::Cases(vec![error]))?;
        Ok(Chosen { name: Some(name.to_owned()), secret })
    }

    /// The target with this name, or without a name the only target; `None` if `word` is another address.
    fn choose(&self, word: Option<&str>) -> Result<Option<(&str, &RawTarget)>, CommandError> {
        let targets: Vec<_> =
            self.file.target.iter().map(|(name, target)| (name.get_ref().as_str(), target)).collect();
        let names: Vec<&str> = self.names().collect();
        match (word, &*targets) {
            (None, [only]) => Ok(Some(*only)),
            (_, []) => Ok(None),
            (None, _) => Err(CommandError::Usage(format!(
                "`{}` has several targets: name one, as in `wsspec run {}`; {}",
                self.path.display(),
                names[0],
                suggestion("", &names)
            ))),
            (Some(word), _) => match targets.iter().find(|(name, _)| *name == word) {
                Some(found) => Ok(Some(*found)),
                None if word == EMBEDDED || word.contains("://") => Ok(None),
                None => Err(CommandError::Usage(format!(
                    "`{word}` is neither an address nor a target of `{}`; {}",
                    self.path.display(),
                    suggestion(word, &names)
                ))),
            },
        }
    }

    /// Fills in the options that the command line leaves open.
    pub fn fill_settings(&self, to: RunSettings<'_>) {
        let ConfigFile { run, select, report, .. } = &self.file;
        let duration = |text: &Option<Spanned<String>>| {
            text.as_ref().and_then(|text| values::duration(text.get_ref()).ok())
        };
        if let Some(timeout) = duration(&run.timeout).filter(|_| !to.config.is_given("timeout")) {
            *to.timeout = timeout;
        }
        if let Some(limit) = duration(&run.connect_timeout).filter(|_| !to.config.is_given("connect_timeout"))
        {
            *to.connect_timeout = limit;
        }
        if let Some(seed) = run.seed.filter(|_| !to.config.is_given("seed")) {
            *to.seed = seed;
        }
        *to.jobs =
            to.jobs.or(run.jobs.as_ref().and_then(|jobs| NonZeroUsize::try_from(*jobs.get_ref()).ok()));
        *to.strict |= run.strict;
        to.source.no_builtin |= run.no_builtin.as_ref().is_some_and(|set| *set.get_ref());
        to.source.dirs.splice(0..0, run.cases.iter().map(|path| self.resolved(path)));
        if to.selection.filters.is_empty() {
            to.selection.filters = select.include.iter().map(|text| text.get_ref().clone()).collect();
        }
        to.selection.exclude.extend(select.exclude.iter().map(|text| text.get_ref().clone()));
        let outputs = to.outputs;
        outputs.github = outputs.github.or(report.github);
        for (paths, given) in [
            (&report.json, &mut outputs.json),
            (&report.junit, &mut outputs.junit),
            (&report.markdown, &mut outputs.markdown),
            (&report.sarif, &mut outputs.sarif),
            (&report.tap, &mut outputs.tap),
            (&report.badge, &mut outputs.badge),
            (&report.html, &mut outputs.html),
        ] {
            if given.is_empty() {
                given.extend(paths.iter().map(|path| self.resolved(path)));
            }
        }
    }

    /// Applies the settings of a target. Returns the names of header fields whose values are secrets.
    fn fill_endpoint(
        &self,
        target: &RawTarget,
        endpoint: &mut EndpointArgs,
    ) -> Result<Vec<String>, CaseError> {
        let given: Vec<String> = endpoint.header.iter().map(|(name, _)| name.to_lowercase()).collect();
        let open = |name: &String| !given.contains(&name.to_lowercase());
        for (name, value) in target.header.iter().filter(|(name, _)| open(name)) {
            endpoint.header.push((name.clone(), value.get_ref().clone()));
        }
        let mut secret = Vec::new();
        for (name, variable) in target.header_env.iter().filter(|(name, _)| open(name)) {
            endpoint.header.push((name.clone(), self.variable(variable)?));
            secret.push(name.clone());
        }
        endpoint.origin = endpoint.origin.take().or_else(|| target.origin.clone());
        let allowed = endpoint.allowed_origin.take();
        endpoint.allowed_origin = allowed.or_else(|| target.allowed_origin.clone());
        let foreign = endpoint.foreign_origin.take();
        endpoint.foreign_origin = foreign.or_else(|| target.foreign_origin.clone());
        if endpoint.subprotocol.is_empty() {
            endpoint.subprotocol.clone_from(&target.subprotocol);
        }
        if endpoint.user.is_none() && endpoint.bearer.is_none() {
            endpoint.bearer =
                target.bearer_env.as_ref().map(|variable| self.variable(variable)).transpose()?;
            endpoint.user = target.user_env.as_ref().map(|variable| self.user(variable)).transpose()?;
        }
        if endpoint.proxy.is_none() {
            endpoint.proxy = match &target.proxy_env {
                Some(variable) => Some(self.variable(variable)?),
                None => target.proxy.as_ref().map(|address| address.get_ref().clone()),
            };
        }
        let (tls, trust) = (&target.tls, &mut endpoint.trust);
        trust.insecure |= tls.insecure;
        trust.sni = trust.sni.take().or_else(|| tls.sni.clone());
        trust.ca_file = trust.ca_file.take().or_else(|| tls.ca_file.as_ref().map(|path| self.resolved(path)));
        if let (None, Some(cert), Some(key)) = (&trust.client_cert, &tls.client_cert, &tls.client_key) {
            trust.client_cert = Some(self.resolved(cert.get_ref()));
            trust.client_key = Some(self.resolved(key.get_ref()));
        }
        Ok(secret)
    }

    /// The value of an environment variable.
    fn variable(&self, name: &Spanned<String>) -> Result<String, CaseError> {
        std::env::var(name.get_ref()).map_err(|error| {
            let why = match error {
                std::env::VarError::NotPresent => "is not set",
                std::env::VarError::NotUnicode(_) => "is not UTF-8",
            };
            let message = format!("the environment variable `{}` {why}", name.get_ref());
            self.error(
                NotationError::new(name.span(), message).help("this is its name; its value is the secret"),
            )
        })
    }

    fn user(&self, name: &Spanned<String>) -> Result<(String, String), CaseError> {
        let value = self.variable(name)?;
        let (user, password) = value.split_once(':').ok_or_else(|| {
            // The value may be a password, so it is not shown.
            let message = format!("the environment variable `{}` has no colon", name.get_ref());
            self.error(NotationError::new(name.span(), message).help("it holds `USER:PASSWORD`"))
        })?;
        Ok((user.to_owned(), password.to_owned()))
    }
}
