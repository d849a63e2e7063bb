//! `wsspec serve` as its clients see it: cases per second, and what many clients at once cost.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use wsspec_peer::{Client, PeerOutput};

use super::results::BenchResults;
use crate::{failure::RecipeError, process};

/// A case with some frames, and its path.
const CASE: &str = "rfc6455/5.4/ping-between-fragments";
const PATH: &str = "/case/rfc6455/5.4/ping-between-fragments%5Bchop=0%5D?agent=bench";
/// How many cases are requested, one after another by each client.
const CASES: u64 = 5_000;
const CLIENTS: u64 = 4;
/// How many clients connect at once and then send nothing.
const IDLE: usize = 5_000;

/// Measures both.
pub fn measure(wsspec: &Path, results: &mut BenchResults) -> Result<(), RecipeError> {
    let serving = Serving::start(wsspec)?;
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(|client| thread::spawn(serving.plays(client))).collect();
    let played: u64 = clients.into_iter().map(|client| client.join().unwrap_or_default()).sum();
    let rate = played as f64 / start.elapsed().as_secs_f64();
    results.rate("serve, cases a second", rate, &format!("{played} cases, {CLIENTS} clients in one process"));
    let serving = Serving::start(wsspec)?;
    let idle: Vec<TcpStream> = (0..IDLE).filter_map(|_| serving.opened()).collect();
    let note = format!("{} clients at once", idle.len());
    results.memory("serve, memory", process::peak_resident_kib(serving.child.id()), &note);
    Ok(())
}

/// A running `wsspec serve`. Dropping it stops it.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(wsspec: &Path) -> Result<Self, RecipeError> {
        let mut command = Command::new(wsspec);
        command.args(["serve", "--listen", "127.0.0.1:0", "--timeout", "60s", CASE]);
        let mut child = process::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // Anything it does not print is noticed below.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let address = line.strip_prefix("listening on ws://").and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_default().to_owned();
        Ok(Self { child, address })
    }

    /// A client that plays its share of the cases, and returns how many it played.
    fn plays(&self, client: u64) -> impl FnOnce() -> u64 + Send + use<> {
        let address = self.address.clone();
        move || (0..CASES).filter(|case| play(&address, client * CASES + case).is_some()).count() as u64
    }

    /// A connection whose trial has begun but never continues.
    fn opened(&self) -> Option<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        for output in Client::new(&self.address, PATH, 1).take() {
            let PeerOutput::Write(request) = output else { continue };
            stream.write_all(&request).ok()?;
        }
        let mut status = [0; 12];
        stream.read_exact(&mut status).ok().filter(|()| status.ends_with(b" 101"))?;
        Some(stream)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        process::stop(&mut self.child);
    }
}

/// One connection of a conforming client, to its end.
fn play(address: &str, seed: u64) -> Option<()> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_nodelay(true).ok()?;
    let (mut client, mut buffer) = (Client::new(address, PATH, seed), [0; 4096]);
    loop {
        for output in client.take() {
            match output {
                PeerOutput::Write(bytes) => stream.write_all(&bytes).ok()?,
                PeerOutput::Close | PeerOutput::Reset => stream.shutdown(Shutdown::Write).ok()?,
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return Some(()),
            count => client.receive(&buffer[..count]),
        }
    }
}
