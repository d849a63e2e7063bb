//! Proxies tested from both ends: the conforming one passes, and each flaw is seen by the trial that it names.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use wsspec_catalogue::{Catalogue, Filter, IntermediaryKind, Limits, Plan};
use wsspec_peer::ProxyFlaw;
use wsspec_record::{Record, Verdict};
use wsspec_runner::{EmbeddedProxy, Listener, RunOptions, Target, run_through};

async fn run(catalogue: &Catalogue, filter: &[&str], flaw: Option<ProxyFlaw>) -> Arc<Record> {
    let plan = Plan::through_intermediary(
        catalogue,
        &Filter::new(filter, &[]).unwrap(),
        0,
        IntermediaryKind::Reverse,
    );
    assert!(!plan.trials.is_empty(), "no trial is selected by {filter:?}");
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
    let proxy = EmbeddedProxy::start(listener.address(), flaw).unwrap();
    let target = Arc::new(Target::parse(&proxy.url()).unwrap());
    let ends = (&target, &listener, IntermediaryKind::Reverse);
    let options = RunOptions { limits: Limits::with_line(Duration::from_secs(1)), ..RunOptions::default() };
    run_through(&plan, ends, &options, &mut |_| {}, std::future::pending()).await
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
async fn each_flaw_fails_the_trial_that_it_names_by_the_rule_that_it_breaks() {
    let catalogue = catalogue();
    let catalogue = &catalogue;
    let each = ProxyFlaw::all()
        .map(|flaw| async move { (flaw, run(catalogue, &[flaw.caught_by()], Some(flaw)).await) });
    let wrong: Vec<_> = join_all(each)
        .await
        .into_iter()
        .filter_map(|(flaw, record)| {
            let verdicts: Vec<_> = record.trials.iter().map(|trial| &trial.verdict).collect();
            let named = verdicts.iter().filter_map(|verdict| verdict.requirement());
            let missed = verdicts.iter().flat_map(|verdict| verdict.notes()).map(|note| &note.requirement);
            let is_seen = named.chain(missed).any(|requirement| *requirement == *flaw.breaks());
            (!is_seen).then(|| format!("{}: {:?} {verdicts:#?}", flaw.name(), record.aborted))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
