//! What servers and clients of Engine.IO and Socket.IO do differently from one another, and may: no case fails them for it.

/// One thing that a conforming server or client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineIoHabit {
    /// It accepts every namespace.
    AllNamespaces,
    /// It asks for acknowledgements of its own events.
    AsksForAcks,
    /// It closes the connection when a namespace is left.
    ClosesAfterDisconnect,
    /// A client connects to the main namespace last.
    ConnectsBackwards,
    /// It answers DISCONNECT with DISCONNECT; a client also after CONNECT_ERROR, as it leaves.
    DisconnectsBack,
    /// It writes characters outside ASCII, and slashes, as escapes.
    EscapedJson,
    /// It ignores packets that cannot be right, where the documents do not say what to do.
    Ignores,
    /// It sends a noop packet with each message.
    Noops,
    /// It pings far more often than the cases wait, and for each message.
    PingsOften,
    /// A client answers each ping twice.
    PongsTwice,
    /// It numbers attachments from the last to the first.
    NumbersBackwards,
    /// It sends a close packet before it closes.
    SaysClose,
    /// It writes JSON with white space.
    SpacedJson,
}

impl EngineIoHabit {
    /// Every habit.
    pub const ALL: [Self; 13] = [
        Self::AllNamespaces,
        Self::AsksForAcks,
        Self::ClosesAfterDisconnect,
        Self::ConnectsBackwards,
        Self::DisconnectsBack,
        Self::EscapedJson,
        Self::Ignores,
        Self::Noops,
        Self::PingsOften,
        Self::PongsTwice,
        Self::NumbersBackwards,
        Self::SaysClose,
        Self::SpacedJson,
    ];
}
