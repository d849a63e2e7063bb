//! A session derived from one other, or from two.

use arbitrary::{Result, Unstructured};
use wsspec_notation::{Sending, Step};
use wsspec_wire::Role;

use super::{FuzzSession, LONGEST, any_move};

/// A session that differs from `parent` in one to three places; some of its steps may come from `other`.
///
/// # Errors
///
/// Errors come from the byte source.
pub fn mutate(
    u: &mut Unstructured<'_>,
    parent: &FuzzSession,
    other: &FuzzSession,
    peer: Role,
) -> Result<FuzzSession> {
    let mut steps = parent.steps.clone();
    // A long connection takes the time of a hundred others: most variations do without.
    if !u.ratio(1, 8)? {
        steps.retain(|step| !matches!(step, Step::Repeat { .. }));
    }
    for _ in 0..u.int_in_range(1..=3_u8)? {
        change(u, &mut steps, other, peer)?;
    }
    // A request or a response comes first, perhaps cut, or not at all.
    let is_cut = |step: &Step| matches!(step, Step::Chop(_) | Step::Pause(_));
    let mut first = true;
    steps.retain(|step| {
        let may_open = first;
        first &= is_cut(step);
        may_open || !matches!(step, Step::Send(Sending::Request(_) | Sending::Response(_)))
    });
    let mut long = 0;
    steps.retain(|step| {
        long += usize::from(matches!(step, Step::Repeat { .. }));
        long < 2 || !matches!(step, Step::Repeat { .. })
    });
    steps.truncate(LONGEST);
    Ok(FuzzSession { steps })
}

/// The beginning of a session, and one or two further things to send.
///
/// # Errors
///
/// Errors come from the byte source.
pub fn extend(u: &mut Unstructured<'_>, parent: &FuzzSession, peer: Role) -> Result<FuzzSession> {
    let mut steps = parent.steps.clone();
    steps.truncate(u.int_in_range(1..=steps.len().max(1))?);
    for _ in 0..u.int_in_range(1..=2_u8)? {
        steps.extend(any_move(u, parent.compresses(), peer)?);
    }
    steps.truncate(LONGEST);
    Ok(FuzzSession { steps })
}

fn change(u: &mut Unstructured<'_>, steps: &mut Vec<Step>, other: &FuzzSession, peer: Role) -> Result<()> {
    let compresses = FuzzSession { steps: steps.clone() }.compresses();
    let at = u.int_in_range(0..=steps.len())?;
    let occupied = at < steps.len();
    match u.int_in_range(0..=5_u8)? {
        0 if occupied => drop(steps.remove(at)),
        1 if occupied => {
            let step = steps[at].clone();
            steps.insert(at, step);
        }
        2 if occupied => {
            let to = u.int_in_range(0..=steps.len() - 1)?;
            steps.swap(at, to);
        }
        3 if occupied => drop(steps.splice(at..=at, any_move(u, compresses, peer)?)),
        4 => {
            let from = u.int_in_range(0..=other.steps.len())?;
            steps.truncate(at);
            steps.extend_from_slice(&other.steps[from..]);
        }
        _ => drop(steps.splice(at..at, any_move(u, compresses, peer)?)),
    }
    Ok(())
}
