//! The second look at a session that showed something: does it happen again, alone? How small can it get? Does the
//! small one show it too?

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::Trial;
use wsspec_record::{Failure, Verdict};
use wsspec_wire::{Level, RequirementId, Role};

use super::Suspect;
use crate::{
    Pacing, PlayedSession,
    finding::{CampaignFinding, Reaction, Signature},
    model::{ANY_REQUIREMENT, Abilities, Prediction, predict},
    shrink::Shrinker,
};

/// One second look.
#[derive(Debug)]
pub(super) struct Investigation {
    suspect: Suspect,
    phase: InvestigationPhase,
    /// What is being played.
    playing: Option<Arc<Prediction>>,
    /// What it was about at first.
    began_with: Signature,
    /// The peer's.
    role: Role,
}

#[derive(Debug)]
enum InvestigationPhase {
    Confirm,
    Shrink(Box<Shrinker>),
    Last(Arc<Prediction>),
    Over(Option<Box<CampaignFinding>>),
}

/// What it needs.
#[derive(Debug)]
pub(super) enum InvestigationStep {
    Play(Arc<Prediction>, Pacing),
    Wait,
    Unconfirmed,
    Found(Box<CampaignFinding>),
}

impl Investigation {
    pub fn new(suspect: Suspect, role: Role) -> Self {
        let began_with = suspect.signature.clone();
        Self { suspect, phase: InvestigationPhase::Confirm, playing: None, began_with, role }
    }

    pub fn suspect(&self) -> &Suspect {
        &self.suspect
    }

    /// What it was about at first: shrinking may show that the cause is another.
    pub fn began_with(&self) -> &Signature {
        &self.began_with
    }

    pub fn number(&self) -> u64 {
        self.suspect.number
    }

    /// What the case being played is about, if it is a case.
    pub fn about(&self) -> Option<&Signature> {
        matches!(self.phase, InvestigationPhase::Last(_)).then_some(&self.suspect.signature)
    }

    pub fn playing(&self) -> Option<Arc<Prediction>> {
        self.playing.clone()
    }

    pub fn next(&mut self, abilities: Abilities) -> InvestigationStep {
        if self.playing.is_some() {
            return InvestigationStep::Wait;
        }
        let (prediction, pace) = match &mut self.phase {
            InvestigationPhase::Confirm => (self.suspect.prediction.clone(), Pacing::Careful),
            InvestigationPhase::Shrink(shrinker) => match shrinker.propose() {
                Some(session) => (Arc::new(predict(&session, abilities)), Pacing::Alone),
                None => {
                    let prediction = Arc::new(predict(shrinker.best(), abilities));
                    self.phase = InvestigationPhase::Last(prediction.clone());
                    (prediction, Pacing::Careful)
                }
            },
            InvestigationPhase::Last(prediction) => (prediction.clone(), Pacing::Careful),
            InvestigationPhase::Over(finding) => {
                return finding.take().map_or(InvestigationStep::Unconfirmed, InvestigationStep::Found);
            }
        };
        self.playing = Some(prediction.clone());
        InvestigationStep::Play(prediction, pace)
    }

    /// The result of the last job.
    pub fn played(&mut self, signature: Option<Signature>, trial: &Trial, played: &PlayedSession) {
        let Some(prediction) = self.playing.take() else { return };
        let confirms = matches!(self.phase, InvestigationPhase::Confirm);
        let same = signature.filter(|signature| {
            // A peer that did something wrong may turn out to die when the session runs alone.
            signature.is_like(&self.suspect.signature) || confirms && signature.kind == Reaction::Death
        });
        match (&mut self.phase, same) {
            (InvestigationPhase::Confirm, Some(signature)) => {
                self.suspect.signature = signature;
                self.phase = InvestigationPhase::Shrink(Box::new(Shrinker::new(prediction.session.clone())));
            }
            (InvestigationPhase::Confirm, None) => self.phase = InvestigationPhase::Over(None),
            (InvestigationPhase::Shrink(shrinker), Some(signature)) => {
                shrinker.shows(prediction.session.clone());
                self.suspect.signature = signature;
                self.suspect.prediction = prediction;
            }
            (InvestigationPhase::Shrink(_), None) => {}
            (InvestigationPhase::Last(_), Some(signature)) => {
                let mut outcome = played.outcome.clone();
                let role = self.role;
                if let Some(how) = &played.death {
                    outcome.verdict = death(how, &signature.requirement, role);
                }
                let finding = CampaignFinding {
                    session: prediction.session.to_string(),
                    number: self.suspect.number,
                    count: 1,
                    trial: outcome.into_record(trial, role, microseconds(played.duration), 2),
                    signature,
                    again: String::new(),
                };
                self.phase = InvestigationPhase::Over(Some(Box::new(finding)));
            }
            (InvestigationPhase::Last(_) | InvestigationPhase::Over(_), _) => {
                self.phase = InvestigationPhase::Over(None)
            }
        }
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The failure of a peer that died, whatever happened to the connection.
fn death(how: &str, requirement: &str, role: Role) -> Verdict {
    let requirement = RequirementId::parse(requirement);
    Verdict::Fail {
        failure: Failure {
            line: 0,
            expected: match role {
                Role::Server => "the server to serve further connections".to_owned(),
                Role::Client => "the client not to crash".to_owned(),
            },
            actual: how.to_owned(),
            requirement: requirement.unwrap_or(RequirementId::from_static(ANY_REQUIREMENT)),
            level: Level::Must,
        },
    }
}
