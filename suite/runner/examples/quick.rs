#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
use std::{collections::BTreeMap, sync::Arc};
use wsspec_exchange::*;
use wsspec_runner::*;
use wsspec_script::*;
use wsspec_wire::Role;
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let t0 = std::time::Instant::now();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let catalogue = Catalogue::embedded().unwrap();
    let t1 = t0.elapsed();
    let server = EmbeddedServer::start().unwrap();
    let url = args.first().filter(|u| u.starts_with("ws")).cloned().unwrap_or_else(|| server.url());
    let filters: Vec<String> =
        args.iter().filter(|a| !a.starts_with("ws:") && !a.starts_with('-')).cloned().collect();
    let filter = Filter::new(&filters, &[]).unwrap();
    let plan = Plan::new(&catalogue, &filter, Role::Server, 0);
    let target = Arc::new(Target::parse(&url).unwrap());
    let verbose = args.iter().any(|a| a == "-v");
    let record = run_plan(
        &plan,
        &target,
        &RunOptions::default(),
        &mut |e| {
            if let RunEvent::Incident(x) = e {
                println!("INCIDENT {x}");
            }
        },
        std::future::pending(),
    )
    .await;
    let mut counts = BTreeMap::new();
    for t in &record.trials {
        *counts.entry(t.verdict.word()).or_insert(0) += 1;
        match &t.verdict {
            Verdict::Fail { failure } | Verdict::Flaky { failure } => {
                println!(
                    "{} {} L{} {} [{}]",
                    t.verdict.word(),
                    t.id,
                    failure.line,
                    failure.headline(),
                    failure.requirement
                );
            }
            Verdict::Inconclusive { why } => println!("INC {} {why}", t.id),
            Verdict::Skip { reason } if verbose => println!("skip {} {reason}", t.id),
            Verdict::Lenient { notes } if verbose => println!("lenient {} {:?}", t.id, notes),
            _ => {}
        }
        if verbose && (filters.len() == 1) {
            for s in &t.script {
                println!("   {} {}", s.number, s.text);
            }
            for e in &t.transcript {
                println!("     {:>7} {} {:?} {} -- {}", e.at_us, e.line, e.event, e.text, e.remark);
            }
        }
    }
    println!(
        "{counts:?} aborted={:?} load {t1:?} run {}us total {:?} rtt {}us conns {}",
        record.aborted,
        record.duration_us,
        t0.elapsed(),
        record.peer.round_trip_us,
        record.peer.connections
    );
}
