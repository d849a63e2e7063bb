//! Checks the length of explanations.

/// Maximum number of words in a field.
const WORDS: usize = 70;

/// What is wrong with the length of these texts.
pub(super) fn lint_words<'t>(
    texts: impl IntoIterator<Item = (&'t str, &'t String)>,
) -> impl Iterator<Item = String> {
    texts.into_iter().filter_map(|(name, text)| match text.split_whitespace().count() {
        0 => Some(format!("its `{name}` is empty")),
        words if words > WORDS => Some(format!("its `{name}` has {words} words, more than {WORDS}")),
        _ => None,
    })
}
