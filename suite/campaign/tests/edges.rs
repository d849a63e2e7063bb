//! Campaigns in memory against a server that counts the edges of its code.

mod memory;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use wsspec_campaign::{
    Job, PlayedSession, Ticket, Turn,
    campaign::{BLOCK, Campaign, CampaignRecord, CampaignSettings, Corpus, Shard},
    edges::CountedEdges,
    model::{Abilities, predict},
};
use wsspec_exchange::Setup;
use wsspec_peer::Peer;

use self::memory::{play, requirements};

/// How many edges the server has.
const EDGES: u32 = 13;
/// The first sessions reach no edges here: a campaign does not look into those that they reach.
const FIRST: u64 = 2 * BLOCK;
/// Sessions that run at once.
const AT_ONCE: usize = 5;

fn settings(sessions: u64) -> CampaignSettings {
    CampaignSettings {
        seed: 1,
        shard: Shard::default(),
        sessions: Some(sessions),
        abilities: Abilities::ALL,
        target: "memory".into(),
        requirements: requirements(),
    }
}

/// The edge that a session takes: one that the model knows nothing about.
fn edge_of(script: &str) -> u32 {
    u32::try_from(script.len()).unwrap() % EDGES
}

fn counted(taken: impl IntoIterator<Item = u32>, alone: bool) -> CountedEdges {
    CountedEdges { of: EDGES, taken: BTreeSet::from_iter(taken).into_iter().collect(), alone }
}

fn played(job: &Job, setup: &Arc<Setup>, edges: CountedEdges) -> PlayedSession {
    let outcome = play(&job.trial, setup, &mut Peer::new());
    PlayedSession { outcome, duration: Duration::from_micros(1), death: None, edges }
}

/// Drives a campaign to its end, with several sessions at once. What they count is learned at the end of the first of
/// them that ends. Returns how many sessions were replayed.
fn drive(campaign: &mut Campaign, count: bool) -> usize {
    let setup = Arc::new(Setup::client("example.com", "/"));
    let (mut running, mut replays): (VecDeque<Job>, _) = (VecDeque::new(), 0);
    let edges = |taken: Vec<u32>, alone| if count { counted(taken, alone) } else { CountedEdges::default() };
    let edge = |job: &Job| edge_of(&job.trial.script.to_string());
    let mut open = BTreeSet::new();
    loop {
        match campaign.turn() {
            Turn::Play(job) if matches!(job.ticket, Ticket::Session(_)) => {
                if job.ticket > Ticket::Session(FIRST) {
                    open.insert(edge(&job));
                }
                running.push_back(job);
            }
            Turn::Play(job) => {
                replays += usize::from(job.ticket == Ticket::Replay);
                let taken = edges(vec![edge(&job)], true);
                campaign.played(&job, &played(&job, &setup, taken));
            }
            Turn::Done if running.is_empty() => return replays,
            Turn::Wait | Turn::Done => {
                let job = running.pop_front().expect("something runs");
                campaign.played(&job, &played(&job, &setup, edges(Vec::new(), false)));
            }
        }
        if running.len() == AT_ONCE {
            let job = running.pop_front().expect("some run");
            let taken = std::mem::take(&mut open).into_iter().collect();
            campaign.played(&job, &played(&job, &setup, edges(taken, false)));
        }
    }
}

/// The edges of the sessions that are kept for them.
fn kept(campaign: &Campaign) -> BTreeSet<u32> {
    let script = |session| predict(session, Abilities::ALL).script.to_string();
    let sessions = campaign.corpus().for_edges_before(u64::MAX);
    sessions.iter().map(|session| edge_of(&script(session))).collect()
}

#[test]
fn a_session_that_reaches_a_new_edge_is_kept_whoever_ran_at_the_same_time() {
    let mut campaign = Campaign::new(settings(2 * FIRST));
    let replays = drive(&mut campaign, true);
    let summary = campaign.summary();
    assert_eq!((summary.edges, summary.edges_possible), (EDGES, EDGES));
    assert_eq!(kept(&campaign), (0..EDGES).collect());
    // Each group of new edges costs at most eight.
    assert!((1..=8 * EDGES as usize).contains(&replays), "{replays}");

    let mut blind = Campaign::new(settings(2 * FIRST));
    assert_eq!(drive(&mut blind, false), 0);
    assert_eq!((blind.summary().edges, blind.summary().edges_possible), (0, 0));
    assert!(kept(&blind).is_empty());
}

#[test]
fn an_edge_that_no_replay_takes_is_given_up() {
    let mut campaign = Campaign::new(settings(1));
    campaign.counted(&counted([1, 2], false));
    assert_eq!(drive(&mut campaign, false), 0);
    assert_eq!(campaign.summary().edges, 2);
}

#[test]
fn a_campaign_goes_on_with_its_edges_unless_the_program_is_another() {
    let mut campaign = Campaign::new(settings(1));
    campaign.counted(&counted([1, 2, 12], false));
    let text = campaign.record(1, &[]).json();
    let record: CampaignRecord = serde_json::from_str(&text).unwrap();
    assert_eq!((record.edges.count(), record.edges.of()), (3, EDGES));

    let mut same = Campaign::resume(settings(1), &record, Corpus::default());
    same.counted(&counted([2, 3], false));
    assert_eq!(same.summary().edges, 4);
    let mut other = Campaign::resume(settings(1), &record, Corpus::default());
    other.counted(&CountedEdges { of: EDGES + 1, ..counted([2, 3], false) });
    assert_eq!((other.summary().edges, other.summary().edges_possible), (2, EDGES + 1));
}
