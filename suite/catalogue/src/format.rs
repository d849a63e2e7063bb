//! `wsspec fmt`: the canonical form of a case's script.

use bytes::Bytes;
use wsspec_notation::{
    NotationError, PayloadFiles, Script, format_script, parse_script, substitute, with_accepted,
};

use crate::{http1::is_about_http1, load::matrix_of};

/// Normalises spacing, and writes `accepted` for `response 101` unless some member is about HTTP/1.1 itself.
///
/// Does not change the words of a script that `wsspec check` rejects. Errors have spans in bytes of `written`.
pub fn format_case(written: &str, matrix: Option<&toml::Table>) -> Result<String, NotationError> {
    let spaced = format_script(written)?;
    let members = members(&spaced, matrix);
    match members.is_some_and(|members| !members.iter().any(is_about_http1)) {
        true => with_accepted(&spaced),
        false => Ok(spaced),
    }
}

/// The scripts of its members, or `None` if one has a mistake.
fn members(script: &str, matrix: Option<&toml::Table>) -> Option<Vec<Script>> {
    let combinations = matrix_of(matrix).ok()?.combinations();
    let member = |values| parse_script(&substitute(script, values).ok()?.text, &AnyFile).ok();
    combinations.iter().map(member).collect()
}

/// Any payload file may exist; the contents are never read.
struct AnyFile;

impl PayloadFiles for AnyFile {
    fn read(&self, _: &str) -> Result<Bytes, String> {
        Ok(Bytes::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(script: &str, matrix: &str) -> String {
        let matrix: toml::Table = matrix.parse().unwrap();
        let once = format_case(script, Some(&matrix)).unwrap();
        assert_eq!(format_case(&once, Some(&matrix)).unwrap(), once);
        once
    }

    #[test]
    fn a_response_of_101_becomes_accepted() {
        assert_eq!(
            formatted("> request\n< response   101  |? response 4xx   # text \"response 101\"\n", ""),
            "> request\n< accepted |? response 4xx          # text \"response 101\"\n"
        );
        assert_eq!(formatted("<   request\n> response 101\n", ""), "<   request\n> response 101\n");
    }

    #[test]
    fn a_script_about_http1_keeps_its_101() {
        let script = "> request - - HTTP/1.0\n< response 101\n";
        assert_eq!(formatted(script, ""), script);
    }

    #[test]
    fn one_member_about_http1_keeps_the_101_of_all() {
        let script = "> request\n>   $field: x\n< response 101\n";
        assert_eq!(formatted(script, "field = ['X-Any', 'Upgrade']"), script);
        assert_eq!(formatted(script, "field = ['X-Any']"), script.replace("response 101", "accepted"));
    }

    #[test]
    fn a_script_with_a_mistake_keeps_its_words() {
        assert_eq!(formatted("> request $x\n< response 101\n", ""), "> request $x\n< response 101\n");
    }
}
