//! Ways of proxies that open tunnels which differ from ours and break no rule.

/// One way of a conforming proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectHabit {
    /// Closes the client's connection after each refusal.
    ClosesAfterRefusal,
    /// Closes both connections as soon as one end has closed its own.
    ClosesBoth,
    /// Leaves out what the client sends before it has the answer.
    EarlyLeftOut,
    /// Opens tunnels with header fields of its own.
    FieldsAdded,
    /// Sends an interim response before its answer.
    InterimFirst,
    /// Wants no credentials, whatever it is given.
    NoCredentials,
    /// Answers as HTTP/1.0.
    OldVersion,
    /// Opens tunnels with 299.
    OtherStatus,
}

impl ConnectHabit {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ClosesAfterRefusal,
        Self::ClosesBoth,
        Self::EarlyLeftOut,
        Self::FieldsAdded,
        Self::InterimFirst,
        Self::NoCredentials,
        Self::OldVersion,
        Self::OtherStatus,
    ];
}
