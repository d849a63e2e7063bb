//! `wsspec check`: lints case files.

use std::{path::Path, process::ExitCode};

use wsspec_script::{Catalogue, Tree, lint};

/// Checks a folder of cases (with the built-in requirements), or the built-in catalogue.
pub fn run(dir: Option<&str>) -> ExitCode {
    let loaded = match dir {
        None => Catalogue::embedded(),
        Some(dir) => match Tree::read(Path::new(dir)) {
            Ok(tree) => Catalogue::default().with(&tree),
            Err(error) => {
                anstream::eprintln!("error: cannot read `{dir}`: {error}");
                return ExitCode::from(2);
            }
        },
    };
    match loaded {
        Ok(catalogue) => {
            let found = lint(&catalogue);
            for lint in &found {
                anstream::eprintln!("{}: {}: {}", lint.place, lint.subject, lint.message);
            }
            anstream::println!("{} cases, {} trials", catalogue.cases.len(), catalogue.members().count());
            if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
        Err(errors) => {
            for error in &errors {
                anstream::eprintln!("{}\n", error.render(false));
            }
            anstream::eprintln!("{} errors", errors.len());
            ExitCode::from(2)
        }
    }
}
