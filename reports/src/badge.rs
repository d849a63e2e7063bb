//! A badge: the outcome of a run as a small image, for a README.
//!
//! One SVG file that loads nothing from outside. White text is readable on its colours, and its title has the same
//! text.

use std::io::{self, Write};

use wsspec_record::Record;

use crate::{Report, clean::sentence, run_outcome::RunOutcome};

/// The approximate width of a character of Verdana at 11 pixels; `textLength` makes it exact.
const CHARACTER: usize = 7;
/// Space next to a text.
const SPACE: usize = 6;
/// The left half.
const LABEL: &str = "wsspec";

/// A badge as SVG.
#[derive(Clone, Copy, Debug, Default)]
pub struct Badge {
    /// As in [`RunOutcome::of`].
    pub strict: bool,
}

impl Report for Badge {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let outcome = RunOutcome::of(record, self.strict);
        let (message, colour) = shown(&outcome);
        let title = match &outcome {
            RunOutcome::Inconclusive { .. } => sentence(&outcome.to_string()),
            _ => sentence(&format!("the peer {outcome}")),
        };
        let title = xml(&format!("{LABEL}: {title}"));
        let (left, right) =
            (BadgeHalf::new(LABEL, 0), BadgeHalf::new(&message, BadgeHalf::new(LABEL, 0).width));
        let (all, from) = (left.width + right.width, left.width);
        writeln!(
            out,
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{all}" height="20" rx="3" fill="#fff"/></clipPath>
<g clip-path="url(#r)">
<rect width="{from}" height="20" fill="#444"/>
<rect x="{from}" width="{}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle" aria-hidden="true">
{}
{}
</g>
</svg>"##,
            right.width,
            left.text(),
            right.text()
        )
    }
}

/// The text of the right half, and its colour.
fn shown(outcome: &RunOutcome) -> (String, &'static str) {
    match outcome {
        RunOutcome::Conforms { known: 0, .. } => ("conforms".into(), "#1a7f37"),
        RunOutcome::Conforms { known, .. } => (format!("conforms, {known} known"), "#57700a"),
        RunOutcome::Breaks { deadly, requirements: 0, .. } if *deadly > 0 => ("dies".into(), "#cf222e"),
        RunOutcome::Breaks { requirements: 0, .. } => ("expectations are outdated".into(), "#b35900"),
        RunOutcome::Breaks { requirements, .. } => (format!("breaks {requirements}"), "#cf222e"),
        RunOutcome::Inconclusive { .. } => ("inconclusive".into(), "#6e7781"),
    }
}

/// One half of the badge, with its text in the middle.
struct BadgeHalf<'a> {
    words: &'a str,
    x: usize,
    width: usize,
}

impl<'a> BadgeHalf<'a> {
    fn new(words: &'a str, x: usize) -> Self {
        Self { words, x, width: words.chars().count() * CHARACTER + 2 * SPACE }
    }

    fn text(&self) -> String {
        let (middle, length) = (self.x + self.width / 2, self.width - 2 * SPACE);
        format!(r#"<text x="{middle}" y="14" textLength="{length}">{}</text>"#, xml(self.words))
    }
}

/// Text for an element or an attribute of XML.
fn xml(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(xml("<a b='\"'>&"), "&lt;a b=&apos;&quot;&apos;&gt;&amp;");
    }
}
