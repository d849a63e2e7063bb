//! Proven coverage: a requirement counts as tested only if a flaw that breaks it fails a case that cites it, or gets a
//! verdict that names it; for a recommendation, a lenient verdict is enough.

mod common;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use common::{Abilities, client_plan, client_verdict, named, server_plan, verdict};
use wsspec_catalogue::{Gap, IdGlob, Trial};
use wsspec_peer::Flaw;
use wsspec_record::Verdict;
use wsspec_wire::{Level, Role};

/// The trials of one role by what they cite, and the results known for each flaw.
struct Proofs {
    role: Role,
    trials: Vec<Arc<Trial>>,
    citing: BTreeMap<String, Vec<Arc<Trial>>>,
    abilities: RefCell<HashMap<Flaw, Arc<Abilities>>>,
}

impl Proofs {
    fn of(role: Role) -> Self {
        let plan = match role {
            Role::Server => server_plan(),
            Role::Client => client_plan(),
        };
        let mut citing: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for trial in &plan.trials {
            for id in [&trial.requirement].into_iter().chain(&trial.also) {
                citing.entry(id.to_string()).or_default().push(trial.clone());
            }
        }
        Self { role, trials: plan.trials, citing, abilities: RefCell::default() }
    }

    /// Whether a case shows that the peer with this flaw breaks the requirement: one that cites it, or one that catches
    /// the flaw and names the rule, which is checked in every case.
    fn shows(&self, flaw: Flaw, requirement: &str) -> bool {
        let all = &self.trials[0].requirements;
        let level = all.iter().find(|(id, _)| id.as_str() == requirement).unwrap().1.level;
        let globs: Vec<_> = flaw.caught_by().iter().map(|pattern| IdGlob::parse(pattern).unwrap()).collect();
        let catches = |trial: &Trial| globs.iter().any(|glob| glob.fits(&trial.id));
        let mut citing: Vec<_> = self.citing.get(requirement).into_iter().flatten().collect();
        citing.sort_by_key(|trial| !catches(trial));
        let mut catching = self.trials.iter().filter(|trial| catches(trial));
        citing.into_iter().any(|trial| holds(&self.verdict(flaw, trial), level))
            || catching.any(|trial| {
                let seen = self.verdict(flaw, trial);
                holds(&seen, level) && named(&seen).iter().any(|id| id == requirement)
            })
    }

    /// The verdict; for a peer that already fails the probe, the verdict without probing.
    fn verdict(&self, flaw: Flaw, trial: &Arc<Trial>) -> Verdict {
        let abilities = self.abilities(flaw);
        match self.play(flaw, trial, &abilities) {
            Verdict::Skip { .. } => self.play(flaw, trial, &Abilities::ALL),
            seen => seen,
        }
    }

    fn play(&self, flaw: Flaw, trial: &Arc<Trial>, abilities: &Abilities) -> Verdict {
        match self.role {
            Role::Server => verdict(trial, Some(flaw), abilities),
            Role::Client => client_verdict(trial, Some(flaw), abilities),
        }
    }

    fn abilities(&self, flaw: Flaw) -> Arc<Abilities> {
        let found = || match self.role {
            Role::Server => Abilities::of(Some(flaw)),
            Role::Client => Abilities::of_client(Some(flaw)),
        };
        self.abilities.borrow_mut().entry(flaw).or_insert_with(|| Arc::new(found().or_all())).clone()
    }

    /// The role's requirements, other than permissions, that a peer can observe; and for each whether it is known to
    /// lack a case.
    fn observable(&self) -> BTreeMap<String, bool> {
        let requirements = &self.trials[0].requirements;
        let mut found = BTreeMap::new();
        // What is on top has a peer and proofs of its own.
        for (id, requirement) in requirements.iter().filter(|(id, _)| id.spec().starts_with("rfc")) {
            let is_observable = requirement.gap.as_ref().is_none_or(|gap| gap.unobservable().is_none());
            if requirement.roles.contains(&self.role) && requirement.level != Level::May && is_observable {
                found.insert(id.to_string(), matches!(requirement.gap, Some(Gap::Untested(_))));
            }
        }
        found
    }

    /// Requirements wrongly listed as proven or as unproven.
    fn wrong(&self) -> Vec<String> {
        let role = self.role;
        let mut wrong = Vec::new();
        for (id, untested) in self.observable() {
            let proven = Flaw::breaking(&id, role).any(|flaw| self.shows(flaw, &id));
            let listed = Flaw::unproven(&id, role).is_some();
            if proven && (listed || untested) {
                wrong.push(format!("{id} of {role:?}: is proven, and listed as unproven"));
            } else if !proven && !listed && !untested {
                let flaws: Vec<_> = Flaw::breaking(&id, role).map(Flaw::name).collect();
                wrong.push(format!("{id} of {role:?}: no case that cites it fails one of {flaws:?}"));
            }
        }
        wrong
    }
}

/// Whether the verdict counts a breach of this level against the peer.
fn holds(verdict: &Verdict, level: Level) -> bool {
    match verdict {
        Verdict::Fail { .. } => true,
        Verdict::Lenient { .. } => level == Level::Should,
        _ => false,
    }
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_servers_are_tested_for_is_proven_by_a_flaw() {
    assert_none(&Proofs::of(Role::Server).wrong());
}

#[test]
fn what_clients_are_tested_for_is_proven_by_a_flaw() {
    assert_none(&Proofs::of(Role::Client).wrong());
}

#[test]
fn every_further_requirement_that_a_flaw_breaks_is_cited_by_a_case_that_shows_it() {
    let proofs = [Role::Server, Role::Client].map(Proofs::of);
    let mut wrong = Vec::new();
    for flaw in Flaw::ALL.iter().filter(|flaw| !flaw.is_degenerate()) {
        for requirement in flaw.breaks().skip(1) {
            if !proofs.iter().any(|proofs| proofs.shows(*flaw, requirement)) {
                wrong.push(format!("{flaw} breaks {requirement}: shown by no case that cites it"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn what_is_unproven_is_a_requirement_of_that_role() {
    for proofs in [Role::Server, Role::Client].map(Proofs::of) {
        let observable: BTreeSet<_> = proofs.observable().into_keys().collect();
        let unproven = Flaw::all_unproven().filter(|(_, role)| *role == proofs.role);
        let unknown: Vec<_> = unproven.filter(|(id, _)| !observable.contains(*id)).collect();
        assert_eq!(unknown, []);
    }
}
