//! The cases that a command works on: built-in ones, those of folders, and a selection of both.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use wsspec_catalogue::{CaseError, Catalogue, Extra, Filter, LeftOut, Tree};

use crate::{
    failure::{CommandError, complain},
    heading,
};

/// `--cases`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Source {
    /// Folder of cases to add; a case replaces the built-in one with the same id
    #[arg(long = "cases", value_name = "DIR", help_heading = heading::SELECTION)]
    pub dirs: Vec<PathBuf>,
    /// Leave out the built-in cases; their requirements can still be cited
    #[arg(long, requires = "dirs", help_heading = heading::SELECTION)]
    pub no_builtin: bool,
}

impl Source {
    /// Loads the catalogue; fails if a case file has mistakes.
    pub fn catalogue(&self) -> Result<Catalogue, CommandError> {
        let loaded = load(&self.dirs, !self.no_builtin)?;
        if loaded.errors.is_empty() { Ok(loaded.catalogue) } else { Err(CommandError::Cases(loaded.errors)) }
    }

    /// The options for the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        let dirs = self.dirs.iter().flat_map(|dir| ["--cases".to_owned(), dir.display().to_string()]);
        dirs.chain(self.no_builtin.then(|| "--no-builtin".to_owned())).collect()
    }
}

/// Patterns.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Selection {
    /// Cases to select: an id, the start of one, or a glob; level:must, section:5.5, role:client, tag:slow,
    /// autobahn:6.4.*, requirement:rfc6455#5.5.2:*. Filters of one kind are alternatives; filters of different kinds
    /// must all match. not:FILTER leaves cases out
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Cases to leave out, by the same filters
    #[arg(long, value_name = "FILTER", help_heading = heading::SELECTION)]
    pub exclude: Vec<String>,
    /// Include a group of cases that only run on request: large, throughput, resources, known-bugs, or all
    #[arg(long, value_name = "GROUP", help_heading = heading::SELECTION)]
    pub extra: Vec<String>,
}

/// Which trials of a selection are run.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct PlanArgs {
    /// Run only the trials that did not pass in the last run of this target from this folder
    #[arg(long, help_heading = heading::SELECTION)]
    pub last_failed: bool,
    /// List the trials that would run, and run nothing
    #[arg(long, help_heading = heading::SELECTION)]
    pub dry_run: bool,
}

impl Selection {
    /// The filter. Fails if a pattern matches nothing in `catalogue`, or if nothing is left. Prints a note if a pattern
    /// selects only cases of groups that were not asked for.
    pub fn filter(&self, catalogue: &Catalogue) -> Result<Filter, CommandError> {
        let extra = Extra::parse_all(&self.extra).map_err(|error| CommandError::Usage(error.to_string()))?;
        let filter = Filter::new(&self.filters, &self.exclude)?.with_extra(&extra).resolved(catalogue)?;
        let selects =
            |filter: &Filter| catalogue.members().any(|(case, member)| filter.selects(case, member));
        if !selects(&filter) {
            let left = LeftOut::of(&filter, catalogue);
            return match left.is_empty() {
                false => Err(CommandError::Usage(left.to_string())),
                true if filter.has_several_kinds() => Err(CommandError::Usage(format!(
                    "no case fits {} at once: filters of different kinds must all match",
                    self.filters.iter().map(|filter| format!("`{filter}`")).collect::<Vec<_>>().join(", ")
                ))),
                true => Ok(filter),
            };
        }
        for pattern in self.filters.iter().filter(|pattern| !pattern.starts_with("not:")) {
            let alone = Filter::new(&[pattern], &[])?.with_extra(&extra).resolved(catalogue)?;
            if !selects(&alone) {
                complain(&format!("note: `{pattern}`: {}\n", LeftOut::of(&alone, catalogue)))?;
            }
        }
        Ok(filter)
    }
}

/// What was loaded from folders or is built in.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Everything without mistakes.
    pub catalogue: Catalogue,
    /// Every mistake.
    pub errors: Vec<CaseError>,
    /// The specifications whose requirements were found.
    pub specs: BTreeSet<String>,
}

impl Loaded {
    fn add(&mut self, tree: &Tree) {
        self.errors.extend(self.catalogue.add(tree));
        let specs = tree.files.keys().filter_map(|path| path.strip_suffix("/requirements.toml"));
        self.specs.extend(specs.filter_map(|folder| folder.rsplit('/').next()).map(str::to_owned));
    }
}

/// The folders' cases in addition to the built-in catalogue, or (without `builtin`) to its requirements only.
pub fn load(dirs: &[PathBuf], builtin: bool) -> Result<Loaded, CommandError> {
    let mut loaded = Loaded::default();
    let mut tree = Tree::embedded();
    if builtin {
        loaded.add(&tree);
    } else {
        tree.files.retain(|path, _| path.ends_with("requirements.toml"));
        // `wsspec check` without a folder reports mistakes in the built-in requirements.
        loaded.catalogue.add(&tree);
    }
    for dir in dirs {
        let tree = read(dir)
            .map_err(|error| CommandError::Usage(format!("cannot read `{}`: {error}", dir.display())))?;
        loaded.add(&tree);
    }
    Ok(loaded)
}

/// Reads a folder of specifications, or, if it contains `requirements.toml`, of the one specification that it is named
/// after.
fn read(dir: &Path) -> std::io::Result<Tree> {
    let tree = Tree::read(dir)?;
    let Some(name) = dir.file_name().filter(|_| tree.files.contains_key("requirements.toml")) else {
        return Ok(tree);
    };
    let parent = dir.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let name = name.to_string_lossy();
    let files = tree.files.into_iter().map(|(path, content)| (format!("{name}/{path}"), content)).collect();
    Ok(Tree { root: parent.display().to_string(), files })
}
