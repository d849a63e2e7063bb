//! The rules that a frame's header can break (RFC 6455, 5).

use wsspec_wire::{Header, LengthForm, Opcode, Role, Rsv};

use super::{ConnectionState, PeerConnection};
use crate::Flaw;

/// Maximum size of a frame or message that is accepted, in bytes.
const TOO_BIG: u64 = 64 << 20;

/// What to do with a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ruling {
    /// Read it.
    Take,
    /// Read and ignore it; only with a flaw.
    PassOver,
    /// Fail the connection with this code.
    Fail(u16),
    /// End the stream; only with a flaw.
    Drop,
}

/// Continue with the next rule, or stop here.
type RuleResult = Result<(), Ruling>;

const FAIL: RuleResult = Err(Ruling::Fail(1002));
const PASS_OVER: RuleResult = Err(Ruling::PassOver);

impl PeerConnection {
    pub(super) fn rule(&mut self, header: &Header) -> Ruling {
        let answered = if self.fault.is(Flaw::PongsAfterFailure) { Opcode::PING } else { Opcode::CLOSE };
        if self.state == ConnectionState::AwaitingClose && header.opcode != answered {
            return Ruling::PassOver;
        }
        let rules = [
            Self::rule_on_mask,
            Self::rule_on_reserved_bits,
            Self::rule_on_opcode,
            Self::rule_on_control,
            Self::rule_on_length,
            Self::rule_on_order,
            Self::rule_by_flaw,
        ];
        let broken = rules.iter().try_for_each(|rule| rule(self, header));
        broken.err().unwrap_or(Ruling::Take)
    }

    /// A client masks, a server does not (RFC 6455, 5.1).
    fn rule_on_mask(&mut self, header: &Header) -> RuleResult {
        match self.role {
            Role::Server => self.rule_on_missing_mask(header),
            Role::Client => self.rule_on_mask_of_server(header),
        }
    }

    fn rule_on_mask_of_server(&mut self, header: &Header) -> RuleResult {
        let opcode = header.opcode;
        let lax = match self.fault.flaw {
            Some(Flaw::IgnoresMasked) if header.mask.is_some() => return PASS_OVER,
            Some(Flaw::AcceptsMaskedControl) => opcode.is_control(),
            Some(Flaw::AcceptsMaskedEmpty) => header.length.value == 0,
            Some(Flaw::AcceptsMaskedLater) => self.memory.messages > 0,
            Some(Flaw::AcceptsMaskedText) => opcode == Opcode::TEXT,
            Some(Flaw::AcceptsMaskedContinuation) => opcode == Opcode::CONTINUATION,
            Some(Flaw::ChecksFirstMaskOnly) => self.memory.frames > 0,
            _ => !self.fault.enforces(Flaw::AcceptsMasked),
        };
        if header.mask.is_some() && !lax { FAIL } else { Ok(()) }
    }

    fn rule_on_missing_mask(&mut self, header: &Header) -> RuleResult {
        let opcode = header.opcode;
        let lax = match self.fault.flaw {
            Some(Flaw::IgnoresUnmasked) if header.mask.is_none() => return PASS_OVER,
            Some(Flaw::AcceptsUnmaskedControl) => opcode.is_control(),
            Some(Flaw::AcceptsUnmaskedContinuation) => opcode == Opcode::CONTINUATION,
            Some(Flaw::AcceptsUnmaskedFirstFragment) => is_first(opcode) && !header.fin,
            Some(Flaw::AcceptsUnmaskedEmpty) => header.length.value == 0,
            Some(Flaw::ChecksFirstMaskOnly) => self.memory.frames > 0,
            _ => !self.fault.enforces(Flaw::AcceptsUnmasked),
        };
        if header.mask.is_none() && !lax { FAIL } else { Ok(()) }
    }

    /// A reserved bit is set only if an extension in use defines it (RFC 6455, 5.2; RFC 7692, 6.1).
    fn rule_on_reserved_bits(&mut self, header: &Header) -> RuleResult {
        let (rsv, opcode) = (header.rsv, header.opcode);
        let in_plain = self.message.as_ref().is_some_and(|message| !message.is_compressed());
        let defined = self.deflate.as_ref().is_some_and(|deflate| deflate.allows_rsv1(opcode, in_plain));
        let lax = match self.fault.flaw {
            _ if rsv.is_none() || defined && rsv == Rsv::RSV1 => true,
            Some(Flaw::IgnoresRsv) => return PASS_OVER,
            Some(Flaw::TakesCompressedFragmentedControl) if opcode.is_control() && !header.fin => {
                return PASS_OVER;
            }
            Some(Flaw::AcceptsRsv1) => rsv == Rsv::RSV1,
            Some(Flaw::AcceptsRsv2) => rsv == Rsv::RSV2,
            Some(Flaw::AcceptsRsv3) => rsv == Rsv::RSV3,
            Some(Flaw::AcceptsRsvOnControl) => opcode.is_control(),
            Some(Flaw::AcceptsRsvOnContinuation) => opcode == Opcode::CONTINUATION,
            Some(Flaw::AcceptsRsvOnFirstFragment) => is_first(opcode) && !header.fin,
            Some(Flaw::AcceptsRsvOnEmpty) => header.length.value == 0,
            Some(Flaw::AcceptsTwoRsv) => rsv.bits().count_ones() == 2,
            _ => !self.fault.enforces(Flaw::MirrorsRsv),
        };
        if lax { Ok(()) } else { FAIL }
    }

    /// Ten opcodes are reserved (RFC 6455, 5.2).
    fn rule_on_opcode(&mut self, header: &Header) -> RuleResult {
        let opcode = header.opcode;
        match self.fault.flaw {
            _ if !opcode.is_reserved() => Ok(()),
            Some(Flaw::LosesFaultBehindMessages) if self.memory.messages_in_segment >= 50 => PASS_OVER,
            Some(Flaw::IgnoresReservedData) if opcode.is_data() => PASS_OVER,
            Some(Flaw::IgnoresReservedControl) if opcode.is_control() => PASS_OVER,
            Some(Flaw::KnowsFewReserved) if ![3, 7, 11, 15].contains(&opcode.value()) => PASS_OVER,
            Some(Flaw::AcceptsReservedInMessage) if self.message.is_some() => PASS_OVER,
            _ if opcode.is_data() && !self.fault.enforces(Flaw::TakesReservedForBinary) => Ok(()),
            Some(Flaw::TakesReservedControlForBinary) if opcode.is_control() => Ok(()),
            Some(Flaw::TakesReservedForPings) if opcode.is_data() => Ok(()),
            Some(Flaw::ValidatesNothing) => PASS_OVER,
            _ => FAIL,
        }
    }

    /// The opcode that the frame is treated as having: its own, unless a flaw confuses text and binary.
    pub(super) fn taken_for(&self, opcode: Opcode) -> Opcode {
        match self.fault.flaw {
            Some(Flaw::TakesReservedControlForBinary) if opcode.is_reserved() && opcode.is_control() => {
                Opcode::BINARY
            }
            Some(Flaw::TakesReservedForPings) if opcode.is_reserved() && opcode.is_data() => Opcode::PING,
            _ => opcode,
        }
    }

    /// Control frames are not fragmented, and have at most 125 bytes of payload (RFC 6455, 5.5).
    fn rule_on_control(&mut self, header: &Header) -> RuleResult {
        let opcode = header.opcode;
        if opcode.is_data() {
            return Ok(());
        }
        let (fragmented, long) = match opcode {
            Opcode::PING => (Flaw::AcceptsFragmentedPing, Flaw::AcceptsLongPing),
            Opcode::PONG => (Flaw::AcceptsFragmentedPong, Flaw::AcceptsLongPong),
            _ => (Flaw::ValidatesNothing, Flaw::MirrorsLongClose),
        };
        if !header.fin && self.fault.is(Flaw::JoinsFragmentedControl) {
            self.memory.joining_control = true;
            return PASS_OVER;
        }
        if !header.fin && self.fault.enforces(fragmented) {
            return FAIL;
        }
        if header.length.value > 125 && self.fault.is(Flaw::WaitsForLongControl) {
            return PASS_OVER;
        }
        if header.length.value > 125 && self.fault.enforces(long) {
            return FAIL;
        }
        Ok(())
    }

    /// A length is encoded minimally, and its top bit is zero (RFC 6455, 5.2).
    fn rule_on_length(&mut self, header: &Header) -> RuleResult {
        let length = header.length;
        if length.top_bit() {
            return if self.fault.enforces(Flaw::AcceptsTopBit) { FAIL } else { Ok(()) };
        }
        if !length.is_minimal() && self.fault.enforces(Flaw::AcceptsPaddedLength) {
            return FAIL;
        }
        if length.form == LengthForm::Bits16 && length.value > 32767 && self.fault.is(Flaw::ReadsSignedLength)
        {
            return FAIL;
        }
        let message = self.message.as_ref().map_or(0, |message| message.len() as u64);
        if message + length.value > TOO_BIG && self.fault.enforces(Flaw::AcceptsTopBit) {
            return Err(Ruling::Fail(1009));
        }
        Ok(())
    }

    /// A continuation frame is only allowed within a message, and a new message only after it (RFC 6455, 5.4).
    fn rule_on_order(&mut self, header: &Header) -> RuleResult {
        let continues = header.opcode == Opcode::CONTINUATION;
        match &self.message {
            _ if header.opcode.is_control() => Ok(()),
            None if continues => self.rule_on_orphan(header),
            Some(message) if !continues => match self.fault.flaw {
                Some(Flaw::ReplacesMessages | Flaw::JoinsMessages | Flaw::ValidatesNothing) => Ok(()),
                Some(Flaw::ForgetsEmptyFirstFragment) if message.len() == 0 => Ok(()),
                _ => FAIL,
            },
            _ => Ok(()),
        }
    }

    fn rule_on_orphan(&mut self, header: &Header) -> RuleResult {
        match self.fault.flaw {
            Some(Flaw::IgnoresOrphans) => PASS_OVER,
            Some(Flaw::TakesOrphansForText | Flaw::ValidatesNothing) => Ok(()),
            Some(Flaw::BeginsMessagesWithOrphans) if !header.fin => Ok(()),
            Some(Flaw::ReopensMessages) if self.memory.last_kind.is_some() => Ok(()),
            Some(Flaw::JoinsFragmentedControl) if self.memory.joining_control => {
                self.memory.joining_control = !header.fin;
                PASS_OVER
            }
            _ => FAIL,
        }
    }

    /// What only a flaw rejects.
    fn rule_by_flaw(&mut self, header: &Header) -> RuleResult {
        let (opcode, len) = (header.opcode, header.length.value);
        let data = opcode.is_data();
        let fragment = data && (!header.fin || opcode == Opcode::CONTINUATION);
        let key = header.mask.map(|mask| mask.0);
        let within = self.message.is_some();
        let refuses = match self.fault.flaw {
            Some(Flaw::UsesDeclinedDeflate) => {
                self.deflate.is_some() && is_first(opcode) && header.rsv.is_none()
            }
            Some(Flaw::RefusesLongMessages) if data && len > 125 => return Err(Ruling::Drop),
            Some(Flaw::RefusesEmptyFrames) => data && len == 0,
            Some(Flaw::RefusesZeroKey) => key == Some([0; 4]),
            Some(Flaw::RefusesSameKey) => self.memory.frames > 0 && key == self.memory.last_key,
            Some(Flaw::RefusesFragments) => fragment,
            Some(Flaw::RefusesWholeMessages) => data && !fragment,
            Some(Flaw::RefusesEmptyFragments) => fragment && len == 0,
            Some(Flaw::RefusesManyFragments) => {
                self.message.as_ref().is_some_and(|message| message.fragments() >= 500)
            }
            Some(Flaw::FailsPingInMessage) => opcode == Opcode::PING && within,
            Some(Flaw::FailsPongInMessage) => opcode == Opcode::PONG && within,
            Some(Flaw::RefusesLongestPing) => opcode == Opcode::PING && len == 125,
            Some(Flaw::FailsOnPong) => opcode == Opcode::PONG,
            Some(Flaw::RefusesLength32768) => data && len == 1 << 15,
            Some(Flaw::CountsFramesForever) => self.memory.frames >= 16_384,
            Some(Flaw::SumsMessageSizes) if self.memory.bytes + len > 4 << 20 => {
                return Err(Ruling::Fail(1009));
            }
            Some(Flaw::LimitsPongsTo1500) => opcode == Opcode::PONG && self.memory.pongs.len() >= 1499,
            Some(Flaw::LimitsPongs) => opcode == Opcode::PONG && self.memory.pongs.len() >= 99,
            _ => false,
        };
        if refuses { FAIL } else { Ok(()) }
    }
}

/// Whether a frame with this opcode begins a message.
fn is_first(opcode: Opcode) -> bool {
    opcode == Opcode::TEXT || opcode == Opcode::BINARY
}
