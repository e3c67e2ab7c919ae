//! A page of Markdown for a terminal that its tables are too wide for: each row becomes a paragraph of its cells with their titles.

use crate::cells::MISSING;
use crate::prose;

/// The page with lines of at most `width` characters, where words allow it. A table that fits stays as it is.
pub fn narrow(markdown: &str, width: usize) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        let is_table = lines[at].starts_with('|');
        let rest = lines[at..].iter();
        let length = if is_table {
            rest.take_while(|line| line.starts_with('|')).count()
        } else {
            1 + rest.skip(1).take_while(|line| continues(line)).count()
        };
        let block = &lines[at..at + length];
        at += length;
        if block.iter().all(|line| line.chars().count() <= width) {
            for line in block {
                out += &format!("{line}\n");
            }
        } else if is_table {
            records(&mut out, block, width);
        } else {
            let indent = if block[0].starts_with("- ") { "  " } else { "" };
            out += &prose::wrapped(&block.join(" "), width, ("", indent), |_| false);
        }
    }
    out
}

/// Whether a line goes on with the sentence of the line before it.
fn continues(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['|', '#', '-', '<'])
}

/// The rows of a table, one paragraph each: the first cell, and below it the others with their titles.
fn records(out: &mut String, table: &[&str], width: usize) {
    let titles = cells(table[0]);
    // The second line is the rule below the titles.
    for row in table.iter().skip(2) {
        let row = cells(row);
        let (first, others) = row
            .split_first()
            .map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        *out += &prose::wrapped(first, width, ("", "  "), |_| false);
        let mut line = String::new();
        for (title, cell) in titles.iter().skip(1).zip(others) {
            if cell.is_empty() || cell == MISSING {
                continue;
            }
            let said = format!("{title}: {cell}");
            if !line.is_empty() && line.chars().count() + said.chars().count() + 5 > width {
                *out += &prose::wrapped(&line, width, ("  ", "    "), |_| false);
                line.clear();
            }
            line += if line.is_empty() { "" } else { " · " };
            line += &said;
        }
        if !line.is_empty() {
            *out += &prose::wrapped(&line, width, ("  ", "    "), |_| false);
        }
    }
}

/// The cells of a line of a table, without the marks of Markdown.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut letters = line.trim().trim_start_matches('|').chars().peekable();
    while let Some(letter) = letters.next() {
        let last = cells.len() - 1;
        match letter {
            '\\' => cells[last].extend(letters.next()),
            '*' if letters.peek() == Some(&'*') => drop(letters.next()),
            '|' => cells.push(String::new()),
            other => cells[last].push(other),
        }
    }
    cells.pop(); // after the last bar
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "### Title\n\n| A | Time |\n| --- | ---: |\n| x \\| y=\\[1\\] | **1.5** (2) \\* |\n| z | – |\n\n- a note that goes\n  on\n- b\n";

    #[test]
    fn a_page_that_fits_stays_as_it_is() {
        assert_eq!(narrow(PAGE, 80), PAGE);
    }

    #[test]
    fn rows_of_a_wide_table_become_paragraphs_and_sentences_are_wrapped() {
        let text = "### Title\n\nx | y=[1]\n  Time: 1.5 (2) *\nz\n\n- a note that goes\n  on\n- b\n";
        assert_eq!(narrow(PAGE, 22), text);
    }
}
