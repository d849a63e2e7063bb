//! What a conforming peer may do that an echo server usually does not.

/// A way to behave that breaks no rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Habit {
    /// Sends a text message right behind its part of the opening handshake.
    Greets,
    /// Sends a text message before it answers anything, again and again.
    SendsEvents,
    /// Sends no message back.
    KeepsMessages,
    /// Sends a text message as soon as it is open, and none back.
    GreetsAndKeepsMessages,
    /// Sends text messages back, and no others.
    EchoesTextOnly,
    /// Sends binary messages back, and no others.
    EchoesBinaryOnly,
    /// Sends everything back as text.
    EchoesAsText,
    /// Sends everything back as binary.
    EchoesAsBinary,
    /// Sends every message back that is not empty.
    KeepsEmptyMessages,
    /// Looks whether a text is UTF-8 when it is complete.
    ChecksTextAtTheEnd,
    /// Looks whether a text is UTF-8 when a frame of it is complete.
    ChecksTextByFrame,
    /// Keeps the connection for HTTP after a refusal.
    KeepsRefusedConnection,
    /// Answers an expectation of 100 with that, before its part of the opening handshake.
    Continues,
    /// Answers close frames that have a code with code 1001.
    ClosesWithOwnCode,
    /// Asks for messages that do not refer back to others, offered or not, and sends none that do.
    TakesNoContextOver,
    /// As a client: connects again on its own, later each time.
    BacksOff,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Greets,
        Self::SendsEvents,
        Self::KeepsMessages,
        Self::GreetsAndKeepsMessages,
        Self::EchoesTextOnly,
        Self::EchoesBinaryOnly,
        Self::EchoesAsText,
        Self::EchoesAsBinary,
        Self::KeepsEmptyMessages,
        Self::ChecksTextAtTheEnd,
        Self::ChecksTextByFrame,
        Self::KeepsRefusedConnection,
        Self::Continues,
        Self::ClosesWithOwnCode,
        Self::TakesNoContextOver,
        Self::BacksOff,
    ];
}
