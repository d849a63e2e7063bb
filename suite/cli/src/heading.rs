//! The headings of options in `--help`, one per topic.

/// What is tested, and the settings file that names it.
pub const TARGET: &str = "Target";
/// A server that is started for the run.
pub const SERVER: &str = "Server to start";
/// A client that is started for the run.
pub const CLIENT: &str = "Client to start";
/// Which cases, from where, and with which seed.
pub const SELECTION: &str = "Selection";
/// Time limits and the number of connections at once.
pub const TIME: &str = "Time and connections";
/// What counts as a failure.
pub const VERDICT: &str = "Verdict";
/// What is sent with every opening handshake.
pub const HANDSHAKE: &str = "Opening handshake";
/// What carries connections.
pub const CARRIER: &str = "Carrier";
/// What rides on the connection.
pub const PROTOCOL: &str = "Protocol on top";
/// Certificates and keys.
pub const TLS: &str = "TLS";
/// The course of a campaign.
pub const CAMPAIGN: &str = "Campaign";
/// What a decoder supports, and what it may leave out.
pub const DEMANDS: &str = "Demands on the decoder";
/// What is printed and written.
pub const OUTPUT: &str = "Output";

#[cfg(test)]
mod tests {
    use clap::{Arg, Command, CommandFactory};

    use super::*;
    use crate::command::Cli;

    /// The heading of each option, for all commands; exceptions of a command come first.
    const PLACES: &[(&str, &[&str])] = &[
        (TARGET, &["config", "listen", "to", "address", "allow-origin", "proxy", "backend", "kind"]),
        (SERVER, &["spawn", "spawn-timeout"]),
        (CLIENT, &["exec", "client"]),
        (
            SELECTION,
            &[
                "exclude",
                "extra",
                "cases",
                "no-builtin",
                "known-bugs",
                "last-failed",
                "dry-run",
                "seed",
                "coverage",
                "spec",
            ],
        ),
        (
            TIME,
            &[
                "timeout",
                "connect-timeout",
                "request-timeout",
                "jobs",
                "max-connections",
                "max-time",
                "max-failures",
                "fail-fast",
            ],
        ),
        (VERDICT, &["strict", "known", "bless"]),
        (
            HANDSHAKE,
            &["header", "origin", "allowed-origin", "foreign-origin", "subprotocol", "user", "bearer"],
        ),
        (CARRIER, &["backend-http2", "carrier", "http2", "http2-prior-knowledge", "http3"]),
        (PROTOCOL, &["protocol", "login", "passcode", "host-header", "destination-prefix"]),
        (TLS, &["ca-file", "insecure", "client-cert", "client-key", "sni", "tls", "tls-cert", "tls-key"]),
        (CAMPAIGN, &["duration", "sessions", "findings", "inputs", "shard", "corpus", "edges"]),
        (
            DEMANDS,
            &["limit", "text-unchecked", "no-pings", "no-pongs", "no-close-bodies", "frames", "deflate"],
        ),
        (
            OUTPUT,
            &[
                "json", "junit", "markdown", "sarif", "tap", "badge", "html", "github", "payloads", "quiet",
                "each", "verbose", "color", "save", "format", "members", "tags", "out", "force", "check",
            ],
        ),
    ];

    /// Options that have another heading in one command.
    const ELSEWHERE: &[(&str, &str, &[&str])] = &[
        ("wsspec fuzz", CAMPAIGN, &["seed", "jobs", "out"]),
        ("wsspec fuzz decoder", CAMPAIGN, &["seed", "jobs", "out", "timeout"]),
        ("wsspec fuzz decoder", TARGET, &["exec"]),
    ];

    fn meant(command: &str, option: &str) -> Option<&'static str> {
        let own =
            ELSEWHERE.iter().filter(|(of, ..)| *of == command).map(|(_, heading, names)| (heading, names));
        let all = own.chain(PLACES.iter().map(|(heading, names)| (heading, names)));
        all.into_iter().find(|(_, names)| names.contains(&option)).map(|(heading, _)| *heading)
    }

    /// What is wrong with the heading of an argument; positional arguments have none.
    fn misplaced(command: &str, arg: &Arg) -> Option<String> {
        let name = arg.get_long().unwrap_or(arg.get_id().as_str());
        let wanted = match name {
            _ if arg.is_positional() => None,
            "help" | "version" => None,
            name => match meant(command, name) {
                Some(heading) => Some(heading),
                None => {
                    return Some(format!(
                        "`{command} --{name}`: give it a heading, and a place in this test"
                    ));
                }
            },
        };
        (arg.get_help_heading() != wanted)
            .then(|| format!("`{command} --{name}` is under {:?}, not {wanted:?}", arg.get_help_heading()))
    }

    fn all_misplaced(path: &str, command: &Command, found: &mut Vec<String>) {
        // The options of `wstest` are Autobahn's.
        if command.get_name() == "wstest" {
            return;
        }
        found.extend(command.get_arguments().filter_map(|arg| misplaced(path, arg)));
        for inner in command.get_subcommands() {
            all_misplaced(&format!("{path} {}", inner.get_name()), inner, found);
        }
    }

    #[test]
    fn every_option_stands_under_the_heading_of_its_topic() {
        let mut found = Vec::new();
        all_misplaced("wsspec", &Cli::command(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn an_option_under_another_heading_is_found() {
        let wrong = Command::new("run").arg(Arg::new("jobs").long("jobs").help_heading(TLS));
        let mut found = Vec::new();
        all_misplaced("wsspec run", &wrong, &mut found);
        assert_eq!(found, [r#"`wsspec run --jobs` is under Some("TLS"), not Some("Time and connections")"#]);
        let new = Command::new("run").arg(Arg::new("new").long("new"));
        found.clear();
        all_misplaced("wsspec run", &new, &mut found);
        assert_eq!(found, ["`wsspec run --new`: give it a heading, and a place in this test"]);
    }
}
