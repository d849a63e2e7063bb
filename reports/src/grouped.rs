//! Groups items by a key.

/// Groups items by a key, in the order in which the keys first appear.
pub(crate) fn grouped<'a, T, K: PartialEq>(
    things: impl Iterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Vec<(K, Vec<&'a T>)> {
    let mut groups: Vec<(K, Vec<&T>)> = Vec::new();
    for thing in things {
        let key = key(thing);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(thing),
            None => groups.push((key, vec![thing])),
        }
    }
    groups
}
