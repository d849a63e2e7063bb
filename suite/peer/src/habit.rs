//! Behaviours of a conforming peer that an echo server usually does not have.

/// A way to behave that breaks no rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Habit {
    /// Sends a text message right after its part of the opening handshake.
    Greets,
    /// Sends a text message before each answer.
    SendsEvents,
    /// Does not echo messages.
    KeepsMessages,
    /// Sends a text message once the connection is open, and does not echo.
    GreetsAndKeepsMessages,
    /// Sends a text message once the connection is open, and echoes everything as binary.
    GreetsAndEchoesAsBinary,
    /// Echoes only text messages.
    EchoesTextOnly,
    /// Echoes only binary messages.
    EchoesBinaryOnly,
    /// Echoes everything as text.
    EchoesAsText,
    /// Echoes everything as binary.
    EchoesAsBinary,
    /// Sends messages back with a word before them.
    AnswersWithPrefix,
    /// Sends a text message before each echo.
    Acknowledges,
    /// Closes the connection after its first echo, with code 1000.
    EchoesOnce,
    /// Sends only the first message of a connection back.
    EchoesFirst,
    /// Closes the connection after 50 messages, with code 1008.
    LimitsMessages,
    /// Sends every message back that is not empty.
    KeepsEmptyMessages,
    /// Closes at a message above 16 KiB, and its close frame says nothing of why.
    ClosesOnBigMessages,
    /// Closes with 1009 at a message above 1,000 bytes, and ends TCP.
    RefusesLongMessages,
    /// Sends a text message that says what is wrong before it fails the connection.
    ExplainsFailures,
    /// Checks that text is UTF-8 only once the message is complete.
    ChecksTextAtTheEnd,
    /// Checks that text is UTF-8 once each frame is complete.
    ChecksTextByFrame,
    /// Keeps the connection open for HTTP after a refusal.
    KeepsRefusedConnection,
    /// Answers an expectation of 100 with status 100, before its part of the opening handshake.
    Continues,
    /// Answers close frames that have a code with code 1001.
    ClosesWithOwnCode,
    /// Asks for messages that do not refer back to others, offered or not, and sends none that do.
    TakesNoContextOver,
    /// As a client: reconnects on its own, with growing delays.
    BacksOff,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::Greets,
        Self::SendsEvents,
        Self::KeepsMessages,
        Self::GreetsAndKeepsMessages,
        Self::GreetsAndEchoesAsBinary,
        Self::EchoesTextOnly,
        Self::EchoesBinaryOnly,
        Self::EchoesAsText,
        Self::EchoesAsBinary,
        Self::AnswersWithPrefix,
        Self::Acknowledges,
        Self::EchoesOnce,
        Self::EchoesFirst,
        Self::LimitsMessages,
        Self::KeepsEmptyMessages,
        Self::ClosesOnBigMessages,
        Self::RefusesLongMessages,
        Self::ExplainsFailures,
        Self::ChecksTextAtTheEnd,
        Self::ChecksTextByFrame,
        Self::KeepsRefusedConnection,
        Self::Continues,
        Self::ClosesWithOwnCode,
        Self::TakesNoContextOver,
        Self::BacksOff,
    ];

    /// The message that it sends once the connection is open. One of them is as long as the question that probes ask.
    pub(crate) fn greeting(self) -> Option<&'static str> {
        match self {
            Self::Greets | Self::GreetsAndEchoesAsBinary => Some("welcome"),
            Self::GreetsAndKeepsMessages => Some("welcome to this service!"),
            _ => None,
        }
    }
}
