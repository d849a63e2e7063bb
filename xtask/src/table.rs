//! A table of text.

/// Rows with aligned columns: the first to the left, the last unaligned, the others to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:0$}", widths[0]),
            last if last + 1 == columns => cell.clone(),
            middle => format!("{cell:>0$}", widths[middle]),
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "10", "note"], ["long", "9", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "a     10  note\nlong   9\n");
    }
}
