//! The measurements, as a table and as JSON.

use std::time::Duration;

use serde::Serialize;

use crate::{failure::RecipeError, table::aligned};

/// The version of `bench.json`.
const FORMAT: u32 = 1;

/// Everything measured, in order.
#[derive(Debug, Default)]
pub struct BenchResults {
    rows: Vec<BenchRow>,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct BenchRow {
    name: String,
    /// The unit of the numbers; may be empty.
    unit: &'static str,
    /// How many were measured.
    runs: usize,
    median: Option<f64>,
    least: Option<f64>,
    most: Option<f64>,
    note: String,
}

#[derive(Serialize)]
struct ResultsFile<'a> {
    format: u32,
    results: &'a [BenchRow],
}

/// Times of the same thing; at least one.
#[derive(Clone, Debug)]
pub struct Times(Vec<f64>);

impl Times {
    /// In any order.
    pub fn new(times: Vec<Duration>) -> Self {
        let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    /// The middle one, or the mean of the two in the middle; in seconds.
    pub fn median(&self) -> f64 {
        let (half, odd) = (self.0.len() / 2, self.0.len() % 2 == 1);
        match self.0.get(half) {
            Some(&upper) if odd => upper,
            Some(&upper) => f64::midpoint(self.0[half - 1], upper),
            None => f64::NAN,
        }
    }
}

impl BenchResults {
    /// Adds times.
    pub fn times(&mut self, name: &str, times: &Times, note: &str) {
        self.rows.push(BenchRow {
            name: name.to_owned(),
            unit: "s",
            runs: times.0.len(),
            median: Some(times.median()),
            least: times.0.first().copied(),
            most: times.0.last().copied(),
            note: note.to_owned(),
        });
    }

    /// Adds a peak of resident memory.
    pub fn memory(&mut self, name: &str, kib: Option<u64>, note: &str) {
        let unknown = if kib.is_none() { "unknown: no procfs " } else { "" };
        self.single(name, "MiB", kib.map(|kib| kib as f64 / 1024.0), &format!("{unknown}{note}"));
    }

    /// Adds a ratio.
    pub fn ratio(&mut self, name: &str, ratio: Option<f64>, note: &str) {
        self.single(name, "x", ratio, note);
    }

    /// Adds how often something was done per second.
    pub fn rate(&mut self, name: &str, rate: f64, note: &str) {
        self.single(name, "/s", Some(rate), note);
    }

    /// Adds only words.
    pub fn note(&mut self, name: &str, note: &str) {
        self.single(name, "", None, note);
    }

    fn single(&mut self, name: &str, unit: &'static str, value: Option<f64>, note: &str) {
        let (name, note) = (name.to_owned(), note.to_owned());
        let runs = usize::from(value.is_some());
        self.rows.push(BenchRow { name, unit, runs, median: value, least: None, most: None, note });
    }

    /// For people.
    pub fn table(&self) -> String {
        let head = ["what", "median", "", "least", "most", "runs", "note"].map(str::to_owned).to_vec();
        let rows = self.rows.iter().map(BenchRow::cells);
        aligned(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    }

    /// For programs.
    pub fn json(&self) -> Result<String, RecipeError> {
        let file = ResultsFile { format: FORMAT, results: &self.rows };
        serde_json::to_string_pretty(&file)
            .map_err(|error| RecipeError::Other(format!("cannot write JSON: {error}")))
    }
}

impl BenchRow {
    fn cells(&self) -> Vec<String> {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| self.rounded(value));
        let runs = if self.runs == 0 { String::new() } else { self.runs.to_string() };
        let unit = self.unit.to_owned();
        let name = self.name.clone();
        vec![name, number(self.median), unit, number(self.least), number(self.most), runs, self.note.clone()]
    }

    fn rounded(&self, value: f64) -> String {
        match self.unit {
            "s" => format!("{value:.3}"),
            "x" => format!("{value:.2}"),
            _ => format!("{value:.1}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: &[u64]) -> Times {
        Times::new(millis.iter().copied().map(Duration::from_millis).collect())
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(times(&[3000, 1000, 2000]).median(), 2.0);
        assert_eq!(times(&[4000, 1000]).median(), 2.5);
        assert_eq!(times(&[7000]).median(), 7.0);
    }

    #[test]
    fn a_table_has_a_row_for_each_result() {
        let mut results = BenchResults::default();
        results.times("run", &times(&[30, 10, 20]), "3 trials");
        results.memory("memory", Some(2048), "");
        assert_eq!(
            results.table(),
            "what    median       least   most  runs  note\n\
             run      0.020    s  0.010  0.030     3  3 trials\n\
             memory     2.0  MiB                   1\n"
        );
    }
}
