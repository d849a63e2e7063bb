//! Moves to a server as moves to a client: who masks changes, and nothing else.

use wsspec_notation::{FrameSpec, MaskSpec, Payload, Sending, Step};
use wsspec_wire::Mask;

/// The key of frames that should have none: the RFC's example (RFC 6455, 5.7).
const KEY: Mask = Mask([0x37, 0xfa, 0x21, 0x3d]);
/// The bit of the second byte that says that a frame is masked (RFC 6455, 5.2).
const MASKED: u8 = 0x80;

/// The same move, to a client.
pub(super) fn mirrored(step: Step) -> Step {
    match step {
        Step::Send(Sending::Frame(frame)) => Step::Send(Sending::Frame(mirrored_frame(frame))),
        Step::Send(Sending::Raw(bytes)) => {
            let mut bytes = bytes.bytes().to_vec();
            if let Some(second) = bytes.get_mut(1) {
                *second &= !MASKED;
            }
            Step::Send(Sending::Raw(Payload::hex(bytes)))
        }
        Step::Repeat { count, mut body } => {
            body.iter_mut().for_each(|line| line.step = mirrored(line.step.clone()));
            Step::Repeat { count, body }
        }
        other => other,
    }
}

fn mirrored_frame(mut frame: FrameSpec) -> FrameSpec {
    frame.attributes.mask = match frame.attributes.mask {
        MaskSpec::Unmasked => MaskSpec::Key(KEY),
        MaskSpec::Usual | MaskSpec::Key(_) => MaskSpec::Usual,
    };
    frame
}
