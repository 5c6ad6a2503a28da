//! The lock file: every artifact the build uses, with its SHA-256.

use std::fmt;

use super::coordinate::Artifact;
use crate::apk::error::{Error, Result};

/// What an artifact is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// Part of the app.
    Runtime,
    /// On the class path of the tests, beside the app's.
    Test,
    /// The Kotlin compiler with its plugins.
    Kotlin,
    /// Tools that run by themselves: R8, aapt2, the framework's classes.
    Tool,
    /// The instrumented frameworks that Robolectric runs tests on.
    Sdk,
    /// The formatter of Kotlin.
    Ktlint,
    /// What finds questionable Kotlin.
    Detekt,
}

impl Set {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Runtime,
        Self::Test,
        Self::Kotlin,
        Self::Tool,
        Self::Sdk,
        Self::Ktlint,
        Self::Detekt,
    ];

    /// As the list and the lock file call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Test => "test",
            Self::Kotlin => "kotlin",
            Self::Tool => "tool",
            Self::Sdk => "sdk",
            Self::Ktlint => "ktlint",
            Self::Detekt => "detekt",
        }
    }

    /// The set called so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }
}

/// One line of the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Locked {
    /// The artifact.
    pub(crate) artifact: Artifact,
    /// What it is used for, sorted.
    pub(crate) sets: Vec<Set>,
    /// Of its file, 64 hexadecimal digits.
    pub(crate) sha256: String,
}

/// The lock file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    artifacts: Vec<Locked>,
}

impl Lock {
    /// Sorts, so that the file changes only where its content does.
    pub(crate) fn new(mut artifacts: Vec<Locked>) -> Self {
        artifacts.sort_by(|a, b| a.artifact.cmp(&b.artifact));
        Self { artifacts }
    }

    /// Reads the file; `place` names it in errors.
    pub(crate) fn parse(place: &str, text: &str) -> Result<Self> {
        let mut artifacts: Vec<Locked> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let locked = parse_line(line).ok_or_else(|| {
                Error::input(
                    format!("{place}:{}", number + 1),
                    "expected `SHA256 SET[,SET…] GROUP:ARTIFACT:VERSION:KIND`; \
                     the file is written by `cargo xtask lock`",
                )
            })?;
            if artifacts.iter().any(|other| {
                other.artifact.module() == locked.artifact.module()
                    && other.artifact.version == locked.artifact.version
            }) {
                return Err(Error::input(
                    format!("{place}:{}", number + 1),
                    format!("{} is there twice", locked.artifact),
                ));
            }
            artifacts.push(locked);
        }
        Ok(Self::new(artifacts))
    }

    /// All artifacts that are in one of these sets.
    pub(crate) fn in_sets(&self, sets: &[Set]) -> impl Iterator<Item = &Locked> {
        self.artifacts
            .iter()
            .filter(|locked| locked.sets.iter().any(|set| sets.contains(set)))
    }

    /// How many artifacts there are.
    pub(crate) fn len(&self) -> usize {
        self.artifacts.len()
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Written by `cargo xtask lock` from libraries.list; not edited by hand."
        )?;
        for locked in &self.artifacts {
            let sets: Vec<&str> = locked.sets.iter().map(|set| set.name()).collect();
            writeln!(
                f,
                "{} {} {}",
                locked.sha256,
                sets.join(","),
                locked.artifact
            )?;
        }
        Ok(())
    }
}

fn parse_line(line: &str) -> Option<Locked> {
    let mut words = line.split(' ');
    let (sha256, sets, artifact) = (words.next()?, words.next()?, words.next()?);
    let is_hash = sha256.len() == 64
        && sha256
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if words.next().is_some() || !is_hash {
        return None;
    }
    Some(Locked {
        artifact: Artifact::parse(artifact)?,
        sets: sets.split(',').map(Set::named).collect::<Option<_>>()?,
        sha256: sha256.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> String {
        "0a".repeat(32)
    }

    #[test]
    fn a_lock_survives_being_written_and_read() {
        let text = format!(
            "{} runtime,test a.b:c:1:aar\n{} tool d:e:2-x:jar\n",
            hash(),
            hash()
        );
        let lock = Lock::parse("lock", &text).unwrap();
        assert_eq!(Lock::parse("lock", &lock.to_string()).unwrap(), lock);
        assert_eq!(lock.in_sets(&[Set::Test]).count(), 1);
        assert_eq!(lock.in_sets(&[Set::Test, Set::Tool]).count(), 2);
    }

    #[test]
    fn a_line_without_a_hash_or_with_an_unknown_set_is_refused_with_its_number() {
        for line in [
            "a.b:c:1:aar".to_owned(),
            format!("{} production a.b:c:1:aar", hash()),
            format!("{} runtime a.b:c:1:aar more", hash()),
        ] {
            let error = Lock::parse("lock", &format!("# head\n{line}\n")).unwrap_err();
            assert!(error.to_string().starts_with("lock:2:"), "{error}");
        }
    }

    #[test]
    fn the_same_artifact_twice_is_refused() {
        let line = format!("{} runtime a.b:c:1:aar", hash());
        assert!(Lock::parse("lock", &format!("{line}\n{line}\n")).is_err());
    }
}
