//! The colours and shapes of the kinds of methods, and the two themes.
//!
//! # Reference
//! Okabe and Ito (2008), Color universal design: eight colours that people with any colour vision can tell. Every style has a shape of
//! its own too, so that colour is never the only sign.

use std::fmt::Write;

/// A style has one of these shapes, around 0 0, about 9 pixels wide.
const SHAPES: [&str; 11] = [
    "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
    "M-3.6 -3.6H3.6V3.6H-3.6Z",
    "M0 -5L4.6 3.4H-4.6Z",
    "M0 -5.2L5.2 0L0 5.2L-5.2 0Z",
    "M0 5L4.6 -3.4H-4.6Z",
    "M-1.6 -4.8H1.6V-1.6H4.8V1.6H1.6V4.8H-1.6V1.6H-4.8V-1.6H-1.6Z",
    "M0 -5L4.8 -1.5L2.9 4.1H-2.9L-4.8 -1.5Z",
    "M5 0L-3.4 4.6V-4.6Z",
    "M-5 0L3.4 4.6V-4.6Z",
    "M-4.4 -2.2L-2.2 -4.4L0 -2.2L2.2 -4.4L4.4 -2.2L2.2 0L4.4 2.2L2.2 4.4L0 2.2L-2.2 4.4L-4.4 2.2L-2.2 0Z",
    "M-2.5 -4.3H2.5L5 0L2.5 4.3H-2.5L-5 0Z",
];

/// The number of styles. More kinds repeat them.
pub const STYLES: usize = SHAPES.len();

/// A theme: the colours of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// The name at the end of a picture's file.
    pub name: &'static str,
    background: &'static str,
    ink: &'static str,
    muted: &'static str,
    grid: &'static str,
    styles: [&'static str; STYLES],
}

/// The two themes.
pub const THEMES: [Theme; 2] = [
    Theme {
        name: "light",
        background: "#ffffff",
        ink: "#1f2328",
        muted: "#57606a",
        grid: "#d8dee4",
        styles: [
            "#0072b2", "#b35400", "#007a5a", "#a3417b", "#8a6d00", "#1f6f9e", "#4d4d4d", "#0072b2",
            "#b35400", "#007a5a", "#a3417b",
        ],
    },
    Theme {
        name: "dark",
        background: "#0d1117",
        ink: "#e6edf3",
        muted: "#9da7b3",
        grid: "#30363d",
        styles: [
            "#56b4e9", "#ff9d4d", "#2fc79a", "#e39ac4", "#f0e442", "#8ecbf0", "#c9c9c9", "#56b4e9",
            "#ff9d4d", "#2fc79a", "#e39ac4",
        ],
    },
];

/// The path of a style's shape.
pub(super) fn shape(style: usize) -> &'static str {
    SHAPES[style % STYLES]
}

/// The rules that do not depend on the theme.
const RULES: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:13px}
.title{font-size:16px;font-weight:600}
.tick{font-size:12px}
.grid,.axis,.front,.series{fill:none;stroke-width:1}
.front{stroke-width:1.5;stroke-dasharray:6 3}
.series{stroke-width:2}
.mark{stroke-width:1}
";

impl Theme {
    /// The names of its colours, and the colours.
    pub fn colours(&self) -> Vec<(String, &'static str)> {
        let styles = self
            .styles
            .iter()
            .enumerate()
            .map(|(at, colour)| (format!("s{at}"), *colour));
        let named = [
            ("ground", self.background),
            ("ink", self.ink),
            ("muted", self.muted),
            ("grid", self.grid),
        ];
        let named = named.map(|(name, colour)| (name.to_owned(), colour));
        named.into_iter().chain(styles).collect()
    }

    /// The colour of a name.
    pub(super) fn colour(&self, name: &str) -> String {
        let mut colours = self.colours().into_iter();
        let found = colours.find(|(own, _)| own == name);
        found.map_or(self.ink, |(_, colour)| colour).to_owned()
    }
}

/// The rules of the elements' classes; `colour` gives the colour of a name.
pub fn rules(colour: impl Fn(&str) -> String) -> String {
    let [ground, ink, muted, grid] = ["ground", "ink", "muted", "grid"].map(&colour);
    let mut rules = format!(
        "{RULES}.ground{{fill:{ground}}}.title,.label{{fill:{ink}}}.tick,.axis-title{{fill:{muted}}}\n\
         .grid{{stroke:{grid}}}.axis{{stroke:{muted}}}.front{{stroke:{ink}}}.halo{{fill:none;stroke:{ground};stroke-width:3}}\n"
    );
    for at in 0..STYLES {
        let own = colour(&format!("s{at}"));
        let _ = write!(
            rules,
            ".s{at}{{fill:{own};stroke:{ground}}}.b{at}{{fill:{own}}}.l{at}{{stroke:{own}}}"
        );
    }
    rules.push('\n');
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour, by WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_marks_stand_out_from_the_ground_in_both_themes() {
        for theme in THEMES {
            for text in [theme.ink, theme.muted] {
                assert!(contrast(text, theme.background) >= 4.5, "{} {text}", theme.name);
            }
            for mark in theme.styles {
                assert!(contrast(mark, theme.background) >= 3.0, "{} {mark}", theme.name);
            }
        }
    }

    #[test]
    fn no_two_styles_look_alike() {
        for a in 0..STYLES {
            for b in 0..a {
                assert_ne!(shape(a), shape(b));
            }
        }
    }
}
