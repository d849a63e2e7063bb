//! `wstest`: the command line of Autobahn|Testsuite, for scripts that call it.
//!
//! Its exit code is 0 after a completed run, whatever the verdicts: scripts read the reports.

mod client;
mod echo;
mod listen;
mod player;
mod results;
mod server;

use std::{fs, net::IpAddr, path::Path};

use wsspec_autobahn::{ClientSpec, ServerSpec, SpecError};
use wsspec_runner::OriginPolicy;

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, complain, print},
    output::destination,
    runtime,
};

/// A stand-in for Autobahn|Testsuite's `wstest`: the same spec files, cases, verdicts and reports.
#[derive(Debug, clap::Parser)]
#[command(name = "wstest", max_term_width = 100)]
pub struct Standalone {
    #[command(flatten)]
    args: WstestArgs,
}

/// Options as Autobahn|Testsuite has them.
#[derive(Debug, clap::Args)]
pub struct WstestArgs {
    /// What to do
    #[arg(short, long, value_enum, required_unless_present = "autobahnversion")]
    mode: Option<Mode>,
    /// Spec file; without it, `fuzzingclient.json` or `fuzzingserver.json` in the working directory, created if missing
    #[arg(short, long, value_name = "FILE")]
    spec: Option<String>,
    /// Address of a server, or to listen on
    #[arg(short, long, value_name = "URI")]
    wsuri: Option<String>,
    /// Accepted and ignored: there are no web pages to serve
    #[arg(short = 'u', long, value_name = "PORT", default_value_t = 8080)]
    webport: u16,
    /// PEM file with the private key
    #[arg(short, long, value_name = "FILE")]
    key: Option<String>,
    /// PEM file with the certificate
    #[arg(short, long, value_name = "FILE")]
    cert: Option<String>,
    /// Name that `testeeclient` gives itself
    #[arg(short, long, value_name = "NAME")]
    ident: Option<String>,
    /// Accepted and ignored
    #[arg(short, long, value_name = "FILE")]
    outfile: Option<String>,
    /// Accepted and ignored: reports always hold everything
    #[arg(short, long)]
    debug: bool,
    /// Address to listen on, in place of the host of the spec or of `--wsuri`
    #[arg(long, value_name = "ADDRESS", env = "WSSPEC_WSTEST_LISTEN")]
    listen: Option<IpAddr>,
    /// Origin whose web pages may play cases, beside those of this machine: `https://example.org`, `null` (pages from
    /// files), or `*` for all
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Print the version
    #[arg(short, long, visible_alias = "version")]
    autobahnversion: bool,
}

/// `--mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Mode {
    /// Test servers
    #[value(name = "fuzzingclient")]
    FuzzingClient,
    /// Test the clients that connect
    #[value(name = "fuzzingserver")]
    FuzzingServer,
    /// Send back what clients send
    #[value(name = "echoserver", alias = "testeeserver")]
    EchoServer,
    /// Send back what a server sends
    #[value(name = "echoclient")]
    EchoClient,
    /// Ask a fuzzing server for all its cases, and send back what it sends
    #[value(name = "testeeclient")]
    TesteeClient,
}

/// Whether the program was called as `wstest`.
pub fn is_called() -> bool {
    std::env::args_os()
        .next()
        .is_some_and(|name| Path::new(&name).file_stem().is_some_and(|stem| stem == "wstest"))
}

/// Runs the program as `wstest`.
pub fn standalone() -> Result<ExitStatus, CommandError> {
    let Standalone { args } = clap::Parser::parse();
    run(&args)
}

/// Runs the chosen mode.
pub fn run(args: &WstestArgs) -> Result<ExitStatus, CommandError> {
    let Some(mode) = args.mode.filter(|_| !args.autobahnversion) else {
        print(&format!("wsspec {}, in place of Autobahn|Testsuite 25.10.1\n", env!("CARGO_PKG_VERSION")))?;
        return Ok(ExitStatus::Success);
    };
    let runtime = runtime::of_all_processors()?;
    let uri = || {
        args.wsuri
            .as_deref()
            .ok_or_else(|| CommandError::Usage("this mode needs an address: --wsuri URI".into()))
    };
    match mode {
        Mode::FuzzingClient => {
            let (path, text) = spec(args, "fuzzingclient.json", ClientSpec::DEFAULT)?;
            let spec = ClientSpec::parse(&text, args.wsuri.as_deref()).map_err(unusable(&path))?;
            note(&path, &spec.notes)?;
            runtime.block_on(client::run(spec))?;
        }
        Mode::FuzzingServer => {
            let (path, text) = spec(args, "fuzzingserver.json", ServerSpec::DEFAULT)?;
            let mut spec = ServerSpec::parse(&text, args.wsuri.as_deref()).map_err(unusable(&path))?;
            note(&path, &spec.notes)?;
            spec.key = args.key.as_ref().map(Into::into).or(spec.key);
            spec.cert = args.cert.as_ref().map(Into::into).or(spec.cert);
            runtime.block_on(server::run(spec, args.listen, OriginPolicy::allowing(&args.allow_origin)))?;
        }
        Mode::EchoServer => {
            let tls = args.key.as_ref().map(Path::new).zip(args.cert.as_ref().map(Path::new));
            runtime.block_on(echo::serve(uri()?, args.listen, tls))?;
        }
        Mode::EchoClient => runtime.block_on(echo::connect(uri()?))?,
        Mode::TesteeClient => {
            let agent = args.ident.as_deref().unwrap_or(concat!("wsspec/", env!("CARGO_PKG_VERSION")));
            runtime.block_on(echo::be_tested(uri()?, agent))?;
        }
    }
    Ok(ExitStatus::Success)
}

fn unusable(path: &str) -> impl Fn(SpecError) -> CommandError {
    move |error| CommandError::Usage(format!("`{path}`: {error}"))
}

/// Prints which settings of a spec have no effect.
fn note(path: &str, notes: &[String]) -> Result<(), CommandError> {
    notes.iter().try_for_each(|note| complain(&format!("warning: `{path}`: {note}\n")))
}

/// The spec's path and text. If it is missing, a default one is written, to start from.
fn spec(args: &WstestArgs, name: &str, default: &str) -> Result<(String, String), CommandError> {
    let (path, given) = args.spec.as_deref().map_or((name, false), |path| (path, true));
    if !given && !Path::new(path).exists() {
        let written = fs::write(path, default);
        written.map_err(|error| CommandError::Usage(format!("cannot write `{path}`: {error}")))?;
        print(&format!("Wrote {path}, to start from\n"))?;
    }
    let read = fs::read_to_string(path).map(|text| (path.to_owned(), text));
    read.map_err(|error| CommandError::Usage(format!("cannot read the spec file `{path}`: {error}")))
}

/// Writes the named files into a folder, which is created if missing.
fn write(folder: &Path, files: impl IntoIterator<Item = (String, String)>) -> Result<(), CommandError> {
    let failed =
        |path: &Path, error| CommandError::Usage(format!("cannot write `{}`: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    files.into_iter().try_for_each(|(name, text)| destination::write_text(&folder.join(name), &text))
}

/// The current time in the format of the reports: `2026-01-31T12:00:00.123Z`.
fn timestamp() -> String {
    let now = std::time::SystemTime::now();
    let text = humantime::format_rfc3339_millis(now);
    text.to_string()
}
