//! The modules of the workspace, parsed, and where each name in them leads. Tests are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, ImplItem, Item, visit::Visit};

use super::paths::{Import, NamedPath, PathVisitor, imports};

/// The position of a module below the root of its crate, which is empty.
pub type ModulePath = Vec<String>;

/// The modules of one library, program, benchmark or example.
#[derive(Default)]
pub struct SourceCrate {
    /// The folder of a library's package, or the file of another root.
    pub name: String,
    pub modules: BTreeMap<ModulePath, SourceModule>,
}

/// One module: a file, or the content of `mod x { .. }`.
#[derive(Default)]
pub struct SourceModule {
    pub file: PathBuf,
    pub items: Vec<Item>,
    /// The names of its definitions, not counting modules.
    defined: BTreeSet<String>,
    /// Its imports: under which name, and what.
    imported: BTreeMap<String, Vec<String>>,
    /// Its glob imports.
    globs: Vec<Vec<String>>,
    /// Each path in it, including imports.
    pub named: Vec<NamedPath>,
}

impl SourceCrate {
    /// The crate with its root in a file of `workspace`.
    pub fn read(workspace: &Path, name: &str, root: &Path) -> Self {
        let mut source = Self { name: name.to_owned(), ..Self::default() };
        let folder = root.parent().expect("a file is in a folder");
        source.add_file(workspace, Vec::new(), root, folder);
        source
    }

    /// The crate whose whole text is `text`.
    pub fn parse(name: &str, text: &str) -> Self {
        let mut source = Self { name: name.to_owned(), ..Self::default() };
        let file = syn::parse_file(text).expect("it is Rust");
        source.add(Path::new(""), Vec::new(), Path::new("lib.rs"), Path::new(""), file.items);
        source
    }

    fn add_file(&mut self, workspace: &Path, path: ModulePath, file: &Path, children: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add(workspace, path, file, children, parsed.items);
    }

    fn add(&mut self, workspace: &Path, path: ModulePath, file: &Path, children: &Path, items: Vec<Item>) {
        let items: Vec<Item> = items.into_iter().filter(|item| !is_test(attributes(item))).collect();
        for item in &items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            let below = [path.clone(), vec![name.clone()]].concat();
            match &module.content {
                Some((_, items)) => self.add(workspace, below, file, &children.join(&name), items.clone()),
                None => {
                    let found = elsewhere(&module.attrs).map(|other| file.with_file_name(other));
                    let found = found.unwrap_or_else(|| children.join(format!("{name}.rs")));
                    self.add_file(workspace, below, &found, &children.join(&name));
                }
            }
        }
        let file = file.strip_prefix(workspace).unwrap_or(file).to_owned();
        let before = self.modules.insert(path, SourceModule::new(file, items));
        assert!(before.is_none(), "{}: two modules have the same name", self.name);
    }

    /// The module that contains what `segments` name in the module `from`, if it is in this crate. An import is
    /// followed to the module it imports from.
    pub fn resolve(&self, from: &[String], segments: &[String]) -> Option<ModulePath> {
        self.resolve_within(from, segments, 0)
    }

    fn resolve_within(&self, from: &[String], segments: &[String], depth: usize) -> Option<ModulePath> {
        // Two imports may name each other.
        if depth > 16 {
            return None;
        }
        let mut module = from.to_vec();
        let mut rest = segments;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => drop(module.pop()?),
                _ => break,
            }
            rest = others;
        }
        let relative = rest.len() == segments.len();
        while let Some((first, others)) = rest.split_first() {
            let here = &self.modules[&module];
            let child = [module.clone(), vec![first.clone()]].concat();
            if self.modules.contains_key(&child) && !(others.is_empty() && here.defined.contains(first)) {
                module = child;
            } else if let Some(import) = here.imported.get(first) {
                let whole = [import.clone(), others.to_vec()].concat();
                return (import != segments).then(|| self.resolve_within(&module, &whole, depth + 1))?;
            } else if here.defined.contains(first) {
                return Some(module);
            } else {
                let globs = here.globs.iter();
                let mut found = globs.filter_map(|glob| {
                    let whole = [glob.clone(), rest.to_vec()].concat();
                    self.resolve_within(&module, &whole, depth + 1)
                });
                // The first name of a path may be another crate's; what follows a module is in it.
                return found.next().or_else(|| (!relative || rest.len() < segments.len()).then_some(module));
            }
            rest = others;
        }
        Some(module)
    }
}

impl SourceModule {
    fn new(file: PathBuf, items: Vec<Item>) -> Self {
        let mut module = Self { file, items, ..Self::default() };
        let mut visitor = PathVisitor::default();
        for item in &module.items {
            match item {
                Item::Mod(_) => continue,
                Item::Use(item) => {
                    for Import { name, path } in imports(&item.tree) {
                        match name {
                            Some(name) => drop(module.imported.insert(name, path.segments)),
                            None => module.globs.push(path.segments),
                        }
                    }
                }
                _ => module.defined.extend(defined(item)),
            }
            visitor.visit_item(item);
        }
        module.named = visitor.named;
        module
    }
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether it exists only for tests.
pub fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_test)
}

/// Whether a function of an `impl` exists only for tests.
pub fn is_test_function(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if is_test(&function.attrs))
}

/// The file of `#[path = ".."]`.
fn elsewhere(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Expr::Lit(literal) = &attribute.meta.require_name_value().ok()?.value else { return None };
    match &literal.lit {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}
