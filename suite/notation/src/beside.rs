//! Scripts that run on several connections in parallel.

use crate::{
    payload::Payload,
    script::{Expected, Line, Script, Sending, Step},
};

impl Script {
    /// Whether a line measures the peer's process.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.walk().any(|line| matches!(line.step, Step::Measure(_)))
    }

    /// On how many connections it runs in parallel, every line on each; 1 if it measures, because then only the last
    /// connection counts.
    #[must_use]
    pub fn side_by_side(&self) -> u32 {
        if self.measures() { 1 } else { self.connections() }
    }

    /// The script for one of several connections: each gets different generated payloads.
    #[must_use]
    pub fn on(&self, connection: u32) -> Self {
        Self { lines: self.lines.iter().map(|line| on(line, connection)).collect() }
    }
}

fn on(line: &Line, connection: u32) -> Line {
    let mut line = line.clone();
    match &mut line.step {
        Step::Send(Sending::Frame(frame)) => move_seed(&mut frame.payload, connection),
        Step::Expect(expectation) => {
            let items = expectation.alternatives.iter_mut().flat_map(|alternative| &mut alternative.all);
            for item in items {
                if let Expected::Message(_, Some(payload)) = item {
                    move_seed(payload, connection);
                }
            }
        }
        Step::Repeat { body, .. } => *body = body.iter().map(|line| on(line, connection)).collect(),
        _ => {}
    }
    line
}

fn move_seed(payload: &mut Payload, connection: u32) {
    *payload = payload.seeded(u64::from(connection) << 32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_payloads_differ_from_connection_to_connection() {
        let script: Script =
            "connections 2\n> text words(1,40)\n< text words(1,40)\n> text \"a\"\n".parse().unwrap();
        assert_eq!(script.side_by_side(), 2);
        assert_eq!(script.on(0), script);
        let other = script.on(1).to_string();
        assert_eq!(
            other,
            "connections 2\n> text words(4294967297,40)\n< text words(4294967297,40)\n> text \"a\"\n"
        );
    }

    #[test]
    fn a_script_that_measures_counts_on_one_connection() {
        let script: Script = "connections 20\nalive\nmeasure held 16MiB\n".parse().unwrap();
        assert_eq!((script.connections(), script.side_by_side()), (20, 1));
    }
}
