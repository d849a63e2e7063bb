//! What the flaws of each layer have in common: a table with a row for each, and what is read there.

/// Defines the rows of a table of flaws, and what each flaw says of itself. The table is `ROWS`, and `FURTHER` has the
/// requirements that a flaw breaks besides its own.
macro_rules! layer_flaws {
    ($flaw:ident, $row:ident) => {
        /// What a flaw does, the requirement that it breaks, and the case that catches it.
        struct $row {
            flaw: $flaw,
            does: &'static str,
            breaks: &'static str,
            caught_by: &'static str,
        }

        const fn row(flaw: $flaw, does: &'static str, breaks: &'static str, caught_by: &'static str) -> $row {
            $row { flaw, does, breaks, caught_by }
        }

        impl $flaw {
            /// Every flaw.
            pub fn all() -> impl Iterator<Item = Self> {
                ROWS.iter().map(|row| row.flaw)
            }

            /// What it does, in the present tense.
            #[must_use]
            pub fn does(self) -> &'static str {
                self.row().map_or("", |row| row.does)
            }

            /// The requirement that it breaks.
            #[must_use]
            pub fn breaks(self) -> &'static str {
                self.row().map_or("", |row| row.breaks)
            }

            /// The case that catches it.
            #[must_use]
            pub fn caught_by(self) -> &'static str {
                self.row().map_or("", |row| row.caught_by)
            }

            /// Its name, stable: `no-receipts`, `no-pings`.
            #[must_use]
            pub fn name(self) -> String {
                let word = format!("{self:?}");
                let kebab = word.char_indices().map(|(at, letter)| match letter {
                    letter if letter.is_ascii_uppercase() && at > 0 => {
                        format!("-{}", letter.to_ascii_lowercase())
                    }
                    letter => letter.to_ascii_lowercase().to_string(),
                });
                kebab.collect()
            }

            /// The flaws that break a requirement.
            pub fn breaking(requirement: &str) -> impl Iterator<Item = Self> {
                let also = FURTHER.iter().filter(move |(id, _)| *id == requirement).map(|(_, flaw)| *flaw);
                Self::all().filter(move |flaw| flaw.breaks() == requirement).chain(also)
            }

            /// Whether a flaw shows that the requirement is tested.
            #[must_use]
            pub fn proves(requirement: &str) -> bool {
                Self::breaking(requirement).next().is_some()
            }

            fn row(self) -> Option<&'static $row> {
                ROWS.iter().find(|row| row.flaw == self)
            }
        }
    };
}

pub(crate) use layer_flaws;
