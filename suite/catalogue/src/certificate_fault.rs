//! What is wrong with the certificate that a client meets in a case about that.

use wsspec_notation::suggestion;

/// A reason to refuse a certificate (RFC 5280, 6; RFC 6125).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateFault {
    /// It is for another host.
    OtherName,
    /// An authority has signed it that the client does not know.
    UnknownAuthority,
    /// Only its own key has signed it.
    SelfSigned,
    /// It was valid once.
    Expired,
    /// It is yet to be valid.
    NotYetValid,
}

impl CertificateFault {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OtherName, Self::UnknownAuthority, Self::SelfSigned, Self::Expired, Self::NotYetValid];

    /// Its name, as cases have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherName => "other-name",
            Self::UnknownAuthority => "unknown-authority",
            Self::SelfSigned => "self-signed",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
        }
    }

    /// What a client says of it that refuses it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::OtherName => "is for another host",
            Self::UnknownAuthority => "is signed by an unknown authority",
            Self::SelfSigned => "is signed by its own key alone",
            Self::Expired => "has expired",
            Self::NotYetValid => "is not valid yet",
        }
    }

    /// From its name; otherwise what is wrong with it.
    ///
    /// # Errors
    /// Lists the names.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|fault| fault.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            format!("`{text}` is not a fault of a certificate; {}", suggestion(text, &names))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_one_name() {
        for fault in CertificateFault::ALL {
            assert_eq!(CertificateFault::parse(fault.name()), Ok(fault));
        }
        let error = CertificateFault::parse("expird").unwrap_err();
        assert!(error.starts_with("`expird` is not a fault of a certificate; "), "{error}");
        assert!(error.contains("`expired`"), "{error}");
    }
}
