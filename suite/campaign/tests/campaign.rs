//! Campaigns in memory: against a server that conforms, and against servers with one flaw each.

mod memory;

use std::{sync::Arc, time::Duration};

use wsspec_campaign::{
    PlayedSession, Ticket, Turn,
    campaign::{Campaign, CampaignSettings, Shard},
    model::Abilities,
};
use wsspec_exchange::{Probe, Setup};
use wsspec_peer::{Flaw, Peer};
use wsspec_record::Fence;

use self::memory::{play, requirements};

fn peer(flaw: Option<Flaw>) -> Peer {
    flaw.map_or_else(Peer::new, Peer::with)
}

fn setup(flaw: Option<Flaw>) -> (Abilities, Arc<Setup>) {
    let base = Arc::new(Setup::client("example.com", "/"));
    let succeeds = |probe: Probe| probe.succeeded(&play(&probe.trial(), &base, &mut peer(flaw)));
    let (echo, pong, deflate) = (succeeds(Probe::Echo), succeeds(Probe::Pings), succeeds(Probe::Deflate));
    let fence = if pong || !echo { Fence::Ping } else { Fence::Echo };
    (Abilities { echo, pong, deflate, binary: true }, Arc::new(Setup { fence, ..Setup::clone(&base) }))
}

fn settings(abilities: Abilities, sessions: u64) -> CampaignSettings {
    CampaignSettings {
        seed: 1,
        shard: Shard::default(),
        sessions: Some(sessions),
        abilities,
        target: "memory".into(),
        requirements: requirements(),
    }
}

/// Drives a campaign to its end, or to its first finding.
fn drive(campaign: &mut Campaign, flaw: Option<Flaw>, setup: &Arc<Setup>, first_only: bool) {
    loop {
        match campaign.turn() {
            Turn::Play(job) => {
                let outcome = play(&job.trial, setup, &mut peer(flaw));
                campaign.played(
                    &job,
                    &PlayedSession { outcome, duration: Duration::from_micros(1), death: None },
                );
            }
            Turn::Wait => panic!("nothing is running"),
            Turn::Done => return,
        }
        if first_only && !campaign.findings().is_empty() {
            return;
        }
    }
}

#[test]
fn nothing_is_found_in_a_server_that_conforms() {
    let (abilities, setup) = setup(None);
    let mut campaign = Campaign::new(settings(abilities, 20_000));
    drive(&mut campaign, None, &setup, false);
    let summary = campaign.summary();
    assert_eq!(
        (summary.findings, summary.counts.failed, summary.counts.inconclusive),
        (0, 0, 0),
        "{summary:?}"
    );
    assert_eq!(summary.counts.sessions, 20_000);
    assert_eq!(summary.transitions, summary.transitions_possible);
}

/// Flaws of all kinds that a few thousand sessions must find; for how many are found at all, see `cargo xtask
/// planted`.
const FLAWS: [Flaw; 16] = [
    Flaw::SendsNoPong,
    Flaw::AltersPongs,
    Flaw::MasksFrames,
    Flaw::AcceptsRsv1,
    Flaw::AcceptsUnmasked,
    Flaw::IgnoresOrphans,
    Flaw::JoinsMessages,
    Flaw::ChecksNoText,
    Flaw::AcceptsSurrogates,
    Flaw::KeepsLastFragment,
    Flaw::UnmasksWholeWords,
    Flaw::PongsAfterMessageOnly,
    Flaw::DropsOnReason,
    Flaw::InflatesFramesAlone,
    Flaw::FailsAndStays,
    Flaw::AcceptsOtherVersions,
];

#[test]
fn flaws_are_found_and_shrunk_to_a_few_lines() {
    let mut lines = Vec::new();
    for flaw in FLAWS {
        let (abilities, setup) = setup(Some(flaw));
        let mut campaign = Campaign::new(settings(abilities, 6000));
        drive(&mut campaign, Some(flaw), &setup, true);
        let findings = campaign.findings();
        let first = findings.first().unwrap_or_else(|| panic!("{flaw}: {:?}", campaign.summary()));
        assert!(first.trial.verdict.is_fail(), "{flaw}");
        lines.push(first.trial.script.len());
    }
    lines.sort_unstable();
    assert!(lines[lines.len() / 2] <= 5, "{lines:?}");
}

#[test]
fn a_finding_is_reported_once_and_counted() {
    let flaw = Some(Flaw::SendsNoPong);
    let (abilities, setup) = setup(flaw);
    let mut campaign = Campaign::new(settings(abilities, 2000));
    drive(&mut campaign, flaw, &setup, false);
    let findings = campaign.findings();
    let mut signatures: Vec<_> = findings.iter().map(|finding| &finding.signature).collect();
    signatures.dedup();
    assert_eq!(signatures.len(), findings.len());
    assert!(findings.len() <= 8, "{signatures:#?}");
    assert!(findings.iter().any(|finding| finding.count > 10), "{findings:#?}");
}

/// The trials of the first sessions, played in the order to which `shuffle` changes each dozen.
fn scripts(flaw: Option<Flaw>, shuffle: bool) -> Vec<String> {
    let (abilities, setup) = setup(flaw);
    let mut campaign = Campaign::new(settings(abilities, 3000));
    let mut scripts = Vec::new();
    let mut jobs = Vec::new();
    loop {
        match campaign.turn() {
            Turn::Play(job) => {
                if let Ticket::Session(_) = job.ticket {
                    scripts.push(job.trial.script.to_string());
                }
                jobs.push(job);
                if shuffle && jobs.len() < 12 {
                    continue;
                }
            }
            Turn::Done if jobs.is_empty() => return scripts,
            Turn::Wait | Turn::Done => {}
        }
        while let Some(job) = jobs.pop() {
            let outcome = play(&job.trial, &setup, &mut peer(flaw));
            campaign
                .played(&job, &PlayedSession { outcome, duration: Duration::from_micros(1), death: None });
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_sessions_however_many_are_played_at_once() {
    for flaw in [None, Some(Flaw::SendsNoPong)] {
        assert_eq!(scripts(flaw, false), scripts(flaw, true));
    }
}
