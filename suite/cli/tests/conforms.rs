//! What a user of tokio-tungstenite writes, and its output: a test for each trial of an echo server. With arguments
//! this program is that test; without, it runs itself with several sets of arguments.

use std::{
    env,
    net::SocketAddr,
    process::{Command, ExitCode, Output},
    thread,
};

use futures_util::StreamExt;
use tokio::{net::TcpListener, runtime::Builder};
use tokio_tungstenite::accept_async;
use wsspec::suite::{ConformanceSuite, ServerUnderTest};

/// The known bugs of the server.
const KNOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runner/src/embedded/known.toml");
/// If set, these bugs are expected.
const EXPECTED: &str = "CONFORMS_EXPECTED";

fn main() -> ExitCode {
    if env::args().any(|arg| arg.contains("rfc6455") || arg == "nosuch") {
        return conforms();
    }
    each_trial_is_a_test();
    a_failure_prints_the_transcript();
    what_is_known_is_ignored();
    nothing_is_started_for_a_list();
    ExitCode::SUCCESS
}

fn conforms() -> ExitCode {
    let suite = ConformanceSuite::new(ServerUnderTest::start(start)).exclude("tag:slow");
    if env::var_os(EXPECTED).is_some() { suite.known_file(KNOWN).main() } else { suite.main() }
}

/// An echo server on its own thread.
fn start() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(serve(listener));
    });
    address
}

async fn serve(listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).expect("a runtime");
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let Ok(socket) = accept_async(stream).await else { return };
            let (sink, source) = socket.split();
            let messages = source.take_while(|message| {
                let goes_on = message.as_ref().is_ok_and(|message| !message.is_close());
                async move { goes_on }
            });
            let echoed = messages.filter(|message| {
                let echo = message.as_ref().is_ok_and(|message| message.is_text() || message.is_binary());
                async move { echo }
            });
            let _ = echoed.forward(sink).await;
        });
    }
}

fn itself(args: &[&str], expected: bool) -> Output {
    let mut command = Command::new(env::current_exe().expect("a path"));
    command.args(args).env_remove(EXPECTED);
    command.envs(expected.then_some((EXPECTED, "1"))).output().expect("it runs")
}

/// Its output, without padding.
fn said(output: &Output) -> String {
    let lines = std::str::from_utf8(&output.stdout).expect("text").lines();
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.map(|line| line + "\n").collect()
}

fn each_trial_is_a_test() {
    let output = itself(&["rfc6455/5.5.2/"], false);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("test rfc6455/5.5.2/ping ... ok\n"), "{}", said(&output));
    let one = itself(&["--exact", "rfc6455/5.5.2/ping"], false);
    assert!(said(&one).contains("test result: ok. 1 passed; 0 failed; 0 ignored;"), "{}", said(&one));
}

fn a_failure_prints_the_transcript() {
    let output = itself(&["rfc6455/4.2.1/host-missing"], false);
    assert_eq!(output.status.code(), Some(101), "{}", said(&output));
    assert!(said(&output).contains("test rfc6455/4.2.1/host-missing ... FAILED\n"), "{}", said(&output));
    assert!(said(&output).contains("\nfound expected a 4xx response"), "{}", said(&output));
}

fn what_is_known_is_ignored() {
    let output = itself(&["rfc6455/4.2.1/host-missing"], true);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("test rfc6455/4.2.1/host-missing ... ignored (known: "),
        "{}",
        said(&output)
    );
}

fn nothing_is_started_for_a_list() {
    let output = itself(&["--list", "rfc6455/5.5.2/ping"], false);
    assert!(said(&output).contains("rfc6455/5.5.2/ping: test\n"), "{}", said(&output));
    let nothing = itself(&["nosuch"], false);
    assert!(nothing.status.success() && said(&nothing).contains(" 0 passed; "), "{}", said(&nothing));
}
