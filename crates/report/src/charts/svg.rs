//! Writes the elements of an SVG picture. Colours come from classes, which a theme or the page's style sheet defines.
//!
//! No plotting library is used: `plotters` draws to pixels or with fixed colours, and none gives elements the attributes by which the
//! page filters and labels them, so that most of what is here would be needed beside it.

use std::fmt::Write;

use command_line::is_unprintable;

/// The body of a picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Svg {
    body: String,
}

/// Where a text lies from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A mark at a data point.
pub(super) struct Mark<'a> {
    /// The style of its kind, see [`super::palette`].
    pub(super) style: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    /// Shown over the mark, and read by a screen reader.
    pub(super) title: &'a str,
    /// The line of the page that it belongs to, if any: dataset and place.
    pub(super) line: Option<(usize, usize)>,
}

/// The text for an attribute or an element.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_unprintable(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A number with at most one decimal: a tenth of a pixel.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

impl Svg {
    /// The elements.
    pub(super) fn into_body(self) -> String {
        self.body
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        );
    }

    pub(super) fn rectangle(
        &mut self,
        class: &str,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        title: &str,
    ) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let title = titled(title);
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}">{title}</rect>"#
        );
    }

    /// A line through points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)], title: &str) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            let _ = write!(d, "{letter}{} {}", number(*x), number(*y));
        }
        let title = titled(title);
        let _ = writeln!(self.body, r#"<path class="{class}" d="{d}">{title}</path>"#);
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y] = [x, y].map(number);
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#
        );
    }

    /// A bitmap.
    pub(super) fn image(&mut self, address: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let address = escaped(address);
        let _ = writeln!(
            self.body,
            r#"<image x="{x}" y="{y}" width="{width}" height="{height}" href="{address}"/>"#
        );
    }

    /// A text that runs upwards, centred at its place.
    pub(super) fn text_upwards(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let [x, y] = [x, y].map(number);
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" transform="translate({x} {y}) rotate(-90)" text-anchor="middle">{text}</text>"#
        );
    }

    pub(super) fn mark(&mut self, mark: &Mark<'_>) {
        let (style, shape) = (mark.style, super::palette::shape(mark.style));
        let [x, y] = [mark.x, mark.y].map(number);
        let line = mark.line.map_or(String::new(), |(dataset, at)| {
            format!(r#" data-line="{dataset}-{at}" data-x="{x}" data-y="{y}""#)
        });
        let title = titled(mark.title);
        let _ = writeln!(
            self.body,
            r#"<path class="mark s{style}" transform="translate({x} {y})" d="{shape}"{line}>{title}</path>"#
        );
    }
}

fn titled(title: &str) -> String {
    match title {
        "" => String::new(),
        title => format!("<title>{}</title>", escaped(title)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_text() {
        assert_eq!(
            escaped("<b a='x'>&\"\u{202e}\u{1b}"),
            "&lt;b a=&#39;x&#39;&gt;&amp;&quot;  "
        );
        let mut svg = Svg::default();
        svg.text("label", (1.0, 2.25), Anchor::Start, "</text><script>");
        svg.path("front", &[(0.0, 0.0), (1.25, 2.0)], "");
        let body = svg.into_body();
        assert!(
            !body.contains("<script>") && body.contains(r#"d="M0 0L1.2 2""#),
            "{body}"
        );
    }
}
