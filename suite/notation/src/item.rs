//! Items of layers: what is sent, and what is expected.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::Layer;

use crate::{
    payload::Payload,
    script::{FieldEdit, ItemPattern, ItemSpec, Word},
};

impl ItemSpec {
    /// Whether it has this word.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.word, Word::Bare(own) if own == word)
    }

    /// How many bytes its body and the payloads in its fields have.
    #[must_use]
    pub fn size(&self) -> usize {
        let fields = self.fields.iter().filter_map(|edit| match edit {
            FieldEdit::Set(_, Word::Payload(payload)) | FieldEdit::Add(_, Word::Payload(payload)) => {
                Some(payload)
            }
            _ => None,
        });
        self.body.iter().chain(fields).map(Payload::len).fold(0, usize::saturating_add)
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
        if let Some(request) = &self.request {
            write!(f, " {}", request.target)?;
            request.version.iter().try_for_each(|version| write!(f, " {version}"))?;
            f.write_str(if request.same { " +same" } else { "" })?;
        }
        self.pieces.iter().try_for_each(|size| write!(f, " pieces:{size}"))?;
        f.write_str(if self.more { " +more" } else { "" })
    }
}

impl ItemPattern {
    /// Whether it names this word of this layer.
    #[must_use]
    pub fn is(&self, layer: Layer, word: &str) -> bool {
        self.layer == layer && self.word.as_deref() == Some(word)
    }

    /// Whether an item has the word that this names, if it names one: a status also as a class, `4xx`.
    #[must_use]
    pub fn fits(&self, word: &[u8]) -> bool {
        let Some(wanted) = &self.word else { return true };
        match (self.layer, wanted.strip_suffix("xx")) {
            (Layer::Http, Some(class)) => word.len() == 3 && word.starts_with(class.as_bytes()),
            _ => wanted.as_bytes() == word,
        }
    }
}

impl Display for ItemPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)?;
        self.word.iter().try_for_each(|word| write!(f, " {word}"))
    }
}
