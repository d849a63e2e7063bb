//! Which cases a command works on: the built-in ones or those of folders, and a selection of them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use wsspec_catalogue::{CaseError, Catalogue, Extra, Filter, LeftOut, Tree};

use crate::failure::{CommandError, complain};

/// `--cases`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Source {
    /// Folder of cases to add to the built-in ones; a case with the id of another replaces it
    #[arg(long = "cases", value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Leave the built-in cases out, but for their requirements, which can be cited
    #[arg(long, requires = "dirs")]
    pub no_builtin: bool,
}

impl Source {
    /// The checked catalogue.
    pub fn catalogue(&self) -> Result<Catalogue, CommandError> {
        let loaded = load(&self.dirs, !self.no_builtin)?;
        if loaded.errors.is_empty() { Ok(loaded.catalogue) } else { Err(CommandError::Cases(loaded.errors)) }
    }

    /// For the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        let dirs = self.dirs.iter().flat_map(|dir| ["--cases".to_owned(), dir.display().to_string()]);
        dirs.chain(self.no_builtin.then(|| "--no-builtin".to_owned())).collect()
    }
}

/// Patterns.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Selection {
    /// Cases to select: an id, the start of one, or a glob; level:must, section:5.5, tag:slow, autobahn:6.4.*,
    /// requirement:rfc6455#5.5.2:*
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Cases to leave out, by the same patterns
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Groups of cases that are else left out unless named by their id: large, throughput, resources, known-bugs, all
    #[arg(long, value_name = "GROUP")]
    pub extra: Vec<String>,
}

impl Selection {
    /// The filter; each of its patterns fits something in `catalogue`. Patterns that select nothing but cases that are
    /// left out are told of, and an error where nothing is left.
    pub fn filter(&self, catalogue: &Catalogue) -> Result<Filter, CommandError> {
        let extra = Extra::parse_all(&self.extra).map_err(|error| CommandError::Usage(error.to_string()))?;
        let filter = Filter::new(&self.filters, &self.exclude)?.with_extra(&extra);
        filter.check(catalogue)?;
        let selects =
            |filter: &Filter| catalogue.members().any(|(case, member)| filter.selects(case, member));
        if !selects(&filter) {
            let left = LeftOut::of(&filter, catalogue);
            return if left.is_empty() { Ok(filter) } else { Err(CommandError::Usage(left.to_string())) };
        }
        for pattern in &self.filters {
            let alone = Filter::new(&[pattern], &[])?.with_extra(&extra);
            if !selects(&alone) {
                complain(&format!("note: `{pattern}`: {}\n", LeftOut::of(&alone, catalogue)))?;
            }
        }
        Ok(filter)
    }
}

/// What was found in folders, or is built in.
#[derive(Debug, Default)]
pub struct Loaded {
    /// All that is sound.
    pub catalogue: Catalogue,
    /// Every mistake.
    pub errors: Vec<CaseError>,
    /// The specifications whose requirements were there.
    pub specs: BTreeSet<String>,
}

impl Loaded {
    fn add(&mut self, tree: &Tree) {
        self.errors.extend(self.catalogue.add(tree));
        let specs = tree.files.keys().filter_map(|path| path.strip_suffix("/requirements.toml"));
        self.specs.extend(specs.filter_map(|folder| folder.rsplit('/').next()).map(str::to_owned));
    }
}

/// The folders' cases on top of the built-in catalogue, or (without `builtin`) of its requirements alone.
pub fn load(dirs: &[PathBuf], builtin: bool) -> Result<Loaded, CommandError> {
    let mut loaded = Loaded::default();
    let mut tree = Tree::embedded();
    if builtin {
        loaded.add(&tree);
    } else {
        tree.files.retain(|path, _| path.ends_with("requirements.toml"));
        // Mistakes in the built-in requirements are for `wsspec check` without a folder to tell.
        loaded.catalogue.add(&tree);
    }
    for dir in dirs {
        let tree = read(dir)
            .map_err(|error| CommandError::Usage(format!("cannot read `{}`: {error}", dir.display())))?;
        loaded.add(&tree);
    }
    Ok(loaded)
}

/// A folder of specifications, or (where it has `requirements.toml` itself) of one specification, named as it is.
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
