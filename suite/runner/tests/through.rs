//! Proxies tested from both ends: the conforming one passes, and each flaw is seen by the trial that it names.

use std::sync::Arc;

use futures_util::future::join_all;
use wsspec_catalogue::{Catalogue, Filter, Plan};
use wsspec_peer::ProxyFlaw;
use wsspec_record::{Record, Verdict};
use wsspec_runner::{EmbeddedProxy, Listener, RunOptions, Target, run_through, through_intermediary};
use wsspec_wire::Role;

async fn run(filter: &[&str], flaw: Option<ProxyFlaw>) -> Arc<Record> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let plan = Plan::new(&catalogue, &Filter::new(filter, &[]).unwrap(), Role::Server, 0).over_http1();
    let plan = through_intermediary(plan);
    assert!(!plan.trials.is_empty(), "no trial is selected by {filter:?}");
    let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
    let proxy = EmbeddedProxy::start(listener.address(), flaw).unwrap();
    let target = Arc::new(Target::parse(&proxy.url()).unwrap());
    let ends = (&target, &listener);
    run_through(&plan, ends, &RunOptions::default(), &mut |_| {}, std::future::pending()).await
}

#[tokio::test]
async fn a_conforming_proxy_passes_what_it_is_given() {
    let record = run(&["rfc6455/5.1", "rfc6455/5.4", "rfc6455/5.5.1", "rfc7692/6.1"], None).await;
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
    let each = ProxyFlaw::all().map(|flaw| async move { (flaw, run(&[flaw.caught_by()], Some(flaw)).await) });
    let wrong: Vec<_> = join_all(each)
        .await
        .into_iter()
        .filter_map(|(flaw, record)| {
            let verdicts: Vec<_> = record.trials.iter().map(|trial| &trial.verdict).collect();
            let broken = verdicts.iter().filter_map(|verdict| verdict.failure());
            let is_seen = broken.clone().any(|failure| failure.requirement == *flaw.breaks());
            (!is_seen).then(|| format!("{}: {:?} {:?}", flaw.name(), record.aborted, broken.map(|failure| (failure.requirement.to_string(), failure.headline())).next()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
