//! Each path that a module names: in imports, in its code, and among the tokens given to macros.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{ImplItem, ItemUse, Macro, UseTree, visit::Visit};

use super::sources::is_test_function;

/// A path as written, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    pub segments: Vec<String>,
    pub line: usize,
}

impl NamedPath {
    fn new(segments: Vec<String>, span: Span) -> Self {
        Self { segments, line: span.start().line }
    }
}

/// What an import brings in.
pub struct Import {
    /// Under which name; `None` for a glob import.
    pub name: Option<String>,
    pub path: NamedPath,
}

/// Each import of a `use`.
pub fn imports(tree: &UseTree) -> Vec<Import> {
    let mut out = Vec::new();
    add_imports(tree, &[], &mut out);
    out
}

fn add_imports(tree: &UseTree, before: &[String], out: &mut Vec<Import>) {
    let with = |name: &syn::Ident| [before.to_vec(), vec![name.to_string()]].concat();
    let mut add = |name: Option<String>, segments, span| {
        out.push(Import { name, path: NamedPath::new(segments, span) });
    };
    match tree {
        UseTree::Path(path) => add_imports(&path.tree, &with(&path.ident), out),
        UseTree::Name(name) if name.ident == "self" => {
            add(before.last().cloned(), before.to_vec(), name.ident.span());
        }
        UseTree::Name(name) => add(Some(name.ident.to_string()), with(&name.ident), name.ident.span()),
        UseTree::Rename(name) => add(Some(name.rename.to_string()), with(&name.ident), name.ident.span()),
        UseTree::Glob(glob) => add(None, before.to_vec(), glob.star_token.spans[0]),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_imports(tree, before, out)),
    }
}

#[derive(Default)]
pub struct PathVisitor {
    pub named: Vec<NamedPath>,
}

impl PathVisitor {
    /// Paths of at least two names, because a single one may be anything.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<proc_macro2::Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(name) if colons == 2 => {
                    path.push(name);
                    colons = 0;
                }
                other => {
                    self.end(&mut path);
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<proc_macro2::Ident>) {
        if let [first, _, ..] = path.as_slice() {
            let segments = path.iter().map(ToString::to_string).collect();
            self.named.push(NamedPath::new(segments, first.span()));
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for PathVisitor {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.named.extend(imports(&item.tree).into_iter().map(|import| import.path));
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !is_test_function(item) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.named.push(NamedPath::new(segments, path.segments[0].ident.span()));
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}
