//! `--spawn`: starts a server for the run, watches it, and stops it at the end.

use std::{sync::Arc, time::Duration};

use tokio::runtime::Runtime;
use wsspec_runner::{Address, SpawnOptions, Target, Variable, Watched, free_port};

use crate::{
    catalogue::Selection,
    failure::CommandError,
    heading,
    interrupt::{interrupted, unless_interrupted},
    values,
};

/// Stands for the port, in the command and in TARGET.
const PORT: &str = "{port}";

/// Options for starting a server.
#[derive(Clone, Debug, clap::Args)]
pub struct SpawnArgs {
    /// Shell command that starts the server; it is restarted whenever it dies, and stopped at the end. `{port}` stands
    /// for TARGET's port, or a free one; TARGET defaults to ws://127.0.0.1:{port}/
    #[arg(long, value_name = "COMMAND", help_heading = heading::SERVER)]
    pub spawn: Option<String>,
    /// How long the server may take to start listening
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "10s",
        requires = "spawn",
        help_heading = heading::SERVER
    )]
    pub spawn_timeout: Duration,
}

impl SpawnArgs {
    /// The address to test, and the filters. With a command, a TARGET that is not an address is the first filter.
    pub fn sort(
        &self,
        target: Option<&str>,
        selection: &Selection,
    ) -> Result<(Option<String>, Selection), CommandError> {
        let mut selection = selection.clone();
        let Some(command) = &self.spawn else { return Ok((target.map(str::to_owned), selection)) };
        let (address, filter) = match target {
            Some(target) if target.contains("://") => (Some(target), None),
            other => (None, other),
        };
        selection.filters.splice(0..0, filter.map(str::to_owned));
        Ok((Some(address_of(command, address)?), selection))
    }

    /// Starts the server, if there is a command, with these variables in its environment, and waits until it listens.
    pub fn start(
        &self,
        runtime: &Runtime,
        target: &Target,
        variables: Vec<Variable>,
    ) -> Result<Option<Arc<Watched>>, CommandError> {
        let Some(command) = self.spawn.clone() else { return Ok(None) };
        let address = match &target.socket {
            Some(path) => Address::Unix(path.clone()),
            None => Address::Tcp { host: target.host.clone(), port: target.port },
        };
        let options = SpawnOptions { command, address, timeout: self.spawn_timeout, variables };
        let started = unless_interrupted(runtime, true, Watched::start(options))?;
        let watched = started.map_err(|error| CommandError::Unreachable(error.to_string()))?;
        Ok(Some(Arc::new(watched)))
    }

    /// Waits for Ctrl-C or a termination signal.
    pub async fn interrupted(&self) {
        interrupted(self.spawn.is_some()).await;
    }

    /// The options for the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        self.spawn.iter().flat_map(|command| ["--spawn".to_owned(), command.clone()]).collect()
    }
}

/// The address of a server started by `command`.
fn address_of(command: &str, target: Option<&str>) -> Result<String, CommandError> {
    let usage = |text: &str| CommandError::Usage(text.to_owned());
    let free = || {
        let port = free_port();
        port.map_err(|error| CommandError::Usage(format!("no free port on 127.0.0.1: {error}")))
    };
    match target {
        Some(target) if target.contains("+unix://") && command.contains(PORT) => {
            Err(usage("a Unix socket has no port; leave `{port}` out of the command of --spawn"))
        }
        None if command.contains(PORT) => Ok(format!("ws://127.0.0.1:{}/", free()?)),
        None => Err(usage("--spawn needs `{port}` in its command, or the address it listens on as TARGET")),
        Some(target) if target.contains(PORT) && !command.contains(PORT) => Err(usage(
            "TARGET has `{port}`, the command of --spawn does not; write it into both, or into neither",
        )),
        Some(target) if target.contains(PORT) => Ok(target.replace(PORT, &free()?.to_string())),
        Some(target) if command.contains(PORT) && !has_port(target) => Ok(with_port(target, free()?)),
        Some(target) => Ok(target.to_owned()),
    }
}

/// The end of an address's host and port.
fn authority_end(target: &str) -> usize {
    let start = target.find("://").map_or(0, |at| at + 3);
    target[start..].find(['/', '?', '#']).map_or(target.len(), |at| start + at)
}

fn has_port(target: &str) -> bool {
    let before = &target[..authority_end(target)];
    let host = before.rsplit(['@', '/']).next().unwrap_or(before);
    host.rsplit(']').next().is_some_and(|after| after.contains(':'))
}

fn with_port(target: &str, port: u16) -> String {
    let (before, after) = target.split_at(authority_end(target));
    format!("{before}:{port}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(command: &str, target: Option<&str>) -> String {
        let address = match address_of(command, target) {
            Ok(address) => address,
            Err(CommandError::Usage(message)) => return message,
            Err(other) => panic!("{other:?}"),
        };
        // A free port has at least four digits.
        let parts = address.split_inclusive(|c: char| !c.is_ascii_digit());
        parts
            .map(|part| if part.len() > 4 && part.as_bytes()[3].is_ascii_digit() { "N/" } else { part })
            .collect()
    }

    #[test]
    fn the_port_is_the_targets_or_a_free_one() {
        assert_eq!(address("serve {port}", None), "ws://127.0.0.1:N/");
        assert_eq!(address("serve {port}", Some("ws://localhost/chat")), "ws://localhost:N/chat");
        assert_eq!(address("serve {port}", Some("ws://[::1]/chat?a:b")), "ws://[::1]:N/chat?a:b");
        assert_eq!(address("serve {port}", Some("wss://u:p@h:{port}/c")), "wss://u:p@h:N/c");
        assert_eq!(address("serve {port}", Some("ws://h:80/c")), "ws://h:80/c");
        assert_eq!(address("serve", Some("ws://h/c")), "ws://h/c");
        assert_eq!(address("serve /a", Some("ws+unix:///a")), "ws+unix:///a");
    }

    #[test]
    fn a_server_whose_port_nobody_knows_is_refused() {
        assert!(address("serve", None).starts_with("--spawn needs `{port}`"));
        assert!(address("serve", Some("ws://h:{port}/")).starts_with("TARGET has `{port}`"));
        assert!(address("serve {port}", Some("ws+unix:///a")).starts_with("a Unix socket has no port"));
    }

    #[test]
    fn what_is_no_address_is_a_case() {
        let args = SpawnArgs { spawn: Some("serve {port}".into()), spawn_timeout: Duration::from_secs(1) };
        let selection = Selection { filters: vec!["b".into()], ..Selection::default() };
        let (address, sorted) = args.sort(Some("rfc6455/5.4"), &selection).unwrap();
        assert!(address.unwrap().starts_with("ws://127.0.0.1:"));
        assert_eq!(sorted.filters, ["rfc6455/5.4", "b"]);
        let none = SpawnArgs { spawn: None, ..args };
        assert_eq!(none.sort(Some("x"), &selection).unwrap().0.as_deref(), Some("x"));
    }
}
