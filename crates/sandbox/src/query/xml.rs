//! Writes XML: elements, text, escaping. Nothing else is needed.

use chrono::{DateTime, SecondsFormat, Utc};
use std::borrow::Cow;
use std::fmt::Display;

/// XML text under construction.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element with children.
    pub(crate) fn element(&mut self, name: &str, children: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name);
        children(self);
        self.close(name);
        self
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name);
        self.0.push_str(&escape(text));
        self.close(name);
        self
    }

    /// An element with a number or a truth value, which need no escaping.
    pub(crate) fn value(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.text(name, &value.to_string())
    }

    /// An element only when there is something to say.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.text(name, text);
        }
        self
    }

    /// An instant with milliseconds, as clusters and events carry it (docs/elasticache.md 1.1, L).
    pub(crate) fn instant(&mut self, name: &str, at: DateTime<Utc>) -> &mut Self {
        self.text(name, &at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    /// An instant in whole seconds, as snapshots carry it (docs/elasticache.md 1.1, L).
    pub(crate) fn second(&mut self, name: &str, at: DateTime<Utc>) -> &mut Self {
        self.text(name, &at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// A list whose items share one element name.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        item: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |xml| {
            for each in items {
                xml.element(item, |xml| write(xml, each));
            }
        })
    }

    /// A list of plain texts.
    pub(crate) fn texts<'a>(
        &mut self,
        name: &str,
        item: &str,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> &mut Self {
        self.element(name, |xml| {
            for text in texts {
                xml.text(item, text);
            }
        })
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// The text with its markup characters escaped; characters that XML forbids become U+FFFD.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| matches!(c, '<' | '>' | '&') || forbidden(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 16), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if forbidden(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
        out
    }))
}

fn forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_escaped() {
        let mut xml = Xml::default();
        xml.element("Tag", |xml| {
            xml.text("Key", "a<b").text("Value", "x & y\u{1}");
        });
        let expected = "<Tag><Key>a&lt;b</Key><Value>x &amp; y\u{FFFD}</Value></Tag>";
        assert_eq!(xml.finish(), expected);
    }

    #[test]
    fn instants_have_the_precision_that_was_recorded() {
        let at: DateTime<Utc> = "2016-12-28T07:00:52.120Z".parse().unwrap();
        let mut xml = Xml::default();
        xml.instant("A", at).second("B", at);
        assert_eq!(xml.finish(), "<A>2016-12-28T07:00:52.120Z</A><B>2016-12-28T07:00:52Z</B>");
    }
}
