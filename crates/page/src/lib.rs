//! A stack as one HTML file that needs nothing else: what [`Report`] says, for a browser, a phone, a printer and a screen reader.
//!
//! The file forbids itself every connection. What is short stands in its HTML; what grows with caches and slots is in it as
//! compact data, from which a script of a few hundred lines draws what is looked at.

mod data;
mod shell;
mod words;

use cachekeep_core::view::report::Report;

/// The page.
#[must_use]
pub fn html(report: &Report) -> String {
    shell::page(report, &data::json(report)).into_string()
}

#[cfg(test)]
mod tests;
