//! Sibling modules do not use each other in a cycle.
//!
//! At each level of a crate, sibling modules are compared, each with everything below it. A module and those below it
//! may use each other: they are one thing in several files. Only names count: a method call names no module.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    sources::{ModulePath, SourceCrate},
    workspace_crates,
};

/// Sibling modules, which of them use which, and a line that does.
type SiblingUses = BTreeMap<String, BTreeMap<String, String>>;

/// Sibling modules each of which leads to each other one.
struct Cycle {
    package: String,
    modules: Vec<String>,
    /// The shortest path from one of them back to it.
    way: String,
}

fn cycles(source: &SourceCrate) -> Vec<Cycle> {
    levels(source).into_iter().flat_map(|(level, uses)| cycles_of_level(source, &level, &uses)).collect()
}

/// The uses among the modules directly below each module.
fn levels(source: &SourceCrate) -> BTreeMap<ModulePath, SiblingUses> {
    let mut levels: BTreeMap<ModulePath, SiblingUses> = BTreeMap::new();
    for (user, module) in &source.modules {
        for named in &module.named {
            let Some(used) = source.resolve(user, &named.segments) else { continue };
            let shared = user.iter().zip(&used).take_while(|(one, other)| one == other).count();
            // A module and one below it.
            let (Some(from), Some(to)) = (user.get(shared), used.get(shared)) else { continue };
            let line = format!("{}:{}: {}", module.file.display(), named.line, named.segments.join("::"));
            let uses = levels.entry(user[..shared].to_vec()).or_default().entry(from.clone()).or_default();
            uses.entry(to.clone()).or_insert(line);
        }
    }
    levels
}

fn cycles_of_level(source: &SourceCrate, level: &[String], uses: &SiblingUses) -> Vec<Cycle> {
    let (mut cycles, mut seen) = (Vec::new(), BTreeSet::new());
    for module in uses.keys() {
        let Some(way) = way_back(uses, module) else { continue };
        if seen.contains(module) {
            continue;
        }
        let reached = reached(uses, module);
        let members: Vec<_> = reached.into_iter().filter(|other| reached_from(uses, other, module)).collect();
        seen.extend(members.iter().cloned());
        let name = |module: &String| [level, std::slice::from_ref(module)].concat().join("::");
        cycles.push(Cycle {
            package: source.name.clone(),
            modules: members.iter().map(name).collect(),
            way: in_words(uses, &way),
        });
    }
    cycles
}

fn reached(uses: &SiblingUses, module: &String) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![module]);
    while let Some(next) = open.pop() {
        let new = uses.get(next).into_iter().flat_map(BTreeMap::keys);
        open.extend(new.filter(|used| reached.insert((*used).clone())));
    }
    reached
}

fn reached_from(uses: &SiblingUses, from: &String, module: &String) -> bool {
    reached(uses, from).contains(module)
}

/// The shortest path from a module to itself, including both ends.
fn way_back(uses: &SiblingUses, module: &String) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![module.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for used in uses.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            let longer = [way.clone(), vec![used.clone()]].concat();
            if used == module {
                return Some(longer);
            }
            if seen.insert(used.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}

fn in_words(uses: &SiblingUses, way: &[String]) -> String {
    let lines = way.windows(2).map(|pair| format!("\n    {}", uses[&pair[0]][&pair[1]]));
    format!("{}{}", way.join(" -> "), lines.collect::<String>())
}

#[test]
fn modules_make_no_cycles() {
    let cycles: Vec<Cycle> = workspace_crates().iter().flat_map(cycles).collect();
    let said = cycles.iter().map(|Cycle { package, modules, way }| format!("{package}: {modules:?}: {way}"));
    let said: Vec<String> = said.collect();
    assert!(said.is_empty(), "move what belongs elsewhere:\n{}", said.join("\n"));
}

#[test]
fn a_cycle_is_found_with_its_lines() {
    let source = SourceCrate::parse(
        "made-up",
        "mod a {\n    use crate::Two;\n}\nmod b {\n    pub struct Two;\n    mod below {\n        \
            use super::super::c::Three as Other;\n    }\n}\nmod c {\n    fn f() {\n        \
            println!(\"{}\", crate::a::NAME);\n    }\n}\npub use b::Two;",
    );
    let [cycle] = cycles(&source).try_into().unwrap_or_else(|_| panic!("one cycle"));
    assert_eq!(cycle.modules, ["a", "b", "c"]);
    assert_eq!(
        cycle.way,
        "a -> b -> c -> a\n    lib.rs:2: crate::Two\n    lib.rs:7: super::super::c::Three\n    \
            lib.rs:12: crate::a::NAME",
    );
}

#[test]
fn a_cycle_below_a_module_is_found_there_only() {
    let source = SourceCrate::parse(
        "made-up",
        "mod top { mod a { use super::b::B; pub struct A; } mod b { use super::{A, a}; pub struct B; } \
            use a::A; fn f() { crate::other::g(); } } mod other { pub fn g() {} }",
    );
    let modules: Vec<_> = cycles(&source).into_iter().map(|cycle| cycle.modules).collect();
    assert_eq!(modules, [["top::a", "top::b"]]);
}

#[test]
fn a_module_and_one_below_it_may_use_each_other() {
    let source = SourceCrate::parse(
        "made-up",
        "mod top { mod a { use super::Top; pub struct A; } use a::A; pub struct Top; }",
    );
    assert_eq!(cycles(&source).len(), 0);
}

#[test]
fn imports_of_all_and_under_another_name_are_followed() {
    let source = SourceCrate::parse(
        "made-up",
        "pub use b::*; mod a { use crate::B; pub struct A; } \
            mod b { use crate::a as other; pub struct B(other::A); }",
    );
    let ways: Vec<_> = cycles(&source).into_iter().map(|cycle| cycle.way).collect();
    assert_eq!(ways, ["a -> b -> a\n    lib.rs:1: crate::B\n    lib.rs:1: crate::a"]);
}
