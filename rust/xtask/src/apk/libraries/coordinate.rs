//! Names of Maven artifacts.

use std::fmt;
use std::path::{Path, PathBuf};

/// What kind of file an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Classes.
    Jar,
    /// An Android library: classes, resources, manifest, rules.
    Aar,
    /// Only the description of an artifact.
    Pom,
}

impl Kind {
    /// As Maven calls it; also the file's extension.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jar => "jar",
            Self::Aar => "aar",
            Self::Pom => "pom",
        }
    }

    /// The kind Maven calls so; `packaging` also has names for jars built in a special way.
    pub(crate) fn of_packaging(name: &str) -> Option<Self> {
        match name {
            "jar" | "bundle" | "maven-plugin" => Some(Self::Jar),
            "aar" => Some(Self::Aar),
            "pom" => Some(Self::Pom),
            _ => None,
        }
    }
}

/// One artifact of one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Artifact {
    /// `androidx.core`
    pub(crate) group: String,
    /// `core-ktx`
    pub(crate) name: String,
    /// `1.18.0`
    pub(crate) version: String,
    /// The kind of its file.
    pub(crate) kind: Kind,
}

impl Artifact {
    /// Reads `group:artifact:version:kind`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let [group, name, version, kind] = parts[..] else {
            return None;
        };
        let plain = |part: &str| {
            !part.is_empty()
                && !part.contains("..")
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        if ![group, name, version].into_iter().all(plain) {
            return None;
        }
        Some(Self {
            group: group.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            kind: Kind::of_packaging(kind)?,
        })
    }

    /// `group:artifact`
    pub(crate) fn module(&self) -> String {
        format!("{}:{}", self.group, self.name)
    }

    /// The folder of its file in one laid out as a Maven repository.
    pub(crate) fn folder_in(&self, folder: &Path) -> PathBuf {
        folder
            .join(self.group.replace('.', "/"))
            .join(&self.name)
            .join(&self.version)
    }

    /// Its file in a folder laid out as a Maven repository.
    pub(crate) fn file_in(&self, folder: &Path) -> PathBuf {
        let Self { name, version, .. } = self;
        self.folder_in(folder)
            .join(format!("{name}-{version}.{}", self.kind.name()))
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            group,
            name,
            version,
            kind,
        } = self;
        write!(f, "{group}:{name}:{version}:{}", kind.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_survives_being_written_and_read() {
        let text = "androidx.core:core-ktx:1.18.0:aar";
        let artifact = Artifact::parse(text).unwrap();
        assert_eq!(artifact.to_string(), text);
        assert_eq!(
            artifact.file_in(Path::new("/r")),
            Path::new("/r/androidx/core/core-ktx/1.18.0/core-ktx-1.18.0.aar")
        );
    }

    #[test]
    fn a_coordinate_that_could_leave_its_folder_is_refused() {
        assert_eq!(Artifact::parse("a:../../b:1:jar"), None);
        assert_eq!(Artifact::parse("a:b/c:1:jar"), None);
        assert_eq!(Artifact::parse("a:b:1"), None);
        assert_eq!(Artifact::parse("a::1:jar"), None);
    }
}
