//! What filters select, alone and together, and the suggestions if they select nothing.

use wsspec_catalogue::{Catalogue, Filter};
use wsspec_wire::{Level, Role};

fn catalogue() -> Catalogue {
    Catalogue::embedded().unwrap()
}

/// The cases that patterns select.
fn selected(include: &[&str]) -> Vec<String> {
    let catalogue = catalogue();
    let filter = Filter::new(include, &[]).unwrap().resolved(&catalogue).unwrap();
    let mut ids: Vec<_> = catalogue
        .members()
        .filter(|(case, member)| filter.selects(case, member))
        .map(|(case, _)| case.id.clone())
        .collect();
    ids.dedup();
    ids
}

fn error(pattern: &str) -> String {
    let read = Filter::new(&[pattern], &[]).and_then(|filter| filter.resolved(&catalogue()));
    read.unwrap_err().to_string()
}

#[test]
fn patterns_of_one_kind_are_alternatives_and_those_of_several_all_fit() {
    let catalogue = catalogue();
    let both = selected(&["section:5.5", "level:must"]);
    assert!(!both.is_empty());
    for id in &both {
        let case = catalogue.case(id).unwrap();
        assert!(
            case.members.iter().any(|member| member.cites[0].is_in("5.5") && member.level == Level::Must)
        );
    }
    assert!(both.len() < selected(&["section:5.5"]).len());
    let mut united = [selected(&["section:5.5.2"]), selected(&["section:5.5.3"])].concat();
    united.sort();
    let mut alternatives = selected(&["section:5.5.2", "section:5.5.3"]);
    alternatives.sort();
    assert_eq!(alternatives, united);
    assert_eq!(selected(&["section:5.5.2", "rfc6455/5.4"]), Vec::<String>::new());
}

#[test]
fn a_role_selects_who_is_tested_and_not_leaves_out() {
    let catalogue = catalogue();
    let clients = selected(&["role:client"]);
    assert!(clients.iter().all(|id| catalogue.case(id).unwrap().roles.contains(&Role::Client)));
    let servers_alone = selected(&["not:role:client"]);
    assert!(!servers_alone.is_empty() && !servers_alone.iter().any(|id| clients.contains(id)));
    let without = selected(&["rfc6455/5.4", "not:level:must"]);
    assert!(without.iter().all(|id| catalogue.case(id).unwrap().level != Level::Must), "{without:?}");
}

#[test]
fn the_start_of_an_id_may_end_anywhere_unless_it_is_one() {
    let starts = selected(&["rfc6455/5.4/ping"]);
    assert!(starts.len() > 1 && starts.iter().all(|id| id.starts_with("rfc6455/5.4/ping-")), "{starts:?}");
    assert_eq!(selected(&["rfc6455/5.5.2/ping"]), ["rfc6455/5.5.2/ping"]);
}

#[test]
fn a_requirement_is_named_as_reports_name_it() {
    assert_eq!(selected(&["rfc6455#5.5.2:2"]), selected(&["requirement:rfc6455#5.5.2:2"]));
    assert_eq!(selected(&["rfc6455#5.5.2"]), selected(&["requirement:rfc6455#5.5.2:*"]));
}

#[test]
fn what_fits_nothing_is_answered_with_what_was_meant() {
    assert_eq!(error("tag:slwo"), "no case fits `tag:slwo`; did you mean `tag:slow`?");
    assert_eq!(error("rfc6455/5.44"), "no case fits `rfc6455/5.44`; did you mean `rfc6455/5.4`?");
    assert_eq!(
        error("rfc6455/5.5.2/pnig"),
        "no case fits `rfc6455/5.5.2/pnig`; did you mean `rfc6455/5.5.2/ping`?"
    );
    let numbers = "no case fits `rfc6455#5.5.2:99`; rfc6455#5.5.2 has 1 to ";
    assert!(error("rfc6455#5.5.2:99").starts_with(numbers), "{}", error("rfc6455#5.5.2:99"));
    assert!(error("section:99").contains("; there are sections "), "{}", error("section:99"));
    assert!(error("section:5.5.9").ends_with("; 5.5 has 5.5.1, 5.5.2, 5.5.3"), "{}", error("section:5.5.9"));
    assert_eq!(error("role:peer"), "`role:peer` is not a pattern: a role is `client` or `server`");
    assert_eq!(error("lvel:must"), "`lvel:must` is not a pattern: did you mean `level:`?");
}
