//! The flaws that the peer can have, one at a time.

mod further;
mod table;
mod unproven;

use std::fmt;

use wsspec_wire::Role;

pub use self::table::Flaw;
use self::{further::FURTHER, unproven::UNPROVEN};
use crate::Habit;

/// Displays [`Flaw::name`].
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Flaw {
    /// The flaw with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flaw| flaw.name() == name)
    }

    /// The flaws that a server can have.
    pub fn of_servers() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|flaw| !flaw.is_client_only())
    }

    /// All requirements that it breaks: first the one that a verdict on it names, then others broken by the same
    /// behaviour.
    pub fn breaks(self) -> impl Iterator<Item = &'static str> {
        let further = FURTHER.iter().filter(move |(_, flaws)| flaws.contains(&self));
        std::iter::once(self.requirement()).chain(further.map(|(requirement, _)| *requirement))
    }

    /// The flaws that break a requirement and that a peer in this role can have, in the order of the table. Excludes
    /// peers that do almost nothing: that they fail a case proves nothing.
    pub fn breaking(requirement: &str, role: Role) -> impl Iterator<Item = Self> {
        let can_have = move |flaw: &Self| role == Role::Client || !flaw.is_client_only();
        let breaks = move |flaw: &Self| flaw.breaks().any(|broken| broken == requirement);
        Self::ALL.iter().copied().filter(|flaw| !flaw.is_degenerate()).filter(can_have).filter(breaks)
    }

    /// Why no case fails a peer in this role for breaking a requirement, if so: no flaw breaks it, or none in an
    /// observable way.
    #[must_use]
    pub fn unproven(requirement: &str, role: Role) -> Option<&'static str> {
        let of_both = UNPROVEN.iter().filter(|(id, of, _)| *id == requirement && of.contains(&role));
        of_both.map(|(_, _, why)| *why).next()
    }

    /// The requirements that are not proven to be tested, with the role of the peers.
    pub fn all_unproven() -> impl Iterator<Item = (&'static str, Role)> {
        UNPROVEN.iter().flat_map(|(id, roles, _)| roles.iter().map(|role| (*id, *role)))
    }

    /// Whether a requirement is proven to be tested for peers in this role: some flaw breaks it, and a case that cites
    /// it fails that flaw, or is lenient if it is a SHOULD. `suite/exchange/tests/proofs.rs` checks that.
    #[must_use]
    pub fn proves(requirement: &str, role: Role) -> bool {
        Self::unproven(requirement, role).is_none() && Self::breaking(requirement, role).next().is_some()
    }

    /// Whether the peer does almost nothing: it is dead, mute, or blind. Such a peer must pass next to nothing.
    #[must_use]
    pub const fn is_degenerate(self) -> bool {
        matches!(
            self,
            Self::DropsAfterHandshake | Self::NeverAnswers | Self::EchoesGarbage | Self::ValidatesNothing
        )
    }
}

/// The peer's flaw, if it has one, and its habit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Conduct {
    pub(crate) flaw: Option<Flaw>,
    pub(crate) habit: Option<Habit>,
}

impl Conduct {
    /// A peer with this flaw.
    pub(crate) fn flawed(flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), habit: None }
    }

    /// A conforming peer with this habit.
    pub(crate) fn with_habit(habit: Habit) -> Self {
        Self { flaw: None, habit: Some(habit) }
    }

    /// Whether the peer has this habit.
    pub(crate) fn has(self, habit: Habit) -> bool {
        self.habit == Some(habit)
    }

    /// Whether the peer has this flaw.
    pub(crate) fn is(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether the peer enforces the rule that it would not enforce with this flaw.
    pub(crate) fn enforces(self, lax: Flaw) -> bool {
        !self.is(lax) && !self.is(Flaw::ValidatesNothing)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_the_variant_in_kebab_case_and_unique() {
        let mut seen = HashSet::new();
        for flaw in Flaw::ALL {
            let mut expected = String::new();
            for (at, c) in format!("{flaw:?}").chars().enumerate() {
                if c.is_ascii_uppercase() && at > 0 {
                    expected.push('-');
                }
                expected.push(c.to_ascii_lowercase());
            }
            assert_eq!(flaw.name(), expected);
            assert!(seen.insert(flaw.name()), "{flaw} twice");
            assert_eq!(Flaw::named(flaw.name()), Some(*flaw));
        }
    }

    #[test]
    fn every_flaw_names_a_requirement_and_a_case() {
        for flaw in Flaw::ALL {
            let spec = flaw.requirement().split('#').next().unwrap_or_default();
            let specs = [
                "rfc6455", "rfc7692", "rfc8441", "rfc8446", "rfc9110", "rfc9112", "rfc9113", "rfc9114",
                "rfc9220",
            ];
            assert!(specs.contains(&spec), "{flaw}");
            assert!(!flaw.caught_by().is_empty(), "{flaw}");
            assert!(flaw.caught_by().iter().all(|id| id.starts_with(&format!("{spec}/"))), "{flaw}");
        }
    }

    #[test]
    fn there_are_more_than_three_hundred_flaws_and_four_are_degenerate() {
        assert!(Flaw::ALL.len() > 300);
        assert_eq!(Flaw::ALL.iter().filter(|flaw| flaw.is_degenerate()).count(), 4);
    }
}
