//! Every flaw, in one table: what it does, its name, the requirement it breaks, the cases that catch it.
//!
//! The rows are in one file a subject. Each file is a macro that hands its rows, after those it was given, to the next.

mod control;
mod framing;
mod handshake;
mod messages;
mod rules;

use self::{
    control::control_flaws, framing::framing_flaws, handshake::handshake_flaws, messages::messages_flaws,
    rules::rules_flaws,
};

/// Makes the enum and its facts of all rows: documentation, variant, name, requirement, cases.
macro_rules! flaws {
    ([] $($(#[$doc:meta])* $flaw:ident = $name:literal, $requirement:literal, [$($case:literal),+];)+) => {
        /// A rule to break, and how.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Flaw {
            $($(#[$doc])* $flaw,)+
        }

        impl Flaw {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$flaw),+];

            /// The flaw in kebab case: stable, for command lines and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$flaw => $name,)+ }
            }

            /// The requirement it breaks, as cases cite it: `rfc6455#5.1:3`.
            #[must_use]
            pub const fn requirement(self) -> &'static str {
                match self { $(Self::$flaw => concat!("rfc6455#", $requirement),)+ }
            }

            /// The cases that catch it: ids of families or members, or globs of them, in which brackets are plain. Each
            /// that fits fails a peer with this flaw, or is lenient where only that can be asked for.
            #[must_use]
            pub const fn caught_by(self) -> &'static [&'static str] {
                match self { $(Self::$flaw => &[$(concat!("rfc6455/", $case)),+],)+ }
            }
        }
    };
}

handshake_flaws! { [framing_flaws rules_flaws messages_flaws control_flaws flaws] }
