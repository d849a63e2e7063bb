//! Edits the `[[expect]]` tables of a file, and keeps everything else as it was.

use std::mem;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TomlError, value};
use wsspec_catalogue::Deviation;

use super::{Addition, Fate};

const KEY: &str = "expect";

/// Applies its fate to each entry of `source`, and appends new entries after the last one.
pub(super) fn edited(source: &str, fates: &[Fate], additions: &[Addition]) -> Result<String, TomlError> {
    if additions.is_empty() && fates.iter().all(|fate| *fate == Fate::Keep) {
        return Ok(source.to_owned());
    }
    let mut document: DocumentMut = source.parse()?;
    let old = match document.remove(KEY).map(Item::into_array_of_tables) {
        Some(Ok(tables)) => tables,
        _ => ArrayOfTables::new(),
    };
    let (mut new, orphaned) = with_fates(old, fates);
    let mut above = document.trailing().as_str().unwrap_or_default().to_owned();
    if !additions.is_empty() {
        document.set_trailing("");
    }
    for addition in additions {
        let gap = if source.is_empty() && new.is_empty() { "" } else { "\n" };
        new.push(table(addition, mem::take(&mut above) + gap));
    }
    if !new.is_empty() {
        document.insert(KEY, Item::ArrayOfTables(new));
    }
    let mut text = document.to_string();
    text.push_str(&orphaned);
    Ok(text)
}

/// The tables that stay, and those comments of removed tables that would otherwise be lost.
fn with_fates(old: ArrayOfTables, fates: &[Fate]) -> (ArrayOfTables, String) {
    let mut new = ArrayOfTables::new();
    let mut above = String::new();
    for (mut table, fate) in old.into_iter().zip(fates) {
        let prefix = prefix(&table);
        if *fate == Fate::Remove {
            above.push_str(paragraphs_above(&prefix));
            continue;
        }
        if !above.is_empty() {
            let prefix = format!("{}{prefix}", mem::take(&mut above));
            table.decor_mut().set_prefix(prefix);
        }
        let Fate::Narrow(globs) = fate else {
            new.push(table);
            continue;
        };
        for (number, glob) in globs.iter().enumerate() {
            let mut narrow = table.clone();
            rename(&mut narrow, glob);
            if number > 0 {
                narrow.decor_mut().set_prefix("\n");
            }
            new.push(narrow);
        }
    }
    (new, above)
}

/// Replaces the glob, and keeps the text around it.
fn rename(table: &mut Table, glob: &str) {
    if let Some(Item::Value(case)) = table.get_mut("case") {
        let decor = case.decor().clone();
        *case = glob.into();
        *case.decor_mut() = decor;
    }
}

fn prefix(table: &Table) -> String {
    table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned()
}

/// The comments above a table that are not about it alone: those followed by an empty line.
fn paragraphs_above(prefix: &str) -> &str {
    let above = prefix.rfind("\n\n").map_or("", |at| &prefix[..=at]);
    if above.trim().is_empty() { "" } else { above }
}

/// A table for the end of the file, after the text that is there.
fn table(addition: &Addition, above: String) -> Table {
    let mut table = Table::new();
    table.set_position(Some(isize::MAX));
    table.decor_mut().set_prefix(above);
    table.insert("case", value(&addition.glob));
    if addition.deviation != Deviation::Fail {
        table.insert("outcome", value(addition.deviation.word()));
    }
    if let Some(target) = &addition.target {
        table.insert("target", value(target));
    }
    table.insert("reason", value(&addition.reason));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Ours.\n[target.a]\nurl = \"ws://a\" # here\n\n# Failures, see our wiki.\n\n\
                        # One.\n[[expect]]\ncase = \"x/1/a\" # the first\nreason = \"A\"\n\n\
                        [[expect]]\ncase = \"x/1/b\"\nreason = \"B\"\nexpires = 2027-01-31\n\n[run]\nseed = 1\n";

    fn addition(glob: &str) -> Addition {
        Addition {
            glob: glob.into(),
            deviation: Deviation::Lenient,
            reason: "C \"\u{1b}\"".into(),
            target: None,
        }
    }

    #[test]
    fn what_is_kept_stays_to_the_byte() {
        assert_eq!(edited(FILE, &[Fate::Keep, Fate::Keep], &[]).unwrap(), FILE);
    }

    #[test]
    fn what_goes_leaves_the_comments_of_others() {
        let text = edited(FILE, &[Fate::Remove, Fate::Keep], &[]).unwrap();
        let expected =
            FILE.replace("# One.\n[[expect]]\ncase = \"x/1/a\" # the first\nreason = \"A\"\n\n", "");
        assert_eq!(text, expected);
        let none = edited(FILE, &[Fate::Remove, Fate::Remove], &[]).unwrap();
        assert!(none.starts_with("# Ours.\n[target.a]\nurl = \"ws://a\" # here\n"), "{none}");
        assert!(none.contains("\n# Failures, see our wiki.\n") && !none.contains("# One."), "{none}");
        assert!(none.contains("[run]\nseed = 1\n"), "{none}");
    }

    #[test]
    fn what_is_narrowed_keeps_its_reason_and_day() {
        let fates = [Fate::Keep, Fate::Narrow(vec!["x/1/b[n=1]".into(), "x/1/b[n=2]".into()])];
        let text = edited(FILE, &fates, &[]).unwrap();
        let entry =
            |n: u8| format!("[[expect]]\ncase = \"x/1/b[n={n}]\"\nreason = \"B\"\nexpires = 2027-01-31\n\n");
        let rest = "[[expect]]\ncase = \"x/1/b\"\nreason = \"B\"\nexpires = 2027-01-31\n\n";
        assert_eq!(text, FILE.replace(rest, &format!("{}{}", entry(1), entry(2))));
    }

    #[test]
    fn what_is_new_comes_after_the_last() {
        let text = edited(FILE, &[Fate::Keep, Fate::Keep], &[addition(r"x/1/c[v=\x01]")]).unwrap();
        let new = "[[expect]]\ncase = 'x/1/c[v=\\x01]'\noutcome = \"lenient\"\n";
        assert!(text.contains(new), "{text}");
        assert!(!text.contains('\u{1b}') && text.starts_with("# Ours.\n"), "{text}");
        let place = text.find(new).unwrap();
        assert!(place > text.find("x/1/b").unwrap(), "{text}");
    }

    #[test]
    fn what_is_new_stands_below_the_comments_at_the_end() {
        let text = edited("[run]\n# The end.\n", &[], &[addition("x/1/c")]).unwrap();
        assert!(text.starts_with("[run]\n# The end.\n\n[[expect]]\ncase = \"x/1/c\"\n"), "{text}");
    }

    #[test]
    fn a_file_that_was_not_there_has_the_new_ones_alone() {
        let addition = Addition { deviation: Deviation::Fail, reason: "C".into(), ..addition("x/1/c") };
        let text = edited("", &[], &[addition.clone(), addition]).unwrap();
        let entry = "[[expect]]\ncase = \"x/1/c\"\nreason = \"C\"\n";
        assert_eq!(text, format!("{entry}\n{entry}"));
    }
}
