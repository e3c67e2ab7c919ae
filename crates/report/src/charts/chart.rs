//! A finished picture: as a file of its own in a theme, or inside a page, which defines the colours.

use command_line::is_unprintable;

use super::palette::{Theme, rules};
use super::svg::{Svg, escaped};

/// A picture and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Its title, which the picture shows too.
    pub title: String,
    /// What a reader who does not see it should know.
    pub description: String,
    width: u32,
    height: u32,
    body: String,
}

impl Chart {
    pub(super) fn new(title: String, description: String, (width, height): (f64, f64), svg: Svg) -> Self {
        // The page shows both as text.
        let printable = |text: String| {
            text.chars()
                .map(|c| if is_unprintable(c) { ' ' } else { c })
                .collect()
        };
        Self {
            title: printable(title),
            description: printable(description),
            width: width.ceil() as u32,
            height: height.ceil() as u32,
            body: svg.into_body(),
        }
    }

    /// The file of the picture in a theme.
    pub fn file(&self, theme: &Theme) -> String {
        let style = format!("<style>\n{}</style>\n", rules(|name| theme.colour(name)));
        self.element(" xmlns=\"http://www.w3.org/2000/svg\"", &style)
    }

    /// The element for a page that has the rules of the classes.
    pub fn inline(&self) -> String {
        self.element("", "")
    }

    fn element(&self, attributes: &str, style: &str) -> String {
        let Self {
            width, height, body, ..
        } = self;
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        format!(
            "<svg{attributes} viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{title}. {description}\">\n{style}<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
        )
    }
}
