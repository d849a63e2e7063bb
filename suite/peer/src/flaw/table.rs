//! Every flaw, in one table: what it does, its name, the requirement it breaks, and the cases that catch it.
//!
//! The rows are in one file per subject. Each file is a macro that appends its rows and passes them all to the next.

mod client;
mod control;
mod deflate;
mod framing;
mod handshake;
mod http2;
mod http2_clients;
mod lives;
mod meanings;
mod messages;
mod requests;
mod responses;
mod rules;
mod ways;

use self::{
    client::client_flaws, control::control_flaws, deflate::deflate_flaws, framing::framing_flaws,
    handshake::handshake_flaws, http2::http2_flaws, http2_clients::http2_client_flaws, lives::lives_flaws,
    meanings::meanings_flaws, messages::messages_flaws, requests::requests_flaws, responses::responses_flaws,
    rules::rules_flaws, ways::ways_flaws,
};

/// Prefixes an id with its specification, RFC 6455 if the row does not name one.
macro_rules! of_spec {
    ([] $between:literal $id:literal) => {
        concat!("rfc6455", $between, $id)
    };
    ([$spec:ident] $between:literal $id:literal) => {
        concat!(stringify!($spec), $between, $id)
    };
}

/// The full ids of a row's cases.
macro_rules! cases {
    ($spec:tt $($case:literal),+) => { &[$(of_spec!($spec "/" $case)),+] };
}

/// Whether a row is marked `@client`.
macro_rules! is_only {
    () => {
        false
    };
    (client) => {
        true
    };
}

/// Generates the enum and its facts from all rows: documentation, variant, name, specification, requirement, cases.
macro_rules! flaws {
    ([] $($(#[$doc:meta])* $flaw:ident = $name:literal, $(@$only:ident)? $($spec:ident)? $requirement:literal, [$($case:literal),+];)+) => {
        /// A deliberate deviation of the test peer: a rule to break, and how.
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
                match self { $(Self::$flaw => of_spec!([$($spec)?] "#" $requirement),)+ }
            }

            /// Whether only a client can have it.
            #[must_use]
            pub const fn is_client_only(self) -> bool {
                match self { $(Self::$flaw => is_only!($($only)?),)+ }
            }

            /// The cases that catch it: ids of families or members, or globs of them, in which brackets are literal.
            /// Each matching case fails a peer with this flaw, or is lenient if the rule is only a SHOULD.
            #[must_use]
            pub const fn caught_by(self) -> &'static [&'static str] {
                match self { $(Self::$flaw => cases!([$($spec)?] $($case),+),)+ }
            }
        }
    };
}

handshake_flaws! { [framing_flaws rules_flaws messages_flaws control_flaws lives_flaws deflate_flaws client_flaws responses_flaws meanings_flaws requests_flaws ways_flaws http2_flaws http2_client_flaws flaws] }
