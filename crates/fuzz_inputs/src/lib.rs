//! Feeds readers with damaged copies of valid inputs.
//!
//! A reader may refuse an input; it must not panic, hang or take memory beyond all measure. A failure names its seed, and
//! `ARBTEST_SEED=… cargo test NAME` feeds the same input again. `HEMLINE_FUZZ_INPUTS=1000000` asks for more inputs than a test run can spend.

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use std::time::Duration;

/// Inputs of a usual test run.
const INPUTS: u64 = 5_000;

/// The name of the variable with another number of inputs.
const VARIABLE: &str = "HEMLINE_FUZZ_INPUTS";

/// Random bytes that decide one input, at most.
const ENTROPY: u32 = 512;

/// Most damages of one input.
const MAX_DAMAGES: usize = 6;

/// What may go wrong in a field of a results file.
pub const CSV_WORDS: &[&[u8]] = &[
    b",",
    b"\n",
    b"\"",
    b"\r\n",
    b"ok",
    b"nan",
    b"inf",
    b"-1",
    b"1e308",
    b"18446744073709551616",
    b"<script>",
];

/// Feeds `check` with inputs: a seed with up to six damages. `words` are texts that the format knows, which are inserted too. Prints the
/// number of inputs.
///
/// # Panics
/// If `check` panics, or there is no seed.
pub fn fuzz(name: &str, seeds: &[&[u8]], words: &[&[u8]], mut check: impl FnMut(&[u8])) {
    assert!(!seeds.is_empty(), "damaged copies of what?");
    let wanted = std::env::var(VARIABLE)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(INPUTS);
    let mut n_inputs = 0_u64;
    while n_inputs < wanted {
        arbtest(|random| {
            // What is left of this round when the number is reached.
            if n_inputs < wanted {
                let input = damaged(random, seeds, words)?;
                n_inputs += 1;
                check(&input);
            }
            Ok(())
        })
        .size_max(ENTROPY)
        .budget(Duration::from_millis(100));
    }
    println!("{name}: {n_inputs} inputs");
}

fn damaged(random: &mut Unstructured<'_>, seeds: &[&[u8]], words: &[&[u8]]) -> Result<Vec<u8>> {
    let mut input = random.choose(seeds)?.to_vec();
    for _ in 0..random.int_in_range(1..=MAX_DAMAGES)? {
        damage(random, &mut input, words)?;
    }
    Ok(input)
}

fn damage(random: &mut Unstructured<'_>, input: &mut Vec<u8>, words: &[&[u8]]) -> Result<()> {
    let at = random.int_in_range(0..=input.len())?;
    let length = random.int_in_range(0..=(input.len() - at).min(64))?;
    match random.int_in_range(0..=7)? {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.arbitrary()?;
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.int_in_range(0..=7)?;
            }
        }
        2 => input.truncate(at),
        3 => drop(input.drain(at..at + length)),
        4 => {
            let copy = input[at..at + length].to_vec();
            let to = random.int_in_range(0..=input.len())?;
            input.splice(to..to, copy);
        }
        5 if !words.is_empty() => {
            let word = random.choose(words)?;
            let end = if random.arbitrary()? { at } else { at + length };
            input.splice(at..end, word.iter().copied());
        }
        6 => {
            // A number of the format: four bytes that are near a limit.
            let number = *random.choose(&[0, 1, u32::MAX, i32::MAX as u32, 1 << 16])?;
            let end = (at + 4).min(input.len());
            input.splice(at..end, number.to_be_bytes());
        }
        _ => {
            let bytes: [u8; 3] = random.arbitrary()?;
            input.splice(at..at, bytes);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn inputs_are_as_many_as_asked_and_differ() {
        let mut inputs = HashSet::new();
        let mut n = 0;
        fuzz("this test", &[b"hello", b"a longer seed"], &[b"word"], |input| {
            inputs.insert(input.to_vec());
            n += 1;
        });
        assert!(n >= 1 && inputs.len() > n / 4, "{} of {n}", inputs.len());
        assert!(
            inputs
                .iter()
                .any(|input| input.windows(4).any(|part| part == b"word"))
        );
    }

    #[test]
    #[should_panic(expected = "found")]
    fn a_panic_of_the_reader_is_a_failure() {
        fuzz("this test", &[b"abc"], &[], |input| {
            assert!(input.len() >= 3, "found")
        });
    }
}
