//! `splice` replaces the block between the markers and nothing else.

use proptest::prelude::*;
use report::splice::{Block, SpliceError};

const BLOCK: Block = Block {
    begin: "<!-- first:begin -->",
    end: "<!-- first:end -->",
};
const OTHER: Block = Block {
    begin: "<!-- second:begin -->",
    end: "<!-- second:end -->",
};
const BEGIN: &str = BLOCK.begin;
const END: &str = BLOCK.end;

fn splice(text: &str, content: &str) -> Result<String, SpliceError> {
    report::splice::splice(text, BLOCK, content)
}

#[test]
fn each_block_has_its_own_markers() {
    let text = format!("{BEGIN}\n{END}\n{}\n{}\n", OTHER.begin, OTHER.end);
    let spliced = report::splice::splice(&text, OTHER, "x").unwrap();
    assert_eq!(
        spliced,
        format!("{BEGIN}\n{END}\n{}\nx\n{}\n", OTHER.begin, OTHER.end)
    );
    assert!(OTHER.is_in(&text) && !OTHER.is_in(BEGIN));
}

#[test]
fn the_block_gets_the_line_ends_of_the_file() {
    let text = format!("a\r\n{BEGIN}\r\nold\r\n{END}\r\nb");
    assert_eq!(
        splice(&text, "x\ny").unwrap(),
        format!("a\r\n{BEGIN}\r\nx\r\ny\r\n{END}\r\nb")
    );
}

#[test]
fn a_marker_inside_a_sentence_is_ignored() {
    let text = format!("Put `{BEGIN}` and `{END}` in it.\n{BEGIN}\n{END}\n");
    assert_eq!(
        splice(&text, "x\n").unwrap(),
        format!("Put `{BEGIN}` and `{END}` in it.\n{BEGIN}\nx\n{END}\n")
    );
}

#[test]
fn missing_repeated_and_swapped_markers_are_different_errors() {
    let error = |text: String| splice(&text, "x").unwrap_err();
    assert_eq!(error(String::new()), SpliceError::Missing { marker: BEGIN });
    assert_eq!(error(format!("{BEGIN}\n")), SpliceError::Missing { marker: END });
    assert_eq!(
        error(format!("{BEGIN}\n{END}\n{BEGIN}\n")),
        SpliceError::Doubled {
            marker: BEGIN,
            first: 1,
            second: 3
        }
    );
    assert_eq!(
        error(format!("a\n{END}\n{BEGIN}\n")),
        SpliceError::Swapped { begin: 3, end: 2 }
    );
}

proptest! {
    #[test]
    fn text_outside_the_markers_is_kept_and_a_second_splice_changes_nothing(
        before in "([ -~é]{0,12}\r?\n){0,4}", old in "([ -~]{0,12}\r?\n){0,4}", after in "(\r?\n[ -~]{0,12}){0,4}",
        block in "([ -~]{0,12}\n){0,4}", newline in "\r?\n",
    ) {
        let text = format!("{before}{BEGIN}{newline}{old}{END}{after}");
        let once = splice(&text, &block).unwrap();
        let inside = once.strip_prefix(&format!("{before}{BEGIN}{newline}"));
        let inside = inside.and_then(|rest| rest.strip_suffix(&format!("{END}{after}")));
        prop_assert_eq!(inside.map(|inside| inside.replace("\r\n", "\n")), Some(block.clone()));
        prop_assert_eq!(splice(&once, &block).unwrap(), once);
    }
}
