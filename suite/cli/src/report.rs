//! `wsspec report`: saved records, printed or converted. Ends as the run did, of several as the worst.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use wsspec_exchange::Record;
use wsspec_reports::{Json, Junit, Report, Text, exit_code, html_file, known_bugs, read_record, write_html};

use crate::{
    args::ColorArgs,
    catalogue::Source,
    failure::{Failure, print},
    outputs::{Manner, Outputs, When},
    run::save,
};

/// Options of `wsspec report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Records, as `wsspec run --json` saves them; only `--html` puts several into one file
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// Write the record again
    #[arg(long, value_name = "FILE")]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Vec<PathBuf>,
    /// Further reports.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Write a page to look at, of all records: a file that ends in .html, or index.html in a folder
    #[arg(long, value_name = "DIR|FILE")]
    pub html: Vec<PathBuf>,
    /// Print which known bugs the record shows, instead of its trials
    #[arg(long, conflicts_with = "quiet")]
    pub known_bugs: bool,
    /// Print nothing
    #[arg(long)]
    pub quiet: bool,
    /// Exit as `wsspec run --strict` does
    #[arg(long)]
    pub strict: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Prints records, and writes them again in other formats.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    args.color.apply();
    let records = read(&args.records)?;
    convert(args, &records)?;
    let mut codes = Vec::new();
    for (_, record) in &records {
        show(args, record)?;
        codes.push(exit_code(record, args.strict));
    }
    // What is broken counts for more than what is in doubt.
    let worst = codes.iter().copied().max_by_key(|code| [0, 3, 1].iter().position(|known| known == code));
    Ok(ExitCode::from(worst.unwrap_or_default()))
}

/// Each record by the name of its file; one alone by the target's.
fn read(paths: &[PathBuf]) -> Result<Vec<(String, Record)>, Failure> {
    let name = |path: &Path, record: &Record| match paths {
        [_] => record.target.clone(),
        _ => path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    };
    let read = |path: &PathBuf| read_record(path).map(|record| (name(path, &record), record));
    paths.iter().map(read).collect::<Result<_, _>>().map_err(|error| Failure::Usage(error.to_string()))
}

fn convert(args: &ReportArgs, records: &[(String, Record)]) -> Result<(), Failure> {
    let of_one = [(&args.json, &Json as &dyn Report), (&args.junit, &Junit)];
    for (paths, report) in of_one {
        for path in paths {
            let [(_, record)] = records else {
                let path = path.display();
                return Err(Failure::Usage(format!(
                    "`{path}` takes one record, of several only --html does"
                )));
            };
            save(path, report, record)?;
        }
    }
    if let [(_, record)] = records {
        let manner = Manner { strict: args.strict, quiet: args.quiet, github: When::Never };
        args.outputs.write(record, manner)?;
    } else if let Some(path) = args.outputs.paths().next() {
        return Err(Failure::Usage(format!(
            "`{}` takes one record, of several only --html does",
            path.display()
        )));
    }
    let all: Vec<(String, &Record)> = records.iter().map(|(name, record)| (name.clone(), record)).collect();
    for path in &args.html {
        write_html(&html_file(path), &all).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    Ok(())
}

fn show(args: &ReportArgs, record: &Record) -> Result<(), Failure> {
    if args.known_bugs {
        let catalogue = Source::default().catalogue()?;
        let colour = anstream::stdout().current_choice() != anstream::ColorChoice::Never;
        print(&known_bugs(&catalogue.bugs, record, colour, args.strict))?;
    } else if !args.quiet {
        let mut text = Vec::new();
        Text.render(record, &mut text).map_err(Failure::Output)?;
        print(&String::from_utf8_lossy(&text))?;
    }
    Ok(())
}
