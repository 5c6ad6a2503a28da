//! Binary XML of an APK, as aapt2 prints it.

use std::path::Path;

use crate::apk::error::Result;
use crate::apk::resources::Aapt2;

const ANDROID: &str = "http://schemas.android.com/apk/res/android:";

/// An element with its attributes, those of Android's namespace by their plain name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads an XML file of an APK; its root.
pub(super) fn read(aapt2: &Aapt2, apk: &Path, file: &str) -> Result<Element> {
    let mut dump = aapt2.tool();
    let text = dump
        .args(["dump", "xmltree", "--file", file])
        .arg(apk)
        .run()?;
    parse(&text).ok_or_else(|| super::wrong(format!("cannot read {file}:\n{text}")))
}

/// `E: name (line=1)` and `A: name(0x…)=value` lines, nested by their indentation.
fn parse(text: &str) -> Option<Element> {
    let mut open: Vec<(usize, Element)> = Vec::new();
    let mut root = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("E: ") {
            close(&mut open, depth, &mut root);
            let name = rest.split(' ').next()?.to_owned();
            let element = Element {
                name,
                ..Element::default()
            };
            open.push((depth, element));
        } else if let Some(rest) = line.strip_prefix("A: ") {
            let (_, element) = open.last_mut()?;
            element.attributes.push(attribute(rest)?);
        }
    }
    close(&mut open, 0, &mut root);
    root
}

/// Ends the elements that are not above an element of this depth.
fn close(open: &mut Vec<(usize, Element)>, depth: usize, root: &mut Option<Element>) {
    while open.last().is_some_and(|(last, _)| *last >= depth) {
        let Some((_, element)) = open.pop() else {
            return;
        };
        match open.last_mut() {
            Some((_, parent)) => parent.children.push(element),
            None => *root = Some(element),
        }
    }
}

fn attribute(text: &str) -> Option<(String, String)> {
    let text = text.strip_prefix(ANDROID).unwrap_or(text);
    let (name, value) = text.split_once('=')?;
    let name = name.split('(').next()?.to_owned();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split("\" (Raw").next()?.trim_end_matches('"'),
        None => value,
    };
    Some((name, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_nested_by_their_indentation() {
        let text = "\
N: android=http://schemas.android.com/apk/res/android (line=2)
  E: manifest (line=2)
    A: http://schemas.android.com/apk/res/android:versionCode(0x0101021b)=1000
    A: package=\"app.gasket\" (Raw: \"app.gasket\")
      E: uses-sdk (line=3)
        A: http://schemas.android.com/apk/res/android:minSdkVersion(0x0101020c)=26
      E: application (line=5)
        A: http://schemas.android.com/apk/res/android:allowBackup(0x01010280)=false
          E: activity (line=6)
";
        let root = parse(text).unwrap();
        assert_eq!(root.name, "manifest");
        assert_eq!(root.attribute("package"), Some("app.gasket"));
        assert_eq!(root.attribute("versionCode"), Some("1000"));
        assert_eq!(root.children.len(), 2);
        let sdk = root.child("uses-sdk").unwrap();
        assert_eq!(sdk.attribute("minSdkVersion"), Some("26"));
        let application = root.child("application").unwrap();
        assert_eq!(application.all("activity").count(), 1);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert_eq!(parse("error: no such file"), None);
        assert_eq!(parse("A: package=\"x\""), None);
    }
}
