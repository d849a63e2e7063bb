//! `wsspec fmt`: the canonical spacing of a script, keeping comments and `$names`.

use crate::{
    error::NotationError,
    parse::{FieldLine, words},
};

/// The column (in characters, from 0) for comments after a line, if there is room.
const COMMENT_COLUMN: usize = 36;

/// One space between words, three before a field, comments aligned, no trailing spaces, no blank lines at the start
/// or end. Works before `$names` are replaced. An error has its span in bytes of `text`.
pub fn format_script(text: &str) -> Result<String, NotationError> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for line in text.split('\n') {
        out.push_str(&format_line(line).map_err(|e| e.shifted(at))?);
        out.push('\n');
        at += line.len() + 1;
    }
    let body = out.trim_matches('\n');
    Ok(if body.is_empty() { String::new() } else { format!("{body}\n") })
}

/// Writes `accepted` for each `response 101` in a formatted script, unless one has a reason phrase; comments stay in
/// place.
pub fn with_accepted(formatted: &str) -> Result<String, NotationError> {
    let mut out = String::with_capacity(formatted.len());
    for line in formatted.lines() {
        match opened(line)? {
            Some(opened) => out.push_str(&format_line(&opened)?),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(out)
}

/// A line with `accepted` in place of `response 101`.
fn opened(line: &str) -> Result<Option<String>, NotationError> {
    if FieldLine::of(line).is_some() {
        return Ok(None);
    }
    let words = words::split(line)?.words;
    let mut opened = line.to_owned();
    for pair in words.windows(2).rev().filter(|pair| pair[0].text == "response" && pair[1].text == "101") {
        opened.replace_range(pair[0].at..pair[1].span().end, "accepted");
    }
    Ok((opened != line).then_some(opened))
}

fn format_line(line: &str) -> Result<String, NotationError> {
    if let Some(field) = FieldLine::of(line) {
        return Ok(format!("{}   {}", field.sign, field.text));
    }
    let found = words::split(line)?;
    let mut out = String::new();
    for word in &found.words {
        if !out.is_empty() {
            out.push(' ');
        }
        match random(word.text) {
            Some(random) => out.push_str(&random),
            None => out.push_str(word.text),
        }
    }
    if let Some(comment) = found.comment {
        if !out.is_empty() {
            let gap = COMMENT_COLUMN.saturating_sub(out.chars().count()).max(2);
            out.extend(std::iter::repeat_n(' ', gap));
        }
        out.push_str(comment.text);
    }
    Ok(out)
}

/// `random( 1 , 2 )*3` without the spaces around its two numbers.
fn random(word: &str) -> Option<String> {
    let (numbers, rest) = word.strip_prefix("random(")?.split_once(')')?;
    let (seed, length) = numbers.split_once(',').filter(|_| !numbers.contains('"'))?;
    Some(format!("random({},{}){rest}", seed.trim(), length.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_becomes_canonical_and_comments_stay() {
        let text = "  > text   \"a  b\"*$n -fin#c\n>     Host:  x # y\n\n# alone\n< pong  &  text # later\n";
        let formatted = format_script(text).unwrap();
        assert_eq!(
            formatted,
            "> text \"a  b\"*$n -fin#c\n>   Host:  x # y\n\n# alone\n< pong & text                       # later\n"
        );
        assert_eq!(format_script(&formatted).unwrap(), formatted);
    }
}
