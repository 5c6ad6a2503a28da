//! Rule files and their samples on disk.

use std::fs;
use std::path::{Path, PathBuf};

use gasket_core::rules::{Example, PackError, Sample};

use crate::failure::Failure;
use crate::whole_file;

/// Folders above a rule's own in which its samples may be: the rule's, the family's, the pack's.
const FOLDERS_UP: usize = 3;

/// One rule file.
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// The path, as it is told.
    pub(super) name: String,
    pub(super) text: String,
}

/// The rule files at these paths; a folder stands for all that are in it.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            collect(path, &mut files)?;
            if files.len() == before {
                let told = format!("{}: no rule file (*.yml) in this folder", path.display());
                return Err(Failure::Usage(told));
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    files
        .into_iter()
        .map(|path| match whole_file::read_text(&path) {
            Ok(text) => Ok(Source {
                name: path.display().to_string(),
                path,
                text,
            }),
            Err(error) => Err(unreadable(&path, &error)),
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        // Not followed: a link could lead in circles.
        if path.is_dir() && !path.is_symlink() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let told = format!("{} would be left out: rules end in .yml", path.display());
            return Err(Failure::Usage(told));
        }
    }
    Ok(())
}

/// The samples that a rule's file means, each with a name to tell it by.
pub(super) fn samples(rule: &Path, example: &Example) -> Result<Vec<(String, Sample)>, String> {
    let pattern = match example {
        Example::Event { line, sample } => {
            let name = format!("{}:{line}", rule.display());
            return Ok(vec![(name, sample.clone())]);
        }
        Example::Files(pattern) => pattern,
    };
    let folders = rule.ancestors().skip(1).take(FOLDERS_UP);
    let mut folders = folders.map(|folder| folder.join("samples"));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        return Err(format!(
            "no sample fits {pattern}: there is no folder `samples` beside the rule or above it"
        ));
    };
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| example.names(name))
        })
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("no sample in {} fits {pattern}", folder.display()));
    }
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        let text = whole_file::read_text(&path).map_err(|error| format!("{name}: {error}"))?;
        let sample = Sample::from_json(&text).map_err(|problem| format!("{name}: {problem}"))?;
        Ok((name, sample))
    };
    files.into_iter().map(read).collect()
}

/// An error as compilers write it.
pub(super) fn told(error: &PackError) -> String {
    match error.line {
        Some(line) => format!("{}:{line}: {}", error.file, error.problem),
        None => format!("{}: {}", error.file, error.problem),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("{}: {error}", path.display()))
}
