//! Two intermediaries, one behind the other: together they are one whose ends speak what the outer ends of both speak.

use crate::relaying::{ProxyOutput, RelayingProxy};

/// What is in front, then what is behind it.
#[derive(Debug)]
pub struct ProxyChain<A, B>(A, B);

impl<A: RelayingProxy, B: RelayingProxy> ProxyChain<A, B> {
    /// With `front` connected to `back`.
    pub const fn new(front: A, back: B) -> Self {
        Self(front, back)
    }
}

impl<A: RelayingProxy, B: RelayingProxy> RelayingProxy for ProxyChain<A, B> {
    fn front_sent(&mut self, octets: &[u8]) {
        self.0.front_sent(octets);
    }

    fn back_sent(&mut self, octets: &[u8]) {
        self.1.back_sent(octets);
    }

    fn front_ended(&mut self) {
        self.0.front_ended();
    }

    fn back_ended(&mut self) {
        self.1.back_ended();
    }

    fn not_connected(&mut self) {
        self.1.not_connected();
    }

    fn take(&mut self) -> Vec<ProxyOutput> {
        let mut out = Vec::new();
        loop {
            let (front, back) = (self.0.take(), self.1.take());
            if front.is_empty() && back.is_empty() {
                return out;
            }
            for output in front {
                match output {
                    ProxyOutput::ToBack(bytes) => self.1.front_sent(&bytes),
                    ProxyOutput::EndBack => self.1.front_ended(),
                    other => out.push(other),
                }
            }
            for output in back {
                match output {
                    ProxyOutput::ToFront(bytes) => self.0.back_sent(&bytes),
                    ProxyOutput::EndFront => self.0.back_ended(),
                    other => out.push(other),
                }
            }
        }
    }
}
