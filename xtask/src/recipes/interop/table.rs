//! `interop --table`: docs/interop.md, what each implementation breaks today.

use std::{fmt::Write, fs};

use super::TestedRole;
use crate::{failure::RecipeError, saved::Saved, server, workspace::Workspace};

const PAGE: &str = "docs/interop.md";
const INTRODUCTION: &str = "\
# Who breaks what

Written by `cargo xtask interop --table`, which runs the catalogue against each implementation of `suite/interop`. Each
failure was checked against the sentence that it names; `known.toml` and `known-client.toml` there list them with reasons.
A failure is a MUST that is broken. One fault often fails several trials, so the number of requirements says more.
";

/// One implementation in one role.
pub(super) struct TableRow {
    role: TestedRole,
    cells: [String; 6],
}

impl TableRow {
    /// What a record says of an implementation that is called `name` here.
    pub(super) fn new(workspace: &Workspace, name: &str, role: TestedRole, saved: &Saved) -> Self {
        let list = server::known(workspace, name, role.list()).and_then(|path| fs::read_to_string(path).ok());
        let title = list.as_deref().and_then(title).unwrap_or_else(|| name.to_owned());
        let failed = saved.count("fail") + saved.count("known");
        let counts =
            [saved.trials.len(), failed, saved.broken().len(), saved.count("lenient"), saved.count("skip")];
        let mut cells = [const { String::new() }; 6];
        cells[0] = title.replace('|', "\\|");
        for (cell, count) in cells[1..].iter_mut().zip(counts) {
            *cell = count.to_string();
        }
        Self { role, cells }
    }
}

/// Writes the page.
pub(super) fn write(workspace: &Workspace, rows: &[TableRow]) -> Result<(), RecipeError> {
    let path = workspace.path(PAGE);
    fs::write(&path, page(rows)).map_err(RecipeError::file("write", &path))?;
    println!("saved as {}", path.display());
    Ok(())
}

fn page(rows: &[TableRow]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for (role, heading) in [(TestedRole::Server, "Servers"), (TestedRole::Client, "Clients")] {
        let _ = write!(
            page,
            "\n## {heading}\n\n| implementation | trials | failed | requirements broken | lenient | skipped |\n\
             |---|--:|--:|--:|--:|--:|\n"
        );
        for row in rows.iter().filter(|row| row.role == role) {
            let _ = writeln!(page, "| {} |", row.cells.join(" | "));
        }
    }
    page
}

/// What a list of known failures is about: its first line is `# What NAME breaks, and the sentence that says so.`
fn title(list: &str) -> Option<String> {
    let line = list.lines().next()?.strip_prefix("# What ")?;
    let (title, _) = line.split_once(" breaks")?;
    let title = title.trim_end_matches(',');
    Some(title.strip_prefix("an echo client on ").unwrap_or(title).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_what_it_is_about() {
        let named = |line: &str| title(line).unwrap_or_default();
        assert_eq!(named("# What ws 8.23.0 on Node.js breaks, and the sentence"), "ws 8.23.0 on Node.js");
        assert_eq!(named("# What hypercorn 0.18.0, on h11, breaks, and"), "hypercorn 0.18.0, on h11");
        assert_eq!(named("# What an echo client on Chromium breaks, and"), "Chromium");
        assert_eq!(title("[known]\n"), None);
    }

    #[test]
    fn a_page_has_a_row_for_each_in_its_role() {
        let row =
            |role, name: &str| TableRow { role, cells: [name, "9", "1", "1", "2", "0"].map(str::to_owned) };
        let page = page(&[row(TestedRole::Client, "b"), row(TestedRole::Server, "a")]);
        let (servers, clients) = page.split_once("## Clients").unwrap();
        assert!(servers.ends_with("|\n| a | 9 | 1 | 1 | 2 | 0 |\n\n"), "{servers}");
        assert!(clients.ends_with("|\n| b | 9 | 1 | 1 | 2 | 0 |\n"), "{clients}");
    }
}
