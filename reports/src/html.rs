//! One page for people: what failed, the sentence that it breaks, the bytes, and the command that runs it again.
//!
//! The page is self-contained: its content security policy allows no resource from outside and no script but ours.
//! Without scripts, it has the matrix, the failures and the requirements; with scripts, also each trial's script,
//! transcript and frames, which are compressed. Data from a peer reaches the page only as text: the markup's templates
//! escape it, the JSON of [`data`] contains no markup, and the script creates text nodes.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use wsspec_record::Record;

use crate::{Report, WriteError, clean::sentence, replace_file};

mod checks;
mod coverage;
mod data;
mod findings;
mod mark;
mod matrix;
mod model;
mod overview;
mod plot;
mod throughput;
mod timing;
mod trend;

pub use checks::render_checks_page;
use model::Page;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("html/script/dom.js"),
    include_str!("html/script/frame.js"),
    include_str!("html/script/sequence.js"),
    include_str!("html/script/trial.js"),
    include_str!("html/script/list.js"),
    include_str!("html/script/page.js"),
);

/// A record as one self-contained HTML page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Report for Html {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        render_html(&[(record.target.clone(), record)], out)
    }
}

/// Writes one page of several records, each with its name, and creates missing folders.
pub fn write_html(path: &Path, records: &[(String, &Record)]) -> Result<(), WriteError> {
    replace_file(path, |out| render_html(records, out))
}

/// Renders one page of several records, each with its name.
pub fn render_html(records: &[(String, &Record)], out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(records);
    let markup = document(&page, &data::index(&page)?, &data::details(&page)?);
    out.write_all(markup.into_string().as_bytes())
}

/// The file that `--html PATH` stands for: the path itself if it ends in `.html` or `.htm`, otherwise `index.html` in
/// that folder.
pub fn html_file(path: &Path) -> PathBuf {
    let is_page = |ending: &std::ffi::OsStr| ending == "html" || ending == "htm";
    match path.extension().is_some_and(is_page) && !path.is_dir() {
        true => path.to_owned(),
        false => path.join("index.html"),
    }
}

/// The head of a page.
fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content="wsspec";
            title { (title) }
            link rel="icon" href="data:,";
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The page. Only our own style and script, and data without markup, are not escaped here.
fn document(page: &Page<'_>, index: &str, details: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&page.title()))
            body {
                a.skip href="#trials" { "Skip to the trials" }
                (overview::header(page))
                main {
                    // With several targets, the matrix says more than any single overview.
                    @if page.targets.len() == 1 { (overview::overview(page)) }
                    (matrix::matrix(page))
                    (findings::findings(page))
                    @if page.targets.len() != 1 { (overview::overview(page)) }
                    (trend::trend(page))
                    (coverage::coverage(page))
                    (timing::timing(page))
                }
                footer { "Made by wsspec " (sentence(page.version())) " from saved records. "
                    "Times are since the connection opened." }
                script type="application/json" data-part="index" { (PreEscaped(index)) }
                script type="application/octet-stream" data-part="details" { (PreEscaped(details)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Allows only our style and script, by their hashes; nothing from outside, and no text parsed as markup.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gets_an_index() {
        assert_eq!(html_file(Path::new("out/report.html")), Path::new("out/report.html"));
        assert_eq!(html_file(Path::new("page.htm")), Path::new("page.htm"));
        assert_eq!(html_file(Path::new("report")), Path::new("report/index.html"));
        assert_eq!(html_file(Path::new("v1.2")), Path::new("v1.2/index.html"));
    }

    #[test]
    fn neither_style_nor_script_ends_its_element_or_makes_markup() {
        for text in [STYLE, SCRIPT] {
            let lower = text.to_lowercase();
            assert!(!lower.contains("</") && !lower.contains("<!--") && !lower.contains("<script"));
        }
        for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc"] {
            assert!(!SCRIPT.contains(sink), "{sink}");
        }
    }

    #[test]
    fn the_policy_names_both_hashes_and_nothing_outside() {
        let policy = policy();
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("http"));
    }
}
