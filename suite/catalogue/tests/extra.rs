//! Cases of a group run when the group, or they themselves, are asked for.

use wsspec_catalogue::{Catalogue, Extra, Filter, LeftOut};

mod common;

const REQUIREMENTS: &str = r#"
[[requirement]]
id = "1:1"
level = "must"
roles = ["server"]
text = "A message comes back"
"#;

const CASES: &str = "
[[case]]
id = 'small'
title = 'A small message comes back'
cites = ['demo#1:1']
script = 'alive'

[[case]]
id = 'big'
title = 'A big message comes back'
cites = ['demo#1:1']
extra = 'large'
was = ['demo/1/huge']
tags = ['slow']
matrix = { size = [1, 2] }
script = 'ping \"\"*$size'

[[case]]
id = 'many'
title = 'Many messages come back'
cites = ['demo#1:1']
extra = 'throughput'
script = 'alive'
";

fn catalogue() -> Catalogue {
    common::demo(REQUIREMENTS, &CASES.replace("'ping", "'> ping")).unwrap()
}

fn selected(include: &[&str], extra: &[Extra]) -> (Vec<String>, String) {
    let catalogue = catalogue();
    let filter = Filter::new(include, &[]).unwrap().with_extra(extra);
    let filter = filter.resolved(&catalogue).unwrap();
    let members = catalogue.members().filter(|(case, member)| filter.selects(case, member));
    let ids = members.map(|(_, member)| member.id.replace("demo/1/", "")).collect();
    (
        ids,
        LeftOut::of(&filter, &catalogue).0.iter().map(|(extra, count)| format!("{extra} {count};")).collect(),
    )
}

#[test]
fn a_group_is_left_out_unless_it_is_asked_for() {
    assert_eq!(selected(&[], &[]), (vec!["small".into()], "large 2;throughput 1;".into()));
    let (ids, left) = selected(&[], &[Extra::Large]);
    assert_eq!(
        (ids, &*left),
        (vec!["small".into(), "big[size=1]".into(), "big[size=2]".into()], "throughput 1;")
    );
    assert_eq!(selected(&[], &Extra::ALL).0.len(), 4);
    assert_eq!(selected(&["level:must"], &[]).0, ["small"]);
}

#[test]
fn patterns_other_than_the_id_do_not_ask_for_a_group() {
    for pattern in ["tag:slow", "demo/1/b*", "demo/1/big[size=*]"] {
        assert_eq!(selected(&[pattern], &[]), (vec![], "large 2;".into()), "{pattern}");
    }
    assert_eq!(selected(&["tag:slow"], &[Extra::Large]).0.len(), 2);
    assert_eq!(selected(&["tag:slow"], &[Extra::Throughput]).0, Vec::<String>::new());
}

#[test]
fn an_id_asks_for_its_case_or_member_alone() {
    assert_eq!(
        selected(&["demo/1/big"], &[]),
        (vec!["big[size=1]".into(), "big[size=2]".into()], String::new())
    );
    assert_eq!(selected(&["demo/1/huge"], &[]).0.len(), 2);
    assert_eq!(selected(&["demo/1/big[size=2]"], &[]).0, ["big[size=2]"]);
    assert_eq!(selected(&["id:demo/1/many"], &[]).0, ["many"]);
}
