//! The position in a script: the next line, possibly inside a `repeat`.

use wsspec_notation::{Line, Script, Step};

/// A position in a script.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    line: usize,
    /// Inside a block: the index of the line in its body, and the rounds left after this one.
    block: Option<(usize, u32)>,
}

impl Cursor {
    /// The next line that is not a block, and the position after it.
    pub(crate) fn next(mut self, script: &Script) -> Option<(&Line, Self)> {
        loop {
            let line = script.lines.get(self.line)?;
            let Step::Repeat { count, body } = &line.step else {
                return Some((line, Self { line: self.line + 1, block: None }));
            };
            let (at, left) = self.block.unwrap_or((0, count - 1));
            if let Some(inner) = body.get(at) {
                return Some((inner, Self { line: self.line, block: Some((at + 1, left)) }));
            }
            self = match left {
                0 => Self { line: self.line + 1, block: None },
                left => Self { line: self.line, block: Some((0, left - 1)) },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_runs_as_often_as_it_says() {
        let script: Script =
            "> ping \"a\"\nrepeat 3\n> ping \"b\"\n> ping \"c\"\nend\nfinish\n".parse().unwrap();
        let mut cursor = Cursor::default();
        let mut seen = Vec::new();
        while let Some((line, next)) = cursor.next(&script) {
            seen.push(line.number);
            cursor = next;
        }
        assert_eq!(seen, [1, 3, 4, 3, 4, 3, 4, 6]);
    }
}
