//! The walls between the rooms: what may depend on what, and where the word `unsafe` may stand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Outcome;
use crate::source::{code_only, has_word};
use crate::{cargo, root};

/// Never in the core's tree, on any platform we build for: the system, the tunnel, Java.
const NOT_IN_CORE: [&str; 8] = [
    "libc",
    "tun",
    "jni",
    "jni-sys",
    "nix",
    "rustix",
    "mio",
    "android_logger",
];

/// Which of our crates each room may import. A room that is not listed imports what it likes.
const IMPORTS: [(&str, &[&str]); 5] = [
    ("gasket-core", &[]),
    ("gasket-engine", &["gasket-core"]),
    ("gasket-capture", &["gasket-core"]),
    (
        "gasket-jni",
        &["gasket-capture", "gasket-core", "gasket-engine"],
    ),
    (
        "gasket-cli",
        &["gasket-capture", "gasket-core", "gasket-engine"],
    ),
];

/// Folders (or files) whose code may say `unsafe`.
const UNSAFE_ROOMS: [&str; 3] = [
    "rust/engine/src/sys/",
    "rust/engine/src/sys.rs",
    "rust/jni/",
];

/// Folders with Rust source of ours.
const SOURCES: [&str; 2] = ["rust", "tests"];

/// Rooms of the app that must run without Android.
const PURE_KOTLIN: [&str; 2] = [
    "android/app/src/main/kotlin/app/gasket/bridge",
    "android/app/src/main/kotlin/app/gasket/rules",
];

/// The one room that may declare native functions.
const NATIVE_ROOM: &str = "android/app/src/main/kotlin/app/gasket/bridge/";

/// Every wall, all problems at once.
pub(crate) fn check() -> Outcome {
    let checks = [
        core_tree(),
        core_forbids_unsafe(),
        unsafe_stays_in_its_room(),
        imports(),
        kotlin_rooms(),
    ];
    let problems: Vec<String> = checks
        .into_iter()
        .flat_map(|check| check.unwrap_or_else(|error| vec![format!("cannot check: {error}")]))
        .collect();
    Outcome::from_problems(&problems)
}

type Problems = Result<Vec<String>, String>;

fn core_tree() -> Problems {
    let tree = cargo_tree("gasket-core", &[])?;
    if !tree.iter().any(|name| name == "smoltcp") {
        return Err(format!("the core's tree looks wrong: {}", tree.join(" ")));
    }
    let found = tree
        .iter()
        .filter(|name| NOT_IN_CORE.contains(&name.as_str()));
    Ok(found
        .map(|name| format!("gasket-core depends on {name}"))
        .collect())
}

fn core_forbids_unsafe() -> Problems {
    let source = read(&root().join("rust/core/src/lib.rs"))?;
    if code_only(&source).contains("#![forbid(unsafe_code)]") {
        Ok(Vec::new())
    } else {
        Ok(vec![
            "rust/core/src/lib.rs lacks #![forbid(unsafe_code)]".to_owned(),
        ])
    }
}

fn unsafe_stays_in_its_room() -> Problems {
    let mut problems = Vec::new();
    for file in SOURCES
        .into_iter()
        .flat_map(|folder| files_with_extension(&root().join(folder), "rs"))
    {
        let name = relative(&file);
        if UNSAFE_ROOMS.iter().any(|room| name.starts_with(room)) {
            continue;
        }
        let code = code_only(&read(&file)?);
        let lines = code
            .lines()
            .enumerate()
            .filter(|(_, line)| has_word(line, "unsafe"));
        problems.extend(lines.map(|(at, _)| format!("{name}:{}: `unsafe`", at + 1)));
    }
    Ok(problems)
}

fn imports() -> Problems {
    let members = workspace_members()?;
    let mut problems = Vec::new();
    for (room, allowed) in IMPORTS {
        if !members.iter().any(|member| member == room) {
            continue;
        }
        let direct = cargo_tree(room, &["--depth", "1"])?;
        let ours = direct
            .iter()
            .filter(|name| name.starts_with("gasket-") && *name != room);
        let wrong = ours.filter(|name| !allowed.contains(&name.as_str()));
        problems.extend(wrong.map(|name| format!("{room} imports {name}")));
    }
    Ok(problems)
}

/// Names of the crates `package` is built from.
fn kotlin_rooms() -> Problems {
    let mut problems = Vec::new();
    for room in PURE_KOTLIN {
        let files = files_with_extension(&root().join(room), "kt");
        if files.is_empty() {
            return Err(format!("{room} holds no Kotlin"));
        }
        for file in files {
            let text = read(&file)?;
            let android = |line: &&str| {
                ["import android.", "import androidx."]
                    .iter()
                    .any(|start| line.starts_with(start))
            };
            problems.extend(text.lines().find(android).map(|line| {
                format!(
                    "{}: {line}: this room runs without Android",
                    relative(&file)
                )
            }));
        }
    }
    let all = files_with_extension(&root().join("android/app/src/main/kotlin"), "kt");
    for file in all {
        let declares = read(&file)?.contains("external fun");
        if declares && !relative(&file).starts_with(NATIVE_ROOM) {
            problems.push(format!(
                "{} declares a native function: only {NATIVE_ROOM} may",
                relative(&file)
            ));
        }
    }
    Ok(problems)
}

fn cargo_tree(package: &str, more: &[&str]) -> Result<Vec<String>, String> {
    let mut command = cargo();
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    command.args(["--package", package]).args(more);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

/// First word of each line: `cargo tree` prints `name vVERSION …`.
fn names(tree: &str) -> Vec<String> {
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

fn workspace_members() -> Result<Vec<String>, String> {
    let mut command = cargo();
    command.args([
        "tree",
        "--locked",
        "--workspace",
        "--depth",
        "0",
        "--prefix",
        "none",
    ]);
    let output = command.output().map_err(|error| error.to_string())?;
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

fn files_with_extension(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            files.extend(files_with_extension(&path, wanted));
        } else if path
            .extension()
            .is_some_and(|extension| extension == wanted)
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root())
        .unwrap_or(file)
        .to_string_lossy()
        .into_owned()
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", relative(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_first_words() {
        let tree = "gasket-core v0.1.0 (path)\nlog v0.4.35\nserde v1.0.229 (*)\n";
        assert_eq!(names(tree), ["gasket-core", "log", "serde"]);
    }
}
