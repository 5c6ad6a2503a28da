//! The Java development kits of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Error, Result};
use super::tool::Tool;
use crate::packages;
use crate::report::Outcome;

/// Where Debian and others put them.
const INSTALLED: &str = "/usr/lib/jvm";

/// Debian's packages of them; each release has only some.
const PACKAGES: [(u32, &str); 3] = [
    (17, "openjdk-17-jdk-headless"),
    (21, "openjdk-21-jdk-headless"),
    (25, "openjdk-25-jdk-headless"),
];

/// A Java development kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jdk {
    home: PathBuf,
    version: u32,
}

impl Jdk {
    /// The oldest kit from `least` on: that of `JAVA_HOME`, of the `PATH`, or one that is installed.
    pub(crate) fn find(least: u32) -> Result<Self> {
        let mut kits: Vec<Self> = candidates()
            .into_iter()
            .filter_map(|home| {
                let version = version_of(&home)?;
                (version >= least).then_some(Self { home, version })
            })
            .collect();
        kits.sort_by(|a, b| (a.version, &a.home).cmp(&(b.version, &b.home)));
        kits.into_iter().next().ok_or_else(|| {
            Error::Missing(format!(
                "no JDK {least} or newer here: neither JAVA_HOME nor PATH names one, nor is one in {INSTALLED}. \
                 Install one (Debian: openjdk-{least}-jdk-headless or newer, where the release has it; \
                 else any build of OpenJDK) and set JAVA_HOME to it"
            ))
        })
    }

    /// As [`find`](Self::find); where there is none, one of Debian's is installed if that is possible.
    pub(crate) fn find_or_install(least: u32) -> Result<Self> {
        Self::find(least).or_else(|missing| {
            let candidate = PACKAGES
                .into_iter()
                .find(|(version, package)| *version >= least && is_offered(package));
            let Some((_, package)) = candidate else {
                return Err(missing);
            };
            match packages::ensure_these(&[package]) {
                Outcome::Failed(how) => Err(Error::Missing(how)),
                Outcome::Passed | Outcome::Skipped(_) => Self::find(least),
            }
        })
    }

    /// Its feature version: 17, 21, ….
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Its description of the API of earlier Java versions.
    pub(crate) fn descriptions(&self) -> PathBuf {
        self.home.join("lib/ct.sym")
    }

    /// One of its programs: `java`, `javac`, `keytool`.
    pub(crate) fn program(&self, name: &str) -> Tool {
        Tool::new(self.home.join("bin").join(name))
    }

    /// A Java program, with at most `heap` megabytes.
    pub(crate) fn main<P: AsRef<Path>>(&self, heap: u32, class_path: &[P], class: &str) -> Tool {
        let mut tool = self
            .program("java")
            .called(class.rsplit('.').next().unwrap_or(class));
        tool.arg(format!("-Xmx{heap}m"))
            .arg("-cp")
            .arg(super::files::class_path(class_path))
            .arg(class);
        tool
    }
}

/// Whether this machine's Debian has a package.
fn is_offered(package: &str) -> bool {
    let mut query = Command::new("apt-cache");
    query.args(["show", "--quiet=2", package]);
    query.stdin(Stdio::null()).stderr(Stdio::null());
    query
        .output()
        .is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

fn candidates() -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = Vec::new();
    if let Some(home) = std::env::var_os("JAVA_HOME") {
        homes.push(home.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .map(|folder| folder.join("javac"))
        .find(|javac| javac.is_file());
    if let Some(javac) = on_path.and_then(|javac| javac.canonicalize().ok()) {
        homes.extend(javac.ancestors().nth(2).map(Path::to_owned));
    }
    if let Ok(installed) = std::fs::read_dir(INSTALLED) {
        homes.extend(installed.filter_map(|entry| entry.ok().map(|entry| entry.path())));
    }
    homes.retain(|home| home.join("bin/javac").is_file());
    homes
}

/// Asks the compiler itself: a kit's `release` file may be missing.
fn version_of(home: &Path) -> Option<u32> {
    let output = Command::new(home.join("bin/javac"))
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    feature_version(&String::from_utf8_lossy(&output.stdout))
}

/// 17 from `javac 17.0.15`.
fn feature_version(text: &str) -> Option<u32> {
    let version = text.trim().strip_prefix("javac ")?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_version_is_read() {
        assert_eq!(feature_version("javac 17.0.15\n"), Some(17));
        assert_eq!(feature_version("javac 25\n"), Some(25));
        assert_eq!(feature_version("javac 26-ea\n"), Some(26));
        assert_eq!(feature_version("gcj"), None);
    }
}
