//! Writes a case that was found, not thought of: a file with a comment and one case.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};
use wsspec_wire::Role;

/// A case to be written to a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenCase {
    /// The last part of its id, in kebab case.
    pub id: String,
    /// What it is.
    pub title: String,
    /// The requirement that it cites.
    pub cites: String,
    /// The peers that it tests.
    pub role: Role,
    /// Its only tag.
    pub tag: &'static str,
    /// Its script.
    pub script: String,
}

impl WrittenCase {
    /// The text of the file. `comment` is made one line.
    #[must_use]
    pub fn to_toml(&self, comment: &str) -> String {
        let mut case = Table::new();
        case["id"] = self.id.as_str().into();
        case["title"] = self.title.as_str().into();
        case["cites"] = list(&self.cites);
        case["roles"] = list(self.role.word());
        case["tags"] = list(self.tag);
        case["script"] = Item::Value(quoted(&self.script));
        case.decor_mut().set_prefix(format!("# {}\n\n", one_line(comment)));
        let mut cases = ArrayOfTables::new();
        cases.push(case);
        let mut document = DocumentMut::new();
        document.insert("case", Item::ArrayOfTables(cases));
        document.to_string()
    }
}

fn list(one: &str) -> Item {
    Item::Value(Value::Array(Array::from_iter([one])))
}

/// A literal string between `'''` and `'''`, if possible.
fn quoted(script: &str) -> Value {
    // A `$` before a letter would stand for a value of a matrix.
    let script = script.replace('$', "\\$");
    format!("'''\n{script}'''").parse().unwrap_or_else(|_| script.into())
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
