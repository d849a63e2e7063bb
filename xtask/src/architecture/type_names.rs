//! A type name belongs to one type in the whole workspace, so that a search finds the right one.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Item, Macro, visit::Visit};

use super::{sources::SourceCrate, workspace_crates};

/// Where types are defined, by name. Associated types do not count, nor do those of tests.
#[derive(Default)]
struct DefinedTypes {
    /// The file being read.
    file: String,
    places: BTreeMap<String, BTreeSet<String>>,
}

impl DefinedTypes {
    fn of(crates: &[SourceCrate]) -> Self {
        let mut types = Self::default();
        for module in crates.iter().flat_map(|source| source.modules.values()) {
            types.file = module.file.display().to_string();
            let items = module.items.iter().filter(|item| !matches!(item, Item::Mod(_)));
            items.for_each(|item| types.visit_item(item));
        }
        types
    }

    fn define(&mut self, name: &Ident) {
        let place = format!("{}:{}", self.file, name.span().start().line);
        self.places.entry(name.to_string()).or_default().insert(place);
    }

    /// Macro arguments and results may define types, too.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut defines = false;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if defines => {
                    self.define(&name);
                    defines = false;
                }
                TokenTree::Ident(word) => defines = word == "struct" || word == "enum" || word == "trait",
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => defines = false,
            }
        }
    }

    /// One sentence for each name defined twice.
    fn doubled(&self) -> Vec<String> {
        let doubled = self.places.iter().filter(|(_, places)| places.len() > 1);
        let places = |places: &BTreeSet<String>| places.iter().cloned().collect::<Vec<_>>().join(" and ");
        doubled.map(|(name, at)| format!("`{name}` is defined in {}", places(at))).collect()
    }
}

impl<'ast> Visit<'ast> for DefinedTypes {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Enum(item) => self.define(&item.ident),
            Item::Struct(item) => self.define(&item.ident),
            Item::Trait(item) => self.define(&item.ident),
            Item::Type(item) => self.define(&item.ident),
            Item::Union(item) => self.define(&item.ident),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
    }
}

#[test]
fn a_type_name_is_defined_once() {
    let doubled = DefinedTypes::of(&workspace_crates()).doubled();
    assert!(doubled.is_empty(), "rename one of each:\n{}", doubled.join("\n"));
}

#[test]
fn a_name_defined_twice_is_found_with_both_places() {
    let source = "mod a {\n    pub struct Page;\n}\nmod b {\n    fn f() {\n        enum Page {}\n    }\n}\n\
        impl Iterator for Other { type Item = Page; }\nstruct Other;\nmacro_rules! m { () => { struct Item; } }";
    let doubled = DefinedTypes::of(&[SourceCrate::parse("made-up", source)]).doubled();
    assert_eq!(doubled, ["`Page` is defined in lib.rs:2 and lib.rs:6"]);
}

#[test]
fn types_of_tests_are_not_counted() {
    let source = "struct Page;\n#[cfg(test)]\nmod tests {\n    struct Page;\n}";
    let doubled = DefinedTypes::of(&[SourceCrate::parse("made-up", source)]).doubled();
    assert_eq!(doubled, <[String; 0]>::default());
}
