//! `wsspec serve`: plays the server to clients that come by themselves.

mod tls;

pub use tls::TlsArgs;
