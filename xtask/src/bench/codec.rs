//! The codec's own benchmark, one line per payload size.

use super::results::BenchResults;
use crate::{failure::RecipeError, process, workspace::Workspace};

/// Runs it and takes the ratio of `decode`, which the engine uses, from its lines: `codec size=125 push=1.2/98.0
/// decode=.. tungstenite=.. ratio_decode=1.30`.
pub fn measure(workspace: &Workspace, results: &mut BenchResults) -> Result<(), RecipeError> {
    let out = process::stdout(&mut workspace.cargo("bench --quiet --package wsspec-wire --bench codec"))?;
    for line in out.lines().filter_map(|line| line.strip_prefix("codec ")) {
        let size = field(line, "size").unwrap_or("?");
        let ratio = field(line, "ratio_decode").and_then(|ratio| ratio.parse().ok());
        let rates = line.split(' ').filter(|word| !word.starts_with("size=") && !word.starts_with("ratio"));
        let note = format!("GB/s/ns a frame: {}", rates.collect::<Vec<_>>().join(" "));
        results.ratio(&format!("codec / best other, {size} bytes"), ratio, &note);
    }
    Ok(())
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let line = "size=16 push=1.0/2.0 ratio_push=1.5";
        assert_eq!(field(line, "push"), Some("1.0/2.0"));
        assert_eq!(field(line, "ratio_push"), Some("1.5"));
        assert_eq!(field(line, "rat"), None);
    }
}
