//! Each path that a module names: in imports, in its code, and among the tokens given to macros.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{ImplItem, ItemUse, Macro, UseTree, visit::Visit};

use super::sources::is_test_function;

/// A path as it is written, and its line.
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

#[derive(Default)]
pub struct PathVisitor {
    pub named: Vec<NamedPath>,
}

impl PathVisitor {
    fn imports(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before.to_vec(), vec![name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.imports(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                self.named.push(NamedPath::new(before.to_vec(), name.ident.span()));
            }
            UseTree::Name(name) => self.named.push(NamedPath::new(with(&name.ident), name.ident.span())),
            UseTree::Rename(name) => self.named.push(NamedPath::new(with(&name.ident), name.ident.span())),
            UseTree::Glob(glob) => {
                self.named.push(NamedPath::new(before.to_vec(), glob.star_token.spans[0]));
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imports(tree, before)),
        }
    }

    /// Paths of two names and more, since a single one may be anything.
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
        self.imports(&item.tree, &[]);
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
