//! What a tap says while traffic passes: each rule that an end breaks, the first time that it does.

use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedReceiver;
use wsspec_capture::BrokenRule;
use wsspec_reports::{clean_line, clean_text};
use wsspec_runner::TapEvent;

use super::TapArgs;
use crate::{
    failure::{CommandError, complain, print},
    output::destination,
    traffic::finding,
};

/// Prints and saves what is found.
pub struct LiveFindings {
    quiet: bool,
    /// A report goes to standard output.
    aside: bool,
    save: Option<PathBuf>,
    server: String,
}

impl LiveFindings {
    pub fn new(args: &TapArgs, server: &str) -> Self {
        let (quiet, aside) = (args.quiet, args.outputs.takes_stdout());
        Self { quiet, aside, save: args.save.clone(), server: server.to_owned() }
    }

    /// Handles events until there are no more. What cannot be printed or saved does not end the tap.
    pub fn follow(self, mut events: UnboundedReceiver<TapEvent>) {
        while let Some(event) = events.blocking_recv() {
            if let TapEvent::Broken(broken) = &event
                && let Err(error) = self.keep(broken)
            {
                // The error is printed; reports may still be written.
                let _ = error.report();
            }
            if !self.quiet {
                // A closed stream changes nothing.
                let _ = if self.aside { complain(&text(&event)) } else { print(&text(&event)) };
            }
        }
    }

    /// Saves the session as a case.
    fn keep(&self, broken: &BrokenRule) -> Result<(), CommandError> {
        let (Some(folder), Some(case)) = (&self.save, &broken.case) else { return Ok(()) };
        let role = broken.from.word();
        let comment = format!("Seen by wsspec tap before {}: the {role}, {}.", self.server, broken.place);
        destination::write_text(&folder.join(case.file("tap")), &case.to_toml(&clean_line(&comment)))
    }
}

/// One event; every line has its line end.
fn text(event: &TapEvent) -> String {
    match event {
        TapEvent::Broken(broken) => finding(broken),
        TapEvent::Foreign(connection, what) => {
            format!("connection {connection} carries {}: passed on, not judged\n", clean_line(what))
        }
        TapEvent::Unreachable(why) => format!("warning: {}\n", clean_text(why)),
    }
}
