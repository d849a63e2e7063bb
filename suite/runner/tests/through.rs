//! Proxies tested from both ends: the conforming one passes, and each flaw is seen by the trial that it names.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use wsspec_catalogue::{Catalogue, Filter, IntermediaryKind, Limits, Plan};
use wsspec_peer::{GatewayFlaw, ProxyFlaw, UpgradeGatewayFlaw};
use wsspec_record::{Record, Verdict};
use wsspec_runner::{EmbeddedGateway, EmbeddedProxy, Http2Start, Listener, RunOptions, Target, run_through};

fn plan(catalogue: &Catalogue, filter: &[&str]) -> Plan {
    let filter = Filter::new(filter, &[]).unwrap();
    let plan = Plan::through_intermediary(catalogue, &filter, 0, IntermediaryKind::Reverse);
    assert!(!plan.trials.is_empty(), "no trial is selected by {filter:?}");
    plan
}

async fn run(catalogue: &Catalogue, filter: &[&str], flaw: Option<ProxyFlaw>) -> Arc<Record> {
    let plan = plan(catalogue, filter).over_http1().over_http1_behind();
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
    let proxy = EmbeddedProxy::start(listener.address(), flaw).unwrap();
    let target = Target::parse(&proxy.url()).unwrap();
    play(&plan, target, listener).await
}

/// The same, with HTTP/2 in front.
async fn run_over_http2(catalogue: &Catalogue, filter: &[&str], flaw: Option<GatewayFlaw>) -> Arc<Record> {
    let plan = plan(catalogue, filter).over_http2().over_http1_behind();
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
    let gateway = EmbeddedGateway::start(listener.address(), flaw).unwrap();
    let mut target = Target::parse(&gateway.url()).unwrap();
    target.http2 = Some(Http2Start::PriorKnowledge);
    play(&plan, target, listener).await
}

/// The same, with HTTP/2 behind.
async fn run_to_http2(
    catalogue: &Catalogue,
    filter: &[&str],
    flaw: Option<UpgradeGatewayFlaw>,
) -> Arc<Record> {
    let plan = plan(catalogue, filter).over_http1();
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap().with_http2();
    let gateway = EmbeddedGateway::to_http2(listener.address(), flaw).unwrap();
    let target = Target::parse(&gateway.url()).unwrap();
    play(&plan, target, listener).await
}

async fn play(plan: &Plan, target: Target, listener: Listener) -> Arc<Record> {
    let target = Arc::new(target);
    let ends = (&target, listener, IntermediaryKind::Reverse);
    let options = RunOptions { limits: Limits::with_line(Duration::from_secs(1)), ..RunOptions::default() };
    run_through(plan, ends, &options, &mut |_| {}, std::future::pending()).await
}

fn catalogue() -> Catalogue {
    Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[tokio::test]
async fn a_conforming_proxy_passes_what_it_is_given() {
    let record = run(
        &catalogue(),
        &["rfc6455/5.1", "rfc6455/5.4", "rfc6455/5.5.1", "rfc7692/6.1", "intermediaries"],
        None,
    )
    .await;
    assert_passes(&record);
}

fn assert_passes(record: &Record) {
    assert_eq!(record.aborted, None);
    let wrong: Vec<_> = record
        .trials
        .iter()
        .filter(|trial| !matches!(trial.verdict, Verdict::Pass | Verdict::Skip { .. }))
        .map(|trial| (&trial.id, &trial.verdict))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_conforming_gateway_passes_what_it_is_given_over_http2() {
    let filter = [
        "rfc6455/5.1",
        "rfc6455/5.4",
        "rfc6455/5.5.1",
        "rfc7692/6.1",
        "rfc8441",
        "rfc9113",
        "intermediaries",
    ];
    let record = run_over_http2(&catalogue(), &filter, None).await;
    assert_passes(&record);
    let skipped = record.trials.iter().filter(|trial| matches!(trial.verdict, Verdict::Skip { .. })).count();
    assert!(skipped * 3 < record.trials.len(), "{skipped} of {} are skipped", record.trials.len());
}

#[tokio::test]
async fn a_conforming_gateway_to_http2_passes_what_it_is_given() {
    let filter =
        ["rfc6455/5.1", "rfc6455/5.4", "rfc6455/5.5.1", "rfc6455/7.1.5", "rfc7692/6.1", "intermediaries"];
    let record = run_to_http2(&catalogue(), &filter, None).await;
    assert_passes(&record);
    let skipped = record.trials.iter().filter(|trial| matches!(trial.verdict, Verdict::Skip { .. })).count();
    assert!(skipped * 3 < record.trials.len(), "{skipped} of {} are skipped", record.trials.len());
}

#[tokio::test]
async fn a_conforming_gateway_with_http2_at_both_ends_passes_what_it_is_given() {
    let filter = ["rfc6455/5.1", "rfc6455/5.4", "rfc6455/5.5.1", "rfc8441", "rfc9113", "intermediaries"];
    let plan = plan(&catalogue(), &filter).over_http2();
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap().with_http2();
    let gateway = EmbeddedGateway::between_http2(listener.address()).unwrap();
    let mut target = Target::parse(&gateway.url()).unwrap();
    target.http2 = Some(Http2Start::PriorKnowledge);
    let record = play(&plan, target, listener).await;
    assert_passes(&record);
}

#[tokio::test]
async fn what_a_proxy_speaks_to_the_server_has_to_be_what_the_server_speaks() {
    let catalogue = catalogue();
    let plan = plan(&catalogue, &["rfc6455/5.1"]).over_http1();
    let aborted = async |offers: bool| {
        let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
        let listener = if offers { listener.with_http2() } else { listener };
        let url = match offers {
            true => {
                EmbeddedProxy::start(listener.address(), None).map(|proxy| (proxy.url(), Some(proxy), None))
            }
            false => EmbeddedGateway::to_http2(listener.address(), None)
                .map(|gateway| (gateway.url(), None, Some(gateway))),
        };
        let (url, _proxy, _gateway) = url.unwrap();
        play(&plan, Target::parse(&url).unwrap(), listener).await.aborted.clone().unwrap_or_default()
    };
    let (over_http1, over_http2) = (aborted(true).await, aborted(false).await);
    assert!(
        over_http1.contains("over HTTP/1.1") && over_http1.contains("leave out --backend-http2"),
        "{over_http1}"
    );
    assert!(
        over_http2.contains("over HTTP/2") && over_http2.contains("give --backend-http2"),
        "{over_http2}"
    );
}

#[tokio::test]
async fn each_flaw_of_a_gateway_to_http2_fails_the_trial_that_it_names_by_the_rule_that_it_breaks() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = UpgradeGatewayFlaw::all().map(|flaw| async move {
        let record = run_to_http2(catalogue, &[flaw.caught_by()], Some(flaw)).await;
        (format!("{flaw:?}"), flaw.breaks(), record)
    });
    assert_seen(join_all(each).await);
}

#[tokio::test]
async fn each_flaw_of_a_gateway_fails_the_trial_that_it_names_by_the_rule_that_it_breaks() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = GatewayFlaw::all().map(|flaw| async move {
        let record = run_over_http2(catalogue, &[flaw.caught_by()], Some(flaw)).await;
        (format!("{flaw:?}"), flaw.breaks(), record)
    });
    assert_seen(join_all(each).await);
}

#[tokio::test]
async fn each_flaw_fails_the_trial_that_it_names_by_the_rule_that_it_breaks() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = ProxyFlaw::all().map(|flaw| async move {
        (flaw.name(), flaw.breaks(), run(catalogue, &[flaw.caught_by()], Some(flaw)).await)
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
