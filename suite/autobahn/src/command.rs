//! Commands that a client may send on any other path: JSON texts, `["sendframe", {..}]`.

use serde::Deserialize;
use serde_json::Value;
use wsspec_wire::{CloseBody, CloseCode, Frame, Mask, Opcode, Rsv};

/// The most payload bytes that may be requested.
const LIMIT: usize = 64 << 20;

/// Frames to send for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectCommand {
    /// The bytes of each frame, and the segment size.
    pub frames: Vec<(Vec<u8>, Option<usize>)>,
}

#[derive(Deserialize)]
struct SendFrame {
    opcode: u8,
    #[serde(default)]
    payload: String,
    #[serde(default = "yes")]
    fin: bool,
    #[serde(default)]
    rsv: u8,
    mask: Option<String>,
    payload_len: Option<usize>,
    chopsize: Option<usize>,
}

#[derive(Deserialize)]
struct Close {
    code: Option<u16>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Echo {
    payload: String,
    payload_len: Option<usize>,
}

fn yes() -> bool {
    true
}

impl DirectCommand {
    /// Parses a command.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, of): (String, Value) = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let wrong = |error: serde_json::Error| format!("`{name}`: {error}");
        let frames = match name.as_str() {
            "sendframe" => vec![serde_json::from_value::<SendFrame>(of).map_err(wrong)?.built()?],
            "sendframes" => {
                let frames = serde_json::from_value::<Vec<SendFrame>>(of).map_err(wrong)?;
                if frames.iter().map(SendFrame::size).fold(0, usize::saturating_add) > LIMIT {
                    return Err(format!("frames have at most {LIMIT} bytes together"));
                }
                frames.into_iter().map(SendFrame::built).collect::<Result<_, _>>()?
            }
            "close" => vec![serde_json::from_value::<Close>(of).map_err(wrong)?.built()],
            "echo" => {
                let Echo { payload, payload_len } = serde_json::from_value(of).map_err(wrong)?;
                let payload = repeated(payload.as_bytes(), payload_len)?;
                vec![(encoded(&Frame::new(Opcode::TEXT, payload)), None)]
            }
            _ => return Err(format!("`{name}` is not a command: sendframe, sendframes, close, echo")),
        };
        Ok(Self { frames })
    }
}

impl SendFrame {
    /// Bytes of its payload.
    fn size(&self) -> usize {
        self.payload_len.unwrap_or(self.payload.len())
    }

    fn built(self) -> Result<(Vec<u8>, Option<usize>), String> {
        let opcode = Opcode::new(self.opcode).ok_or("an opcode is 0 to 15")?;
        let payload = repeated(self.payload.as_bytes(), self.payload_len)?;
        let rsv = Rsv::from_low_bits(self.rsv);
        let mut frame = Frame::new(opcode, payload).with_fin(self.fin).with_rsv(rsv);
        if let Some(mask) = self.mask {
            let key = <[u8; 4]>::try_from(mask.as_bytes()).map_err(|_| "a mask is four bytes")?;
            frame = frame.with_mask(Mask(key));
        }
        Ok((encoded(&frame), self.chopsize.filter(|size| *size > 0)))
    }
}

impl Close {
    fn built(self) -> (Vec<u8>, Option<usize>) {
        let body = match self.code {
            None => CloseBody::Empty,
            Some(code) => {
                CloseBody::Full { code: CloseCode(code), reason: self.reason.unwrap_or_default().into() }
            }
        };
        (encoded(&Frame::new(Opcode::CLOSE, body.to_bytes())), None)
    }
}

fn repeated(unit: &[u8], length: Option<usize>) -> Result<Vec<u8>, String> {
    match length {
        None => Ok(unit.to_vec()),
        Some(length) if length > LIMIT => Err(format!("a payload has at most {LIMIT} bytes")),
        Some(length) if unit.is_empty() && length > 0 => Err("an empty payload cannot be repeated".into()),
        Some(length) => Ok(unit.iter().copied().cycle().take(length).collect()),
    }
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    frame.encode(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_sent_as_commanded() {
        let command = DirectCommand::parse(
            r#"["sendframe", {"opcode": 9, "payload": "ab", "payload_len": 5, "rsv": 1, "fin": false}]"#,
        );
        assert_eq!(command.map(|command| command.frames), Ok(vec![(b"\x19\x05ababa".to_vec(), None)]));
        let close = DirectCommand::parse(r#"["close", {"code": 3000, "reason": "x"}]"#);
        assert_eq!(close.map(|command| command.frames), Ok(vec![(b"\x88\x03\x0b\xb8x".to_vec(), None)]));
    }

    #[test]
    fn requested_data_is_bounded() {
        let large = r#"{"opcode": 2, "payload": "a", "payload_len": 67108864}"#;
        let one = |length: usize| format!(r#"["echo", {{"payload": "a", "payload_len": {length}}}]"#);
        assert_eq!(
            DirectCommand::parse(&format!(r#"["sendframes", [{large}, {large}]]"#)),
            Err("frames have at most 67108864 bytes together".into())
        );
        assert_eq!(
            DirectCommand::parse(&one(67_108_865)),
            Err("a payload has at most 67108864 bytes".into())
        );
        let empty = DirectCommand::parse(r#"["echo", {"payload": "", "payload_len": 1}]"#);
        assert_eq!(empty, Err("an empty payload cannot be repeated".into()));
    }

    #[test]
    fn an_unknown_command_is_reported() {
        assert_eq!(
            DirectCommand::parse(r#"["dance", {}]"#),
            Err("`dance` is not a command: sendframe, sendframes, close, echo".into())
        );
        assert_eq!(
            DirectCommand::parse(r#"["sendframe", {"opcode": 16}]"#),
            Err("an opcode is 0 to 15".into())
        );
        assert!(DirectCommand::parse("nonsense").is_err());
    }
}
