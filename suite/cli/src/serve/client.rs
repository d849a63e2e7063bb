//! `--exec`: starts a client or a browser, and stops it after the last case.

use std::{future, time::Duration};

use tokio::time::{sleep, timeout};
use wsspec_runner::{OneShot, last_words};

use super::{AgentResults, routes::NAMELESS};
use crate::failure::CommandError;

/// The name under which its results are kept.
pub const AGENT: &str = NAMELESS;
/// Stands for the address of the next case in the command.
const URL: &str = "{url}";
/// Stands for the address of the page that runs all cases.
const PAGE: &str = "{page}";
/// Time limit for its first case, and from one case to the next.
const STALLED: Duration = Duration::from_secs(60);
/// How long to wait for another result after a client has ended.
const LAST_RESULT_TIMEOUT: Duration = Duration::from_secs(3);
/// Interval between two checks whether it has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Checks the command of `--exec`.
pub fn check(command: Option<&str>) -> Result<(), CommandError> {
    if command.is_none_or(|command| command.contains(URL) || command.contains(PAGE)) {
        return Ok(());
    }
    Err(CommandError::Usage(format!(
        "--exec has neither `{URL}` nor `{PAGE}` in its command, so the client cannot know where to connect"
    )))
}

/// Starts the command, and waits until the client has finished; for ever without a command. `base` is the address
/// of the server, such as `ws://127.0.0.1:9001/`.
///
/// Fails if the client ends early or stalls; stops it in any case.
pub async fn visit(command: Option<&str>, base: &str, results: &AgentResults) -> Result<(), String> {
    let Some(command) = command else { return future::pending().await };
    let page = format!("{}run", base.replacen("ws", "http", 1));
    let command = command.replace(URL, &format!("{base}next/{AGENT}")).replace(PAGE, &page);
    let mut client = OneShot::start(&command, &[]).map_err(|error| error.to_string())?;
    let mut additions = results.additions();
    while !results.is_through(AGENT) {
        let next = async {
            tokio::select! {
                _ = additions.changed() => None,
                how = ended(&mut client) => Some(how),
            }
        };
        let trouble = match timeout(STALLED, next).await {
            Ok(None) => continue,
            Ok(Some(how)) => {
                // The result of its last case may still be pending.
                while results.left(AGENT) > 0
                    && timeout(LAST_RESULT_TIMEOUT, additions.changed()).await.is_ok()
                {}
                format!("the client ended: {how}")
            }
            Err(_) => format!("the client did nothing for {} s", STALLED.as_secs()),
        };
        return Err(match results.left(AGENT) {
            0 => break,
            left => format!("{trouble}; {left} cases were not played{}", last_words(&client.last_lines())),
        });
    }
    Ok(())
}

async fn ended(client: &mut OneShot) -> String {
    loop {
        match client.ended() {
            Some(how) => return how,
            None => sleep(LOOK).await,
        }
    }
}
