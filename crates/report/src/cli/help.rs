//! Texts of the help: what the program does, examples and the headings of options.

/// What the program does.
pub(super) const ABOUT: &str = "\
Rank results, or update the leaderboard and the tables from the published ones.

Without a command it writes the blocks between marker lines in the README and in the docs folder, and leaderboard.md in the \
results folder. A command prints instead and writes nothing.";

/// Three commands.
pub(super) const EXAMPLES: &str = "\
Examples:
  report show                 rank your own results, results/*.csv
  report --check              are README and docs up to date? exit code 1: no
  report --format csv         print the published leaderboard as CSV";

/// The heading of the options that choose what is read.
pub(super) const INPUT: &str = "Input";

/// The heading of the options that choose what is printed or written.
pub(super) const OUTPUT: &str = "Output";
