//! A page of checks that are not trials: what failed, in full. It has no script.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, html};

use super::head;
use crate::{
    clean::{count, sentence},
    junit::{Check, Checked},
    reason::clean_text,
};

/// Renders a page of checks under a heading.
pub fn render_checks_page(heading: &str, checks: &[Check], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(document(heading, checks).into_string().as_bytes())
}

fn document(heading: &str, checks: &[Check]) -> Markup {
    let failed = checks.iter().filter(|check| matches!(check.came_to, Checked::Failed { .. })).count();
    let found =
        if failed == 0 { "Nothing found".to_owned() } else { format!("{} found", count(failed, "thing")) };
    let title = format!("{found}: {} \u{2013} wsspec", sentence(heading));
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title))
            body {
                header.top { p.brand { "wsspec" } }
                main {
                    h1 { (sentence(heading)) }
                    p { (found) "." }
                    @for check in checks { (section(check)) }
                }
            }
        }
    }
}

/// A check that passed is one line.
fn section(check: &Check) -> Markup {
    let name = sentence(&check.name);
    html! {
        @match &check.came_to {
            Checked::Passed => p.hint { (name) },
            Checked::Failed { message, text, .. } => section {
                h2 id=(name) { (name) }
                p.found { (sentence(message)) }
                pre { (clean_text(text)) }
            },
            Checked::Error { message, .. } => section {
                h2 { (name) }
                p.found { (sentence(message)) }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn page(came_to: Checked) -> String {
        let check = Check { name: "<b>1\u{202e}".into(), elapsed: Duration::ZERO, came_to };
        let mut page = Vec::new();
        render_checks_page("decoder <script>", &[check], &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn a_finding_is_shown_in_full_and_as_text_only() {
        let failed = |text: &str| Checked::Failed {
            kind: "crashed".into(),
            message: "it <i>crashes".into(),
            text: text.into(),
        };
        let page = page(failed("FOUND\n  fix      <script>alert(1)</script>\u{1b}[2J\n"));
        assert!(
            page.contains("1 thing found.") && page.contains("FOUND\n  fix      &lt;script&gt;"),
            "{page}"
        );
        assert!(page.contains("it &lt;i&gt;crashes") && page.contains("&lt;b&gt;1"), "{page}");
        for hostile in ["<script", "<b>", "<i>", "\u{1b}", "\u{202e}"] {
            assert!(!page.contains(hostile), "{hostile:?}");
        }
    }

    #[test]
    fn nothing_found_is_said() {
        assert!(page(Checked::Passed).contains("Nothing found."));
        let error = Checked::Error { kind: "trouble".into(), message: "the shim ended".into() };
        assert!(page(error).contains("the shim ended"));
    }
}
