//! Items of layers: what is sent, and what is expected.

use std::fmt::{self, Display, Formatter};

use crate::script::{ItemPattern, ItemSpec, Word};

impl ItemSpec {
    /// Whether it has this word.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.word, Word::Bare(own) if own == word)
    }

    /// The edits of its fields and its body, as lines of the notation without their sign.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let fields = self.fields.iter().map(ToString::to_string);
        fields.chain(self.body.iter().map(|body| format!("body {body}")))
    }
}

/// The item and its attributes, without sign and fields.
impl Display for ItemSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.layer, self.word)?;
        self.pieces.iter().try_for_each(|size| write!(f, " pieces:{size}"))?;
        f.write_str(if self.more { " +more" } else { "" })
    }
}

impl Display for ItemPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)?;
        self.word.iter().try_for_each(|word| write!(f, " {word}"))
    }
}
