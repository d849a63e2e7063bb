//! Campaigns in memory: against a server that conforms, and against servers with one flaw each.

mod memory;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use wsspec_campaign::{
    PlayedSession, Ticket, Turn,
    campaign::{Campaign, CampaignSettings, Shard},
    edges::CountedEdges,
    finding::Reaction,
    model::{Abilities, Transition},
};
use wsspec_exchange::{Probe, Setup};
use wsspec_peer::{Flaw, Peer};
use wsspec_record::{Fence, Verdict};
use wsspec_wire::Role;

use self::memory::{client, play, requirements};

fn peer(flaw: Option<Flaw>) -> Peer {
    flaw.map_or_else(Peer::new, Peer::with)
}

fn setup(flaw: Option<Flaw>) -> (Abilities, Arc<Setup>) {
    let base = Arc::new(Setup::client("example.com", "/"));
    let succeeds = |probe: Probe| probe.succeeded(&play(&probe.trial(), &base, &mut peer(flaw)));
    let (echo, pong, deflate) = (succeeds(Probe::Echo), succeeds(Probe::Pings), succeeds(Probe::Deflate));
    let fence = if pong || !echo { Fence::Ping } else { Fence::Echo };
    (Abilities { echo, pong, deflate, ..Abilities::ALL }, Arc::new(Setup { fence, ..Setup::clone(&base) }))
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
                    &PlayedSession {
                        outcome,
                        duration: Duration::from_micros(1),
                        death: None,
                        edges: CountedEdges::default(),
                    },
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
fn the_first_sessions_take_each_transition_of_the_model_once() {
    let (abilities, setup) = setup(None);
    let possible = Transition::all(Role::Server).count() as u64;
    let mut campaign = Campaign::new(settings(abilities, possible));
    drive(&mut campaign, None, &setup, false);
    let summary = campaign.summary();
    assert_eq!(summary.transitions, summary.transitions_possible, "{:?}", campaign.transitions());
    assert_eq!((summary.findings, summary.counts.inconclusive), (0, 0), "{:?}", campaign.findings());
}

#[test]
fn what_a_server_does_not_accept_is_named_by_what_is_unusual_in_it() {
    let flaw = Some(Flaw::RefusesConnectionLists);
    let (abilities, setup) = setup(flaw);
    for seed in 1..=5 {
        let mut campaign = Campaign::new(CampaignSettings { seed, ..settings(abilities, 4000) });
        drive(&mut campaign, flaw, &setup, false);
        let findings = campaign.findings();
        let named: BTreeSet<_> =
            findings.iter().map(|finding| finding.signature.requirement.as_str()).collect();
        assert_eq!(named, BTreeSet::from(["rfc6455#4.2.1:20"]), "seed {seed}: {findings:#?}");
        assert!(findings[0].session.lines().count() == 2, "{}", findings[0].session);
    }
}

/// Drives a campaign against a server that dies of frames with a reserved opcode, `after` so many further sessions have
/// ended; alone, and if it is followed, at once.
fn drive_to_death(campaign: &mut Campaign, setup: &Arc<Setup>, after: usize) {
    let mut dying: Option<usize> = None;
    let mut deaths = 0;
    loop {
        match campaign.turn() {
            Turn::Play(job) => {
                let outcome = play(&job.trial, setup, &mut Peer::new());
                let is_deadly = job.trial.script.to_string().contains("> op:");
                let death =
                    (is_deadly && job.autopsy).then(|| "signal 6 (SIGABRT); it wrote last: why".to_owned());
                if is_deadly && matches!(job.ticket, Ticket::Session(_)) {
                    dying.get_or_insert(after);
                }
                campaign.played(
                    &job,
                    &PlayedSession {
                        outcome,
                        duration: Duration::from_micros(1),
                        death,
                        edges: CountedEdges::default(),
                    },
                );
            }
            Turn::Wait => panic!("nothing is running"),
            Turn::Done => return,
        }
        dying = match dying {
            Some(0) => {
                deaths += 1;
                assert!(!campaign.died().is_empty());
                None
            }
            Some(left) => Some(left - 1),
            None => None,
        };
        if deaths > 3 {
            campaign.close();
        }
    }
}

#[test]
fn a_session_that_kills_the_server_once_it_has_ended_is_found_by_replay() {
    let (abilities, setup) = setup(None);
    for after in [0, 1, 40] {
        let mut campaign = Campaign::new(settings(abilities, 2000));
        drive_to_death(&mut campaign, &setup, after);
        let findings = campaign.findings();
        let death = findings.iter().find(|finding| finding.signature.kind == Reaction::Death);
        let death = death.unwrap_or_else(|| panic!("{after}: {:?}", campaign.summary()));
        assert!(death.session.contains("> op:") && death.session.lines().count() == 1, "{}", death.session);
        let Verdict::Fail { failure } = &death.trial.verdict else { panic!("{:?}", death.trial.verdict) };
        assert!(failure.actual.ends_with("it wrote last: why"), "{failure:?}");
        assert_eq!(campaign.summary().counts.unconfirmed, 0);
    }
}

/// Drives a campaign against a client to its end.
fn drive_client(campaign: &mut Campaign, flaw: Option<Flaw>) {
    let mut seed = 0;
    loop {
        match campaign.turn() {
            Turn::Play(job) => {
                seed += 1;
                let (mut client, setup) = client(flaw, seed);
                let outcome = play(&job.trial, &Arc::new(setup), &mut client);
                campaign.played(
                    &job,
                    &PlayedSession {
                        outcome,
                        duration: Duration::from_micros(1),
                        death: None,
                        edges: CountedEdges::default(),
                    },
                );
            }
            Turn::Wait => panic!("nothing is running"),
            Turn::Done => return,
        }
    }
}

#[test]
fn nothing_is_found_in_a_client_that_conforms() {
    let mut campaign = Campaign::new(settings(Abilities::ALL_OF_CLIENT, 6000));
    drive_client(&mut campaign, None);
    let summary = campaign.summary();
    assert_eq!(
        (summary.findings, summary.counts.failed, summary.counts.inconclusive),
        (0, 0, 0),
        "{summary:?}"
    );
    assert_eq!(summary.transitions, summary.transitions_possible);
}

#[test]
fn flaws_of_clients_are_found() {
    let flaws = [
        (Flaw::AcceptsMasked, "rfc6455#5.1:6"),
        (Flaw::LeavesPongsUnmasked, "rfc6455#5.1:1"),
        (Flaw::AcceptsRsv1, "rfc6455#5.2:6"),
        (Flaw::ChecksNoText, "rfc6455#8.1:2"),
    ];
    for (flaw, requirement) in flaws {
        let mut campaign = Campaign::new(settings(Abilities::ALL_OF_CLIENT, 1500));
        drive_client(&mut campaign, Some(flaw));
        let findings = campaign.findings();
        let found = findings.iter().any(|finding| finding.signature.requirement == requirement);
        assert!(found, "{flaw}: {findings:#?}");
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
            campaign.played(
                &job,
                &PlayedSession {
                    outcome,
                    duration: Duration::from_micros(1),
                    death: None,
                    edges: CountedEdges::default(),
                },
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_sessions_however_many_are_played_at_once() {
    for flaw in [None, Some(Flaw::SendsNoPong)] {
        assert_eq!(scripts(flaw, false), scripts(flaw, true));
    }
}
