//! What the catalogue commands print, on small folders of cases. `SNAPSHOTS=overwrite` rewrites the expected files.

use std::collections::BTreeSet;

use snapbox::{assert_data_eq, file};

mod common;

use common::{fixtures, seen, wsspec};

#[test]
fn every_kind_of_mistake_is_shown_with_its_place() {
    assert_data_eq!(seen(&["check", "bad"]), file!["expected/check-bad.txt"].raw());
}

#[test]
fn findings_and_coverage_are_shown_after_the_mistakes() {
    assert_data_eq!(seen(&["check", "findings", "--coverage"]), file!["expected/check-findings.txt"].raw());
}

#[test]
fn sound_cases_have_one_line_of_summary() {
    let expected = "$ wsspec check demo\n3 cases, 6 trials, 0 errors\n--- exit code 0\n";
    assert_eq!(seen(&["check", "demo"]), expected);
}

#[test]
fn a_folder_of_one_specification_is_named_as_it_is() {
    assert!(seen(&["list", "--cases", "demo/demo", "--no-builtin"]).contains("\ndemo/1.2/ping "));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let seen = seen(&["check", "none"]);
    assert!(seen.contains("error: cannot read `none`: ") && seen.ends_with("--- exit code 2\n"), "{seen}");
}

#[test]
fn what_is_explained_is_the_rule_its_reason_and_the_mending() {
    let about = ["rfc6455/7.4/code-1015", "rfc7692#7.2.2:5", "1002", "rfc6455#5.5.2:22"];
    let text: String = about.map(|about| seen(&["explain", about])).concat();
    assert_data_eq!(text, file!["expected/explain.txt"].raw());
}

#[test]
fn the_list_has_a_line_for_a_family_or_one_for_each_member() {
    let lists = [
        seen(&["list", "--cases", "demo", "--no-builtin"]),
        seen(&["list", "--cases", "demo", "--no-builtin", "--members", "level:must"]),
        seen(&["list", "--cases", "demo", "--no-builtin", "autobahn:1.1.*", "--exclude", "tag:slow"]),
        seen(&["list", "--cases", "demo", "--no-builtin", "demo/1/ecko"]),
        seen(&["list", "--cases", "demo", "--no-builtin", "levle:must"]),
    ];
    assert_data_eq!(lists.join("\n"), file!["expected/list.txt"].raw());
}

#[test]
fn the_list_as_json_has_every_trial() {
    assert_data_eq!(
        seen(&["list", "--cases", "demo", "--no-builtin", "--format", "json"]),
        file!["expected/list-json.txt"].raw()
    );
}

#[test]
fn a_case_is_shown_by_its_id_an_earlier_id_or_that_of_a_member() {
    let cases = [
        seen(&["show", "--cases", "demo", "--no-builtin", "demo/1/echo"]),
        seen(&["show", "--cases", "demo", "--no-builtin", "demo/1/all-that-can-be-sent"]),
        seen(&["show", "--cases", "demo", "--no-builtin", "demo/1/old-echo[kind=text,size=65536]"]),
        seen(&["show", "--cases", "demo", "--no-builtin", "demo/1/echo[kind=txt,size=0]"]),
        seen(&["show", "--cases", "demo", "--no-builtin", "demo/1/ehco"]),
    ];
    assert_data_eq!(cases.join("\n"), file!["expected/show.txt"].raw());
}

#[test]
fn the_export_types_every_step() {
    let output = wsspec(&fixtures(), &["export", "--cases", "demo", "--no-builtin"]);
    let mut export: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // The built-in requirements are exported too, but change with the catalogue.
    let requirements = export["requirements"].as_array_mut().unwrap();
    requirements.retain(|requirement| requirement["spec"] == "demo");
    let text = format!("{export:#}\n");
    assert_data_eq!(text, file!["expected/export.json.txt"].raw());
}

#[test]
fn the_embedded_catalogue_is_sound_and_exports() {
    let check = wsspec(&fixtures(), &["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let export = wsspec(&fixtures(), &["export"]);
    let export: serde_json::Value = serde_json::from_slice(&export.stdout).unwrap();
    let list = wsspec(&fixtures(), &["list", "--extra", "all", "--format", "json"]);
    let list: Vec<serde_json::Value> = serde_json::from_slice(&list.stdout).unwrap();
    let members =
        export["cases"].as_array().unwrap().iter().flat_map(|case| case["members"].as_array().unwrap());
    assert!(members.map(|member| &member["id"]).eq(list.iter().map(|row| &row["id"])));
}

/// Asserts that a file of the repository is the output of a command.
fn assert_in_repository(file: &str, command: &[&str]) {
    let path = fixtures().join("../../../..").join(file);
    let printed = wsspec(&fixtures(), command).stdout;
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        std::fs::write(&path, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), String::from_utf8(printed).unwrap());
}

#[test]
fn the_schema_in_the_repository_is_the_one_printed() {
    assert_in_repository("cases/schema.json", &["schema"]);
}

#[test]
fn the_pages_on_coverage_in_the_repository_are_the_ones_printed() {
    assert_in_repository("docs/coverage.md", &["export", "--format", "coverage"]);
    let catalogue = wsspec_catalogue::Catalogue::embedded().unwrap();
    let specs: BTreeSet<_> = catalogue.requirements.keys().map(|id| id.spec()).collect();
    for spec in &specs {
        let page = format!("docs/coverage/{spec}.md");
        assert_in_repository(&page, &["export", "--format", "coverage", "--spec", spec]);
    }
    let pages = std::fs::read_dir(fixtures().join("../../../../docs/coverage")).unwrap();
    let pages: BTreeSet<_> = pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(pages, specs.iter().map(|spec| format!("{spec}.md")).collect());
}

#[test]
fn coverage_of_an_unknown_specification_or_as_json_is_an_error() {
    assert_eq!(
        seen(&["export", "--format", "coverage", "--spec", "rfc6454"]),
        "$ wsspec export --format coverage --spec rfc6454\n--- standard error\n\
         error: no requirements of `rfc6454`; did you mean `rfc6455`?\n--- exit code 2\n"
    );
    assert_eq!(
        seen(&["export", "--spec", "rfc6455"]),
        "$ wsspec export --spec rfc6455\n--- standard error\nerror: `--spec` needs `--format coverage`\n--- exit code 2\n"
    );
}
