//! Proxies that open tunnels, tested from both ends: the conforming one passes, in all its ways, and each flaw is seen by the trial
//! that it names.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use wsspec_catalogue::{Catalogue, Filter, IntermediaryKind, Limits, Plan};
use wsspec_peer::{ConnectFlaw, ConnectHabit, SocksFlaw};
use wsspec_record::{Record, Verdict};
use wsspec_runner::{
    EmbeddedConnectProxy, EmbeddedSocksProxy, Listener, Proxy, RunOptions, Target, run_through,
};

async fn run(catalogue: &Catalogue, filter: &[&str], proxy: EmbeddedConnectProxy) -> Arc<Record> {
    run_at(catalogue, filter, &proxy.url(), IntermediaryKind::Connect).await
}

/// Through the proxy at this address.
async fn run_at(catalogue: &Catalogue, filter: &[&str], url: &str, kind: IntermediaryKind) -> Arc<Record> {
    let plan = Plan::through_intermediary(catalogue, &Filter::new(filter, &[]).unwrap(), 0, kind);
    assert!(!plan.trials.is_empty(), "no trial is selected by {filter:?}");
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
    let mut target = Target::parse(&format!("ws://{}/", listener.address())).unwrap();
    target.proxy = Some(Proxy::parse(url).unwrap());
    let target = Arc::new(target);
    let options = RunOptions { limits: Limits::with_line(Duration::from_secs(1)), ..RunOptions::default() };
    let ends = (&target, listener, kind);
    run_through(&plan, ends, &options, &mut |_| {}, std::future::pending()).await
}

fn catalogue() -> Catalogue {
    Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn failures(record: &Record, passes: impl Fn(&Verdict) -> bool) -> Vec<(String, Verdict)> {
    assert_eq!(record.aborted, None);
    let wrong = record.trials.iter().filter(|trial| !passes(&trial.verdict));
    wrong.map(|trial| (trial.id.clone(), trial.verdict.clone())).collect()
}

#[tokio::test]
async fn a_conforming_proxy_passes_every_octet() {
    let proxy = EmbeddedConnectProxy::start(None).unwrap();
    let filter =
        ["http-connect", "rfc6455/5.2", "rfc6455/5.4", "rfc6455/5.5.1", "rfc6455/8.1", "rfc7692/6.1"];
    let record = run(&catalogue(), &filter, proxy).await;
    let wrong = failures(&record, |verdict| *verdict == Verdict::Pass);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn no_way_of_a_conforming_proxy_fails() {
    let catalogue = catalogue();
    let each = ConnectHabit::ALL.map(|habit| {
        let proxy = EmbeddedConnectProxy::with_habit(habit).unwrap();
        let filter = ["http-connect", "rfc6455/5.5.1"];
        let catalogue = &catalogue;
        async move { (habit, run(catalogue, &filter, proxy).await) }
    });
    for (habit, record) in join_all(each).await {
        let wrong = failures(&record, |verdict| match verdict {
            Verdict::Pass | Verdict::Lenient { .. } => true,
            Verdict::Skip { .. } => habit == ConnectHabit::NoCredentials,
            _ => false,
        });
        assert!(wrong.is_empty(), "{habit:?}: {wrong:#?}");
    }
}

#[tokio::test]
async fn each_flaw_fails_the_trial_that_it_names_by_the_rule_that_it_breaks() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = ConnectFlaw::all().map(|flaw| async move {
        let proxy = EmbeddedConnectProxy::start(Some(flaw)).unwrap();
        (flaw.name(), flaw.breaks(), run(catalogue, &[flaw.caught_by()], proxy).await)
    });
    assert_seen(join_all(each).await);
}

#[tokio::test]
async fn a_conforming_proxy_for_socks_passes_every_octet() {
    let proxy = EmbeddedSocksProxy::start(None).unwrap();
    let filter = ["socks5", "rfc6455/5.2", "rfc6455/5.4", "rfc6455/5.5.1", "rfc6455/8.1", "rfc7692/6.1"];
    let record = run_at(&catalogue(), &filter, &proxy.url(), IntermediaryKind::Socks5).await;
    let wrong = failures(&record, |verdict| *verdict == Verdict::Pass);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn each_flaw_of_a_proxy_for_socks_is_seen_by_the_trial_that_it_names() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = SocksFlaw::all().map(|flaw| async move {
        let proxy = EmbeddedSocksProxy::start(Some(flaw)).unwrap();
        let record = run_at(catalogue, &[flaw.caught_by()], &proxy.url(), IntermediaryKind::Socks5).await;
        (flaw.name(), flaw.breaks(), record)
    });
    assert_seen(join_all(each).await);
}

/// Each record names the rule that its flaw breaks.
fn assert_seen(records: Vec<(String, &'static str, Arc<Record>)>) {
    let wrong: Vec<_> = records
        .into_iter()
        .filter_map(|(flaw, breaks, record)| {
            let verdicts: Vec<_> = record.trials.iter().map(|trial| &trial.verdict).collect();
            let named = verdicts.iter().filter_map(|verdict| verdict.requirement());
            let missed = verdicts.iter().flat_map(|verdict| verdict.notes()).map(|note| &note.requirement);
            let is_seen = named.chain(missed).any(|requirement| *requirement == *breaks);
            (!is_seen).then(|| format!("{flaw}: {:?} {verdicts:#?}", record.aborted))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
