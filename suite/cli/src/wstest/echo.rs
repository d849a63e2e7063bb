//! `echoserver`, `echoclient` and `testeeclient`, and talking as they do.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wsspec_autobahn::{Client, upgrade_response};
use wsspec_runner::{Dialer, ServerTls, Stream, Target};
use wsspec_wire::{
    Assembled, Assembler, CloseBody, CloseCode, Decoded, Decoder, Frame, HeadReader, Mask, MessageKind,
    Opcode, Role, Violation,
};

use super::{everywhere::Everywhere, server::opcode};
use crate::{
    failure::{Failure, print},
    spawn::interrupted,
};

/// Bytes of a message, at most.
const LIMIT: u64 = 64 << 20;
/// How long the other end may take to answer a close frame, and to end TCP.
const FAREWELL: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// What a message is answered with: frames, and of how many bytes a segment is made.
pub type Answer = Result<Vec<(Vec<u8>, Option<usize>)>, String>;

/// A connection whose opening handshake is done.
pub struct Talk {
    stream: Stream,
    role: Role,
    decoder: Decoder,
    assembler: Assembler,
    rest: Bytes,
}

impl Talk {
    /// `rest`: what came after the head.
    pub fn new(stream: Stream, role: Role, rest: Bytes) -> Self {
        let (decoder, assembler) = (Decoder::new(LIMIT), Assembler::new(role.peer()));
        Self { stream, role, decoder, assembler, rest }
    }

    /// Answers every message, pings and the closing handshake, to the end.
    pub async fn converse(&mut self, mut answer: impl FnMut(MessageKind, &[u8]) -> Answer) {
        while let Some(found) = self.read().await {
            for item in found {
                if !self.respond(item, &mut answer).await {
                    return;
                }
            }
        }
    }

    /// Whether the conversation goes on.
    async fn respond(
        &mut self,
        item: Assembled,
        answer: &mut impl FnMut(MessageKind, &[u8]) -> Answer,
    ) -> bool {
        match item {
            Assembled::Message { kind, payload, .. } => match answer(kind, &payload) {
                Ok(frames) => self.send(frames).await,
                Err(why) => self.fail(1008, &why).await,
            },
            Assembled::Ping(payload) => {
                let pong = self.frame(Opcode::PONG, payload);
                self.send(vec![(pong, None)]).await
            }
            Assembled::Pong(_) => true,
            Assembled::Close(body) => {
                let code = body
                    .code()
                    .map_or(CloseBody::Empty, |code| CloseBody::Full { code, reason: Bytes::new() });
                let close = self.frame(Opcode::CLOSE, code.to_bytes());
                self.send(vec![(close, None)]).await;
                self.end().await;
                false
            }
            Assembled::Violation(Violation::InvalidUtf8 { .. }) => self.fail(1007, "not UTF-8").await,
            Assembled::Violation(_) => self.fail(1002, "protocol error").await,
            Assembled::Lost { .. } => self.fail(1009, "too long").await,
        }
    }

    async fn fail(&mut self, code: u16, why: &str) -> bool {
        let short: String = why.chars().take(30).collect();
        let body = CloseBody::Full { code: CloseCode(code), reason: short.into() };
        let close = self.frame(Opcode::CLOSE, body.to_bytes());
        self.send(vec![(close, None)]).await;
        self.part().await;
        false
    }

    /// Sends a text, then closes.
    pub async fn say_and_close(&mut self, text: Option<String>) {
        let text = text.map(|text| (self.frame(Opcode::TEXT, text.into()), None));
        let close = self.frame(Opcode::CLOSE, Bytes::new());
        if self.send(text.into_iter().chain([(close, None)]).collect()).await {
            self.part().await;
        }
    }

    /// Until the other end is gone.
    pub async fn ended(&mut self) {
        while self.read().await.is_some() {}
    }

    /// Waits for the answer to a close frame of ours, for a while, then ends.
    async fn part(&mut self) {
        if self.role == Role::Server {
            let _ = timeout(FAREWELL, self.close_seen()).await;
        }
        self.end().await;
    }

    /// The end after the closing handshake: it is for the server to end TCP (RFC 6455, 7.1.1).
    async fn end(&mut self) {
        if self.role == Role::Server {
            let _ = timeout(FAREWELL, self.stream.shutdown()).await;
        }
        let _ = timeout(FAREWELL, self.ended()).await;
    }

    async fn close_seen(&mut self) {
        while let Some(found) = self.read().await {
            if found.iter().any(|item| matches!(item, Assembled::Close(_))) {
                return;
            }
        }
    }

    /// A frame, masked where we are the client.
    fn frame(&self, opcode: Opcode, payload: Bytes) -> Vec<u8> {
        encoded(self.role, opcode, payload)
    }

    async fn send(&mut self, frames: Vec<(Vec<u8>, Option<usize>)>) -> bool {
        for (bytes, size) in frames {
            for segment in bytes.chunks(size.unwrap_or(usize::MAX)) {
                if self.stream.write_all(segment).await.is_err() {
                    return false;
                }
            }
        }
        true
    }

    /// What has come; `None` at the end.
    async fn read(&mut self) -> Option<Vec<Assembled>> {
        let mut buffer = [0; 16 << 10];
        let mut rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            match self.stream.read(&mut buffer).await {
                Ok(count) if count > 0 => rest = Bytes::copy_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
        let (mut bytes, mut found) = (&rest[..], Vec::new());
        while let Some(decoded) = self.decoder.decode(&mut bytes) {
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut found),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut found),
            }
        }
        Some(found)
    }
}

fn encoded(role: Role, opcode: Opcode, payload: Bytes) -> Vec<u8> {
    let frame = Frame::new(opcode, payload);
    let mut bytes = Vec::new();
    // What is sent is no secret: any mask does.
    let mask = Mask([0x37, 0xFA, 0x21, 0x3D]);
    if role == Role::Client { frame.with_mask(mask) } else { frame }.encode(&mut bytes);
    bytes
}

fn echoed(role: Role) -> impl FnMut(MessageKind, &[u8]) -> Answer {
    move |kind, payload| Ok(vec![(encoded(role, opcode(kind), Bytes::copy_from_slice(payload)), None)])
}

/// Sends back what clients send.
pub async fn serve(uri: &str, tls: Option<(&Path, &Path)>) -> Result<(), Failure> {
    let usage = |error: String| Failure::Usage(error);
    let target = Target::parse(uri).map_err(|error| usage(error.to_string()))?;
    let tls = match tls {
        Some((key, cert)) if target.secure => {
            Some(ServerTls::from_files(cert, key).map_err(|error| usage(error.to_string()))?)
        }
        None if target.secure => {
            return Err(usage("wss:// takes a key and a certificate: --key FILE --cert FILE".into()));
        }
        _ => None,
    };
    let listener = Everywhere::bind(target.port, tls).await?;
    print(&format!("Echo server on port {}\n", listener.port()))?;
    let interrupted = interrupted(false);
    tokio::pin!(interrupted);
    loop {
        tokio::select! {
            incoming = listener.accept() => drop(tokio::spawn(async move {
                let Ok(connection) = incoming.request(PATIENCE).await else { return };
                let response = match upgrade_response(connection.request(), &[]) {
                    Ok(response) => response,
                    Err(error) => {
                        let text = format!("{error}\n");
                        return connection.respond("400 Bad Request", "text/plain", text.as_bytes()).await;
                    }
                };
                let (mut stream, bytes) = connection.into_parts();
                if stream.write_all(&response).await.is_ok() {
                    Talk::new(stream, Role::Server, bytes.rest).converse(echoed(Role::Server)).await;
                }
            })),
            () = &mut interrupted => return Ok(()),
        }
    }
}

/// Sends back what a server sends, until it ends the connection.
pub async fn connect(uri: &str) -> Result<(), Failure> {
    open(uri).await?.converse(echoed(Role::Client)).await;
    Ok(())
}

/// Asks a fuzzing server for all its cases, one after the other, and for the reports.
pub async fn be_tested(uri: &str, agent: &str) -> Result<(), Failure> {
    let uri = uri.trim_end_matches('/');
    let agent: String = agent.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut said = Vec::new();
    let keep = |_, payload: &[u8]| {
        said = payload.to_vec();
        Ok(Vec::new())
    };
    open(&format!("{uri}/getCaseCount")).await?.converse(keep).await;
    let count = std::str::from_utf8(&said).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let count =
        count.ok_or_else(|| Failure::Unreachable("the server does not say how many cases it has".into()))?;
    for number in 1..=count {
        print(&format!("Running test case {number} of {count}\n"))?;
        connect(&format!("{uri}/runCase?case={number}&agent={agent}")).await?;
    }
    let nothing = |_, _: &[u8]| Ok(Vec::new());
    open(&format!("{uri}/updateReports?agent={agent}")).await?.converse(nothing).await;
    Ok(())
}

/// Opens a connection as a client.
async fn open(uri: &str) -> Result<Talk, Failure> {
    let mut target = Target::parse(uri).map_err(|error| Failure::Usage(error.to_string()))?;
    target.tls.insecure = true;
    let (authority, resource) = (target.authority.clone(), target.resource.clone());
    let unreachable = |why: String| Failure::Unreachable(why);
    let dialer = Dialer::new(Arc::new(target)).await.map_err(|error| unreachable(error.to_string()))?;
    let mut stream = dialer.dial().await.map_err(|error| unreachable(error.to_string()))?;
    let client =
        Client { authority, resource, origin: None, protocols: Vec::new(), options: Default::default() };
    let request = client.plain_request();
    let ended = |_| unreachable("the server ended the connection within the opening handshake".into());
    stream.write_all(&request).await.map_err(ended)?;
    let (mut reader, mut buffer) = (HeadReader::new(), [0; 4096]);
    let found = loop {
        let count = timeout(PATIENCE, stream.read(&mut buffer)).await;
        let count =
            count.map_err(|_| unreachable("the server did not answer the opening handshake".into()))?;
        let count = count.map_err(ended)?;
        if count == 0 {
            return Err(unreachable("the server ended the connection within the opening handshake".into()));
        }
        reader.push(&buffer[..count]);
        if let Some(found) = reader.take() {
            break found.map_err(|error| unreachable(error.to_string()))?;
        }
    };
    if !Client::is_accepted(&request, &found.head) {
        return Err(unreachable("the server did not accept the opening handshake".into()));
    }
    Ok(Talk::new(stream, Role::Client, found.rest))
}
