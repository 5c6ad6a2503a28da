//! The locked packages, brought by their ordinary clients and compared with the lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// The unpacked packages.
pub(super) struct Sources {
    folders: BTreeMap<String, PathBuf>,
}

impl Sources {
    /// Fetches what `data/tables.lock` names; refuses a file with another SHA-256.
    pub(super) fn fetch() -> Result<Self, String> {
        let lock = crate::root().join("data/tables.lock");
        let text =
            std::fs::read_to_string(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
        let mut folders = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let fields: Vec<&str> = line.split(' ').collect();
            let &[client, package, version, expected] = fields.as_slice() else {
                return Err(format!(
                    "data/tables.lock, line {}: expected client, package, version and SHA-256",
                    at + 1
                ));
            };
            let folder = crate::root()
                .join("target/tables")
                .join(format!("{}-{version}", package.replace(['@', '/'], "_")));
            let file = fetch(client, package, version, &folder)?;
            let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let found: String = Sha256::digest(&bytes)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            if found != expected {
                return Err(format!(
                    "{package} {version} has the SHA-256 {found}; data/tables.lock says {expected}"
                ));
            }
            run(Command::new("tar")
                .arg("xzf")
                .arg(&file)
                .arg("-C")
                .arg(&folder))?;
            folders.insert(package.to_owned(), folder);
        }
        Ok(Self { folders })
    }

    /// The text of the package's one file with this name.
    pub(super) fn read(&self, package: &str, name: &str) -> Result<String, String> {
        let folder = self.folders.get(package);
        let folder = folder.ok_or_else(|| format!("data/tables.lock does not name {package}"))?;
        let path = find(folder, name).ok_or_else(|| format!("{package} has no {name}"))?;
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    }
}

/// Brings the package's file into an empty folder.
fn fetch(client: &str, package: &str, version: &str, folder: &Path) -> Result<PathBuf, String> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut command = Command::new(client);
    match client {
        "npm" => command.args(["pack", "--silent", &format!("{package}@{version}")]),
        "pip" => command
            .args(["download", "--quiet", "--no-deps", "--no-binary", ":all:"])
            .arg(format!("{package}=={version}")),
        other => return Err(format!("no client {other}; expected npm or pip")),
    };
    run(command.current_dir(folder))?;
    let files = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files = files.filter_map(Result::ok).map(|entry| entry.path());
    files
        .next()
        .ok_or_else(|| format!("{client} brought nothing for {package}"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|e| format!("{name} does not start: {e}. Install it"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}", told.trim()))
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()?.filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|found| found == name) {
                return Some(path);
            }
        }
    }
    None
}
