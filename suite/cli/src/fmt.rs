//! `wsspec fmt`: formats the scripts in case files; everything outside them stays byte for byte.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    str,
    sync::Arc,
};

use serde::Deserialize;
use toml::Spanned;
use wsspec_catalogue::{CaseError, format_case};
use wsspec_notation::NotationError;

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, print},
    heading,
    output::destination,
};

/// Options of `wsspec fmt`.
#[derive(Debug, clap::Args)]
pub struct FmtArgs {
    /// Case files, or folders of them
    #[arg(value_name = "FILE|DIR", default_value = "cases")]
    pub paths: Vec<PathBuf>,
    /// Change nothing: list the files that are not formatted, and exit with 1 if there are any
    #[arg(long, help_heading = heading::OUTPUT)]
    pub check: bool,
}

/// Formats, or lists what is not formatted. Exit code 0; 1 with `--check` if anything differs; 2 for mistakes.
pub fn run(args: &FmtArgs) -> Result<ExitStatus, CommandError> {
    let mut errors = Vec::new();
    let mut differs = Vec::new();
    for path in case_files(&args.paths)? {
        let content = fs::read(&path).map_err(|error| usage("read", &path, &error))?;
        match formatted(&path.display().to_string(), &content) {
            Ok(text) if text.as_bytes() == content => {}
            Ok(text) => {
                if !args.check {
                    destination::write_text(&path, &text)?;
                }
                differs.push(path);
            }
            Err(mistakes) => errors.extend(mistakes),
        }
    }
    print(&differs.iter().map(|path| format!("{}\n", path.display())).collect::<String>())?;
    match errors.is_empty() {
        true => Ok(ExitStatus::broken_if(args.check && !differs.is_empty())),
        false => Err(CommandError::Cases(errors)),
    }
}

fn usage(verb: &str, path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Usage(format!("cannot {verb} `{}`: {error}", path.display()))
}

/// The named files, and the case files below the named folders, in order.
fn case_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| usage("read", path, &error))?;
        if metadata.is_dir() { below(path, &mut found)? } else { found.push(path.clone()) }
    }
    Ok(found)
}

fn below(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), CommandError> {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<_> =
        entries.map_err(|error| usage("read", dir, &error))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml")
            && !path.ends_with("requirements.toml")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Only the scripts and matrices of a case file; `wsspec check` reports other mistakes.
#[derive(Deserialize)]
struct Scripts {
    #[serde(default)]
    case: Vec<WithScript>,
}

#[derive(Deserialize)]
struct WithScript {
    script: Spanned<String>,
    #[serde(default)]
    matrix: Option<toml::Value>,
}

/// A case file with each script between `'''` formatted, or every mistake that prevents this.
fn formatted(path: &str, content: &[u8]) -> Result<String, Vec<CaseError>> {
    let at = |source: &str, error| CaseError { path: path.to_owned(), source: Arc::from(source), error };
    let source = str::from_utf8(content).map_err(|error| {
        let start = error.valid_up_to();
        let error = NotationError::new(start..start + 1, "not UTF-8").help("save the file as UTF-8");
        vec![at(&String::from_utf8_lossy(content), error)]
    })?;
    let scripts: Scripts = toml::from_str(source).map_err(|error| {
        let first = error.message().lines().next().unwrap_or_default().to_owned();
        vec![at(source, NotationError::new(error.span().unwrap_or(0..0), first))]
    })?;
    let mut text = String::with_capacity(source.len());
    let mut errors = Vec::new();
    let mut done = 0;
    for case in &scripts.case {
        let Some(inner) = between_quotes(source, case.script.span()) else { continue };
        match format_case(&source[inner.clone()], case.matrix.as_ref().and_then(toml::Value::as_table)) {
            Ok(script) => {
                let newline = if source[inner.clone()].contains("\r\n") { "\r\n" } else { "\n" };
                text.push_str(&source[done..inner.start]);
                text.push_str(&format!("\n{script}").replace('\n', newline));
                done = inner.end;
            }
            Err(error) => errors.push(at(source, error.shifted(inner.start))),
        }
    }
    text.push_str(&source[done..]);
    if errors.is_empty() { Ok(text) } else { Err(errors) }
}

/// The range between `'''` and `'''`; `None` for a script in other quotes, whose escapes would change.
fn between_quotes(source: &str, span: Range<usize>) -> Option<Range<usize>> {
    let written = &source[span.clone()];
    let inner = written.strip_prefix("'''")?.strip_suffix("'''")?;
    Some(span.start + 3..span.start + 3 + inner.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> String {
        formatted("a.toml", content.as_bytes()).unwrap()
    }

    #[test]
    fn all_but_the_scripts_stays_as_it_is() {
        let before = "# top\n[[case]]\nid   = \"a\"  # note\nscript = '''\n\n>  text   \"a\"\nalive #x\n\n'''  # end\n";
        let after = "# top\n[[case]]\nid   = \"a\"  # note\nscript = '''\n>   text   \"a\"\nalive                               #x\n'''  # end\n";
        assert_eq!(text(before), after);
        assert_eq!(text(after), after);
    }

    #[test]
    fn line_ends_stay_those_of_the_file() {
        assert_eq!(
            text("[[case]]\r\nscript = '''\r\n alive\r\n'''\r\n"),
            "[[case]]\r\nscript = '''\r\nalive\r\n'''\r\n"
        );
    }

    #[test]
    fn a_script_on_one_line_gets_lines() {
        assert_eq!(text("[[case]]\nscript = '''alive'''\n"), "[[case]]\nscript = '''\nalive\n'''\n");
    }

    #[test]
    fn other_quotes_are_left_alone() {
        let file = "[[case]]\nscript = \"  alive\\n\"\n";
        assert_eq!(text(file), file);
    }

    #[test]
    fn a_mistake_has_its_place_in_the_file() {
        let errors = formatted("a.toml", b"[[case]]\nscript = '''\nalive\n> text \"a\n'''\n").unwrap_err();
        assert_eq!(
            errors.iter().map(CaseError::to_string).collect::<Vec<_>>(),
            ["a.toml:4:8: this quoted string is not closed"]
        );
    }
}
