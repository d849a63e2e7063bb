//! No module uses, through however many others, one beside it that uses it.
//!
//! At each level of a crate the modules beside one another are compared, each with all that is below it. A module and
//! those below it may use each other: they are one thing in several files. Only what is named counts: a method that is
//! called names no module.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    sources::{ModulePath, SourceCrate},
    workspace_crates,
};

/// The modules beside one another, which of them use which, and a line that does.
type SiblingUses = BTreeMap<String, BTreeMap<String, String>>;

/// Modules beside one another each of which leads to each.
struct Circle {
    package: String,
    modules: Vec<String>,
    /// The shortest way from one of them back to it.
    way: String,
}

fn circles(source: &SourceCrate) -> Vec<Circle> {
    levels(source).into_iter().flat_map(|(level, uses)| circles_of_level(source, &level, &uses)).collect()
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

fn circles_of_level(source: &SourceCrate, level: &[String], uses: &SiblingUses) -> Vec<Circle> {
    let (mut circles, mut seen) = (Vec::new(), BTreeSet::new());
    for module in uses.keys() {
        let Some(way) = way_back(uses, module) else { continue };
        if seen.contains(module) {
            continue;
        }
        let reached = reached(uses, module);
        let members: Vec<_> = reached.into_iter().filter(|other| reached_from(uses, other, module)).collect();
        seen.extend(members.iter().cloned());
        let name = |module: &String| [level, std::slice::from_ref(module)].concat().join("::");
        circles.push(Circle {
            package: source.name.clone(),
            modules: members.iter().map(name).collect(),
            way: in_words(uses, &way),
        });
    }
    circles
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

/// The shortest way from a module to itself, both ends counted.
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
fn modules_make_no_circles() {
    let circles: Vec<Circle> = workspace_crates().iter().flat_map(circles).collect();
    let said =
        circles.iter().map(|Circle { package, modules, way }| format!("{package}: {modules:?}: {way}"));
    let said: Vec<String> = said.collect();
    assert!(said.is_empty(), "move what belongs elsewhere:\n{}", said.join("\n"));
}

#[test]
fn a_circle_is_found_with_its_lines() {
    let source = SourceCrate::parse(
        "made-up",
        "mod a {\n    use crate::Two;\n}\nmod b {\n    pub struct Two;\n    mod below {\n        \
            use super::super::c::Three as Other;\n    }\n}\nmod c {\n    fn f() {\n        \
            println!(\"{}\", crate::a::NAME);\n    }\n}\npub use b::Two;",
    );
    let [circle] = circles(&source).try_into().unwrap_or_else(|_| panic!("one circle"));
    assert_eq!(circle.modules, ["a", "b", "c"]);
    assert_eq!(
        circle.way,
        "a -> b -> c -> a\n    lib.rs:2: crate::Two\n    lib.rs:7: super::super::c::Three\n    \
            lib.rs:12: crate::a::NAME",
    );
}

#[test]
fn a_circle_below_a_module_is_found_there_only() {
    let source = SourceCrate::parse(
        "made-up",
        "mod top { mod a { use super::b::B; pub struct A; } mod b { use super::{A, a}; pub struct B; } \
            use a::A; fn f() { crate::other::g(); } } mod other { pub fn g() {} }",
    );
    let modules: Vec<_> = circles(&source).into_iter().map(|circle| circle.modules).collect();
    assert_eq!(modules, [["top::a", "top::b"]]);
}

#[test]
fn a_module_and_one_below_it_may_use_each_other() {
    let source = SourceCrate::parse(
        "made-up",
        "mod top { mod a { use super::Top; pub struct A; } use a::A; pub struct Top; }",
    );
    assert_eq!(circles(&source).len(), 0);
}

#[test]
fn imports_of_all_and_under_another_name_are_followed() {
    let source = SourceCrate::parse(
        "made-up",
        "pub use b::*; mod a { use crate::B; pub struct A; } \
            mod b { use crate::a as other; pub struct B(other::A); }",
    );
    let ways: Vec<_> = circles(&source).into_iter().map(|circle| circle.way).collect();
    assert_eq!(ways, ["a -> b -> a\n    lib.rs:1: crate::B\n    lib.rs:1: crate::a"]);
}
