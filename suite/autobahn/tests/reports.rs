//! The folder of reports: what scripts read of it, byte by byte, and that a peer's name is only ever a name.

mod peer;

use std::collections::BTreeMap;

use peer::{Fault, PROMPT, played, run, served};
use wsspec_autobahn::{CaseSession, ProtocolOptions, Reports, SessionAction};
use wsspec_wire::Role;

/// Markup, separators, escapes.
const HOSTILE: &str = "../..\\ </td><script>alert(1)</script>\u{1b}[31m\u{7}\r\n\"'&\u{202e}\u{e9}";

fn reports(results: &[(&str, Fault)]) -> Reports {
    let mut reports = Reports::default();
    results.iter().for_each(|(id, fault)| reports.add(played(id, *fault)));
    reports
}

fn named(agent: &str) -> Reports {
    let client = peer::client(ProtocolOptions::default());
    let session = CaseSession::client(&peer::case("2.2"), &client, PROMPT.pace);
    let session = run(session, &mut peer::Peer::new(Fault::None, Role::Server), PROMPT);
    let mut reports = Reports::default();
    reports.add(session.finish(agent, 1, "2026-01-31T12:00:00.000Z".into()));
    reports
}

fn file(reports: &Reports, name: &str) -> String {
    reports.files().find(|(other, _)| other == name).unwrap().1
}

#[test]
fn the_index_has_the_layout_that_scripts_read() {
    let mut reports =
        reports(&[("9.1.1", Fault::None), ("10.1.1", Fault::None), ("7.7.10", Fault::WrongCode)]);
    reports.add(served("1.1.1", Fault::Drops, ""));
    insta::assert_snapshot!(reports.index_json());
    assert!(!reports.index_json().ends_with('\n'));
    assert_eq!(file(&reports, "index.json"), reports.index_json());
}

#[test]
fn the_report_of_a_case_has_every_field_in_the_order_of_their_names() {
    let mut reports = Reports::default();
    reports.add(served("2.2", Fault::None, ""));
    let text = file(&reports, "a_case_2_2.json");
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(fields.len(), 39);
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(file(&reports, "a_case_2_2.html"));
}

#[test]
fn compression_is_part_of_the_report_of_its_cases() {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let mut reports = Reports::default();
    reports.add(served("12.1.3", Fault::None, offer));
    let report: serde_json::Value = serde_json::from_str(&file(&reports, "a_case_12_1_3.json")).unwrap();
    let stats = report["trafficStats"].as_object().unwrap();
    assert_eq!(stats["outgoingOctetsAppLevel"], 256_000);
    assert_eq!(stats["incomingWebSocketMessages"], 1000);
    assert!(stats["incomingCompressionRatio"].as_f64().unwrap() < 0.8);
    assert_eq!((&report["reportTime"], &report["reportCompressionRatio"]), (&true.into(), &true.into()));
    assert_eq!(report["createWirelog"], true);
}

#[test]
fn a_page_without_failures_names_their_class_twice() {
    let count = |reports: &Reports| file(reports, "index.html").matches("case_failed").count();
    let clean = [
        ("1.1.1", Fault::None),
        ("7.1.6", Fault::None),
        ("12.1.1", Fault::NoDeflate),
        ("1.1.2", Fault::KeepsTcp),
    ];
    assert_eq!(count(&reports(&clean)), 2);
    assert_eq!(count(&reports(&[("2.2", Fault::WrongPong)])), 3);
    assert_eq!(count(&reports(&[("1.1.1", Fault::Drops)])), 4);
}

#[test]
fn the_page_has_a_class_for_each_grade() {
    let reports = reports(&[
        ("1.1.1", Fault::None),
        ("1.1.2", Fault::KeepsTcp),
        ("1.1.3", Fault::WrongCode),
        ("3.2", Fault::FailsFirst),
        ("7.1.6", Fault::None),
        ("12.1.1", Fault::NoDeflate),
    ]);
    let page = file(&reports, "index.html");
    let cell = |id: &str| {
        let row = page.lines().find(|line| line.contains(&format!(">Case {id}</a></td>"))).unwrap();
        assert!(row.starts_with("<tr class=\"agent_case_result_row\"><td class=\"case\">"), "{row}");
        row.split("class=\"")
            .skip(3)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(cell("1.1.1"), ["case_ok", "case_ok"]);
    assert_eq!(cell("1.1.2"), ["case_ok", "case_almost"]);
    assert_eq!(cell("1.1.3"), ["case_ok", "case_non_strict"]);
    assert_eq!(cell("3.2"), ["case_non_strict", "case_ok"]);
    assert_eq!(cell("7.1.6"), ["case_info", "case_info"]);
    assert_eq!(cell("12.1.1"), ["case_unimplemented"]);
    assert_eq!(cell("2.1"), ["case_missing"]);
    let category = "<tr class=\"case_category_row\"><td class=\"case_category\">1 Framing</td>\
                    <td class=\"agent close_flex\" colspan=\"2\">";
    assert!(page.contains(category));
    assert!(page.contains("<h2 id=\"case_desc_1_1_1\">") && page.contains("href=\"#case_desc_13_7_18\""));
}

#[test]
fn a_name_never_leaves_the_folder_and_never_is_markup() {
    let reports = named(HOSTILE);
    let names: Vec<String> = reports.files().map(|(name, _)| name).collect();
    let stem = "td__script_alert_1___script___31m_case_2_2";
    assert_eq!(names, ["index.json", "index.html", &format!("{stem}.json"), &format!("{stem}.html")]);
    for (name, text) in reports.files() {
        let json = name.ends_with(".json");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\r'), "{name}");
        assert!(json || !text.contains("<script") && !text.contains('\u{202e}'), "{name}");
        assert!(!json || text.is_ascii(), "{name}");
    }
    let index: serde_json::Value = serde_json::from_str(&reports.index_json()).unwrap();
    assert_eq!(index.as_object().unwrap().keys().collect::<Vec<_>>(), [HOSTILE]);
}

#[test]
fn a_name_of_nothing_but_separators_still_has_a_file() {
    let names = |agent: &str| named(agent).files().nth(2).unwrap().0;
    assert_eq!(names("/../"), "_case_2_2.json");
    assert_eq!(names(""), "_case_2_2.json");
    assert_eq!(names(&"x".repeat(100_000)).len(), 180 + "_case_2_2.json".len());
}

#[test]
fn a_flood_of_events_is_not_kept() {
    let client = peer::client(ProtocolOptions::default());
    let mut session = CaseSession::client(&peer::case("2.7"), &client, PROMPT.pace);
    let now = std::time::Duration::ZERO;
    let SessionAction::Write(request) = session.next(now) else { panic!("no request") };
    let response = peer::Peer::new(Fault::None, Role::Server).take(&request);
    session.receive(&response, now);
    let message = [&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0][..], &[0; 0x1_0000]].concat();
    for _ in 0..1100 {
        while let SessionAction::Write(_) = session.next(now) {}
        session.receive(&message, now);
    }
    session.ended(now);
    let mut reports = Reports::default();
    reports.add(session.finish("x", 1, String::new()));
    let report: serde_json::Value = serde_json::from_str(&file(&reports, "x_case_2_7.json")).unwrap();
    assert_eq!(report["received"].as_array().unwrap().len(), 1001);
    assert!(!reports.is_full());
}
