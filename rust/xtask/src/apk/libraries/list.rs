//! The hand-written list: what the app, its tests and its build want.

use super::coordinate::{Artifact, Kind};
use super::lock::Set;
use crate::apk::error::{Error, Result};

/// What is wanted, before anything is resolved.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    /// Artifacts by the set they are wanted in. Their kind is not known yet: it is `Pom`.
    pub(crate) roots: Vec<(Set, Artifact)>,
    /// Groups of modules that only work together in one version.
    pub(crate) aligned: Vec<Aligned>,
    /// Versions that hold, whatever is asked for.
    pub(crate) pinned: Vec<Artifact>,
}

/// Modules that only work together in one version: patterns `group:artifact`, where `*` is every artifact.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Aligned(Vec<(String, String)>);

impl Aligned {
    /// Whether a module is one of them.
    pub(crate) fn holds(&self, group: &str, name: &str) -> bool {
        self.0
            .iter()
            .any(|(g, n)| g == group && (n == "*" || n == name))
    }
}

impl List {
    /// Reads the file; `place` names it in errors.
    pub(crate) fn parse(place: &str, text: &str) -> Result<Self> {
        enum Section {
            Set(Set),
            Aligned,
            Pinned,
        }
        let mut list = Self::default();
        let mut section = None;
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let artifact = |text| Artifact::parse(&format!("{text}:{}", Kind::Pom.name()));
            let wrong = |what: String| Error::input(format!("{place}:{}", number + 1), what);
            let no_version = || wrong("expected GROUP:ARTIFACT:VERSION".to_owned());
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = Some(match (name, Set::named(name)) {
                    ("aligned", _) => Section::Aligned,
                    ("pinned", _) => Section::Pinned,
                    (_, Some(set)) => Section::Set(set),
                    _ => return Err(wrong(format!("no such section as [{name}]"))),
                });
                continue;
            }
            match section {
                None => return Err(wrong("expected a section such as [runtime] first".into())),
                Some(Section::Set(set)) => list
                    .roots
                    .push((set, artifact(line).ok_or_else(no_version)?)),
                Some(Section::Pinned) => list.pinned.push(artifact(line).ok_or_else(no_version)?),
                Some(Section::Aligned) => {
                    let patterns = line.split_whitespace().map(|pattern| {
                        let (group, name) = pattern.split_once(':')?;
                        Some((group.to_owned(), name.to_owned()))
                    });
                    let patterns = patterns.collect::<Option<_>>();
                    list.aligned.push(Aligned(patterns.ok_or_else(|| {
                        wrong("expected GROUP:ARTIFACT or GROUP:* …".to_owned())
                    })?));
                }
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_alignments_are_read() {
        let text = "# head\n[runtime]\na.b:c:1.0  # why\n[aligned]\na.b:* d:e\n";
        let list = List::parse("list", text).unwrap();
        assert_eq!(list.roots.len(), 1);
        assert_eq!(list.roots[0].1.to_string(), "a.b:c:1.0:pom");
        assert!(list.aligned[0].holds("a.b", "x"));
        assert!(list.aligned[0].holds("d", "e"));
        assert!(!list.aligned[0].holds("d", "f"));
    }

    #[test]
    fn a_line_before_any_section_and_a_coordinate_without_version_are_refused() {
        for text in ["a:b:1\n", "[runtime]\na:b\n", "[production]\n"] {
            assert!(List::parse("list", text).is_err(), "{text}");
        }
    }
}
