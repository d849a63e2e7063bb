//! The pages: one of all agents and cases, one of each case with each agent.
//!
//! Scripts count `case_failed` in `index.html`: in a page without failures it stands twice, once in the style and once
//! in the legend.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    Behavior, CaseId, CaseResult, CloseBehavior,
    cases::{self, category},
    file_stem::file_stem,
    result::ResultsByAgent,
};

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}\
table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:2px 8px;text-align:left}\
.case_ok{background:#bfe8bf}.case_non_strict{background:#f6e6a4}.case_failed{background:#f3b4ad}\
.case_info{background:#bcd7f2}.case_missing{background:#eee}.case_unimplemented{background:#ddd}\
.case_almost{background:#dcedc8}.case_category_row td{font-weight:bold}h2{font-size:1.1em;margin:1.4em 0 0}";

const DETAIL_STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}\
table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:2px 8px;text-align:left;vertical-align:top}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}";

const LEGEND: [(&str, &str, &str); 6] = [
    ("case_ok", "Pass", "as expected"),
    ("case_non_strict", "Non-Strict", "as is accepted, too"),
    ("case_failed", "Fail", "something else"),
    ("case_info", "Info", "only noted"),
    ("case_unimplemented", "Unimplemented", "what the case needs was declined"),
    ("case_missing", "Missing", "not run"),
];

fn page(title: &str, style: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{style}\
         </style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// `index.html`.
pub(crate) fn index(agents: &ResultsByAgent) -> String {
    let mut body = String::from("<table id=\"case_outcome_desc\">\n");
    for (class, name, meaning) in LEGEND {
        let _ = writeln!(body, "<tr><td class=\"{class}\">{name}</td><td>{meaning}</td></tr>");
    }
    body.push_str("</table>\n<table id=\"agent_case_results\">\n");
    let mut last = 0;
    for case in cases::all() {
        if std::mem::replace(&mut last, case.id.category()) != case.id.category() {
            category_row(&mut body, &case.id, agents);
        }
        let anchor = case.id.underscored();
        let _ = write!(
            body,
            "<tr class=\"agent_case_result_row\"><td class=\"case\"><a href=\"#case_desc_{anchor}\">Case {}</a></td>",
            case.id
        );
        for results in agents.values() {
            match results.get(&case.id) {
                None => body.push_str("<td class=\"case_missing\" colspan=\"2\">Missing</td>"),
                Some(result) => cell(&mut body, result),
            }
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table>\n<div id=\"test_case_descriptions\">\n");
    for case in cases::all() {
        let (anchor, id) = (case.id.underscored(), &case.id);
        let (description, expectation) = (&case.description, &case.expectation);
        let _ = writeln!(
            body,
            "<h2 id=\"case_desc_{anchor}\">Case {id}</h2>\n<p>{description}</p>\n<p>{expectation}</p>"
        );
    }
    body.push_str("</div>\n");
    page("WebSocket cases of Autobahn|Testsuite, run by wsspec", STYLE, &body)
}

/// The row above the cases of a category, by the classes that scripts look for: they find the agents in it.
fn category_row(body: &mut String, id: &CaseId, agents: &ResultsByAgent) {
    let (number, name) = (id.category(), category(id));
    let _ = write!(body, "<tr class=\"case_category_row\"><td class=\"case_category\">{number} {name}</td>");
    for agent in agents.keys() {
        let _ = write!(body, "<td class=\"agent close_flex\" colspan=\"2\">{}</td>", escaped(agent));
    }
    body.push_str("</tr>\n");
}

fn cell(body: &mut String, result: &CaseResult) {
    let (class, name) = match result.behavior {
        Behavior::Ok => ("case_ok", "Pass"),
        Behavior::NonStrict => ("case_non_strict", "Non-Strict"),
        Behavior::Failed => ("case_failed", "Fail"),
        Behavior::Informational => ("case_info", "Info"),
        Behavior::Unimplemented => {
            body.push_str("<td class=\"case_unimplemented\" colspan=\"2\">Unimplemented</td>");
            return;
        }
    };
    let code = result.remote_close_code.map_or("None".into(), |code| code.to_string());
    let (close_class, close) = match result.behavior_close {
        CloseBehavior::Ok => ("case_ok", code),
        CloseBehavior::FailedByClient => ("case_almost", code),
        CloseBehavior::WrongCode => ("case_non_strict", code),
        CloseBehavior::Informational => ("case_info", code),
        CloseBehavior::Unclean => ("case_failed", "Unclean".into()),
        CloseBehavior::Failed => ("case_failed", "Fail".into()),
    };
    let file = file_stem(&result.agent, &result.id);
    let time = if result.report_time { format!(" {} ms", result.duration) } else { String::new() };
    let ratio = result.traffic_stats.as_ref().map_or(String::new(), |stats| {
        let [came, went] =
            stats.compression().map(|ratio| ratio.map_or("-".into(), |ratio| format!("{ratio:.3}")));
        format!(" [{came}/{went}]")
    });
    let _ = write!(
        body,
        "<td class=\"{class}\"><a href=\"{file}.html\">{name}</a>{time}{ratio}</td><td class=\"{close_class}\">{close}</td>"
    );
}

/// The page of one case with one agent.
pub(crate) fn detail(result: &CaseResult) -> String {
    let mut body = format!("<p>{}</p>\n<p>{}</p>\n<table>\n", result.description, result.expectation);
    let mut row = |name: &str, text: &str| {
        let _ = writeln!(body, "<tr><th>{name}</th><td><pre>{}</pre></td></tr>", escaped(text));
    };
    row("Behaviour", &format!("{}: {}", result.behavior.as_str(), result.result));
    row("Close", &format!("{}: {}", result.behavior_close.as_str(), result.result_close));
    row("Duration", &format!("{} ms, from {}", result.duration, result.started));
    row("Expected", &serde_json::to_string(&result.expected).unwrap_or_default());
    row("Received", &serde_json::to_string(&result.received).unwrap_or_default());
    row("Request", &lines(&result.http_request));
    row("Response", &lines(&result.http_response));
    let code = |code: Option<u16>| code.map_or("none".into(), |code| code.to_string());
    row("Close code of the peer", &code(result.remote_close_code));
    row("Close code of the tester", &code(result.local_close_code));
    body.push_str("</table>\n<h2>Wire log</h2>\n<pre>\n");
    for (at, line) in result.wirelog.iter().enumerate() {
        let fields = line.as_array().map(|fields| fields.iter().map(field).collect::<Vec<_>>().join("  "));
        let _ = writeln!(body, "{at:03}  {}", escaped(&fields.unwrap_or_default()));
    }
    let who = if result.dropped_by_me { "the tester" } else { "the peer" };
    let _ = writeln!(body, "TCP was ended by {who}.\n</pre>");
    page(&format!("{}: case {}", result.agent, result.id), DETAIL_STYLE, &body)
}

/// A head, whose lines end as HTTP has it.
fn lines(head: &str) -> String {
    head.replace("\r\n", "\n")
}

fn field(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Text that is only text, whatever the peer wrote.
fn escaped(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => '\n',
        // Neither what a terminal heeds nor what turns the direction of the text after it.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    quick_xml::escape::escape(text.chars().map(shown).collect::<String>()).into_owned()
}
