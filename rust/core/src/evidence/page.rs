//! What people read of a bundle: a page without scripts or anything from outside, and the same as text.

use std::fmt::Write as _;

use super::{mask, name};
use crate::rules::Rule;

/// What stands above the copy of a rule's file.
const RULE_HEAD: &str = "# A copy of the rule that matched. Long numbers in its samples, all invented, are masked in this copy.\n";

pub(super) const ABOUT_PROOF: &str = "manifest.json holds the SHA-256 of every other file in this bundle; `gasket verify FILE` compares \
     them. That shows damage and careless changes. Somebody who writes the manifest anew as well is found out only by \
     the bundle's fingerprint, the SHA-256 of manifest.json, if it was kept elsewhere: `gasket verify FILE --expect FINGERPRINT`.";

/// The heading over what can be checked.
pub(super) const CHECKED: &str = "How far this can be checked";

/// A heading and the lines under it.
pub(super) type Section = (&'static str, Vec<String>);

/// A page.
pub(super) struct Page<'a> {
    /// Version of Gasket.
    pub(super) version: &'a str,
    /// The language of the sentence, as a tag (BCP 47).
    pub(super) language: &'a str,
    /// What happened and what became of it.
    pub(super) sentence: String,
    pub(super) sections: Vec<Section>,
}

impl Page<'_> {
    /// The page as plain text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("Evidence by Gasket {}\n\n", self.version);
        let _ = writeln!(text, "{}", self.sentence);
        for (heading, lines) in &self.sections {
            let _ = write!(text, "\n{heading}\n");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    /// The page as HTML.
    pub(super) fn html(&self) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Evidence by Gasket</title>\n\
             <style>body{{max-width:45em;margin:2em auto;padding:0 1em;font-family:sans-serif;line-height:1.5}}\
             .receipt{{font-size:1.25em}}li{{overflow-wrap:anywhere}}</style>\n</head>\n<body>\n\
             <h1>Evidence by Gasket {}</h1>\n<p class=\"receipt\" lang=\"{}\" dir=\"auto\">{}</p>\n",
            escaped(self.version),
            escaped(self.language),
            escaped(&self.sentence),
        );
        for (heading, lines) in &self.sections {
            let _ = write!(html, "<h2>{}</h2>\n<ul>\n", escaped(heading));
            for line in lines {
                let _ = writeln!(html, "<li dir=\"auto\">{}</li>", escaped(line));
            }
            html.push_str("</ul>\n");
        }
        html.push_str("</body>\n</html>\n");
        html
    }
}

/// The copy of a rule's file.
pub(super) fn copy(text: &str) -> (&'static str, Vec<u8>) {
    let text = format!("{RULE_HEAD}{}", mask::text(text));
    (name::RULE, text.into_bytes())
}

/// What a rule says of itself, and where that is known from.
pub(super) fn about(rule: &Rule) -> Section {
    let mut lines = vec![
        format!("{} ({})", rule.title, rule.id),
        format!("About: {}", rule.description),
        format!("Founded on: {}", rule.confidence.as_str()),
    ];
    let evidence = rule.evidence.iter();
    lines.extend(evidence.map(|(kind, what)| format!("{kind}: {what}")));
    lines.extend(rule.references.iter().cloned());
    lines.push("rule.yml is a copy of its file.".to_owned());
    ("The rule that knows it", lines)
}

/// Text for HTML, inside and outside of quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
