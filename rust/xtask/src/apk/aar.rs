//! Android libraries, taken apart into what the build reads.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::libraries::{Artifact, Kind};
use super::manifest;
use super::step::Step;
use super::zip::Archive;

/// All libraries of one class path, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Exploded {
    /// Class files: jars as they came, and those inside aars.
    pub(crate) jars: Vec<PathBuf>,
    /// Resource folders, with the name of the library.
    pub(crate) resources: Vec<(String, PathBuf)>,
    /// Packages whose `R` class the libraries' code reads.
    pub(crate) packages: Vec<String>,
    /// What the libraries ask R8 to keep.
    pub(crate) rules: Vec<PathBuf>,
    /// Their native libraries: the ABI and the file.
    pub(crate) native: Vec<(String, PathBuf)>,
    /// What their manifests declare beyond a package and SDK versions.
    pub(crate) declared: Vec<manifest::Declared>,
}

/// Takes libraries apart under `folder`.
pub(crate) fn explode(libraries: &[(Artifact, PathBuf)], folder: &Path) -> Result<Exploded> {
    let list: String = libraries
        .iter()
        .map(|(artifact, _)| format!("{artifact}\n"))
        .collect();
    let paths: Vec<&Path> = libraries.iter().map(|(_, path)| path.as_path()).collect();
    Step::new(folder, "libraries")
        .text(include_str!("aar.rs"))
        .text(&list)
        .files(&paths)?
        .run(&[], || {
            for (artifact, path) in libraries {
                let own = folder.join(folder_name(artifact));
                files::empty_folder(&own)?;
                extract(artifact, path, &own)?;
            }
            Ok(())
        })?;
    let mut exploded = Exploded::default();
    for (artifact, path) in libraries {
        exploded.add(artifact, path, &folder.join(folder_name(artifact)))?;
    }
    exploded.packages.sort();
    exploded.packages.dedup();
    Ok(exploded)
}

impl Exploded {
    fn add(&mut self, artifact: &Artifact, path: &Path, own: &Path) -> Result<()> {
        let text = own.join("proguard.txt");
        if text.is_file() {
            self.rules.push(text);
        }
        self.rules.extend(files::under(&own.join("META-INF"))?);
        if artifact.kind == Kind::Jar {
            self.jars.push(path.to_owned());
            return Ok(());
        }
        let classes = own.join("classes.jar");
        if classes.is_file() {
            self.jars.push(classes);
        }
        self.jars.extend(files::under(&own.join("libs"))?);
        let resources = own.join("res");
        if !files::under(&resources)?.is_empty() {
            self.resources.push((folder_name(artifact), resources));
        }
        for file in files::under(&own.join("jni"))? {
            let abi = file.parent().and_then(Path::file_name);
            if let Some(abi) = abi.map(|abi| abi.to_string_lossy().into_owned()) {
                self.native.push((abi, file));
            }
        }
        let text = files::read_text(&own.join("AndroidManifest.xml"))?;
        let (package, declared) = manifest::of_library(artifact, &text)?;
        self.declared.extend(declared);
        let symbols = own.join("R.txt");
        if symbols.is_file() && !files::read(&symbols)?.is_empty() {
            self.packages.push(package);
        }
        Ok(())
    }
}

fn folder_name(artifact: &Artifact) -> String {
    format!("{}-{}-{}", artifact.group, artifact.name, artifact.version)
}

fn extract(artifact: &Artifact, path: &Path, own: &Path) -> Result<()> {
    let archive = Archive::open(path)?;
    if artifact.kind == Kind::Aar && !archive.contains("AndroidManifest.xml") {
        return Err(Error::input(artifact, "is no aar: it has no manifest"));
    }
    let rules = rules_of(&archive);
    let wanted = |name: &&str| is_wanted(artifact.kind, name) || rules.contains(name);
    for name in archive.names().filter(wanted) {
        if name.split('/').any(|part| part == "..") {
            return Err(Error::input(
                artifact,
                format!("holds {name}, outside of it"),
            ));
        }
        files::write(&own.join(name), archive.read(name)?)?;
    }
    // Rules also lie in the classes of an aar.
    if archive.contains("classes.jar") {
        let classes = Archive::open(&own.join("classes.jar"))?;
        for name in rules_of(&classes) {
            files::write(&own.join(name), classes.read(name)?)?;
        }
    }
    Ok(())
}

/// Not `lint.jar`, and not `inspector.jar`, which holds dexed code for an IDE.
fn is_wanted(kind: Kind, name: &str) -> bool {
    let of_aar = matches!(
        name,
        "AndroidManifest.xml" | "R.txt" | "classes.jar" | "proguard.txt"
    ) || name.starts_with("res/")
        || name.starts_with("jni/")
        || (name.starts_with("libs/") && name.ends_with(".jar"));
    match kind {
        Kind::Aar => of_aar,
        Kind::Jar | Kind::Pom => false,
    }
}

/// The members that say what R8 is to keep: those for R8 where there are any, else those for every shrinker.
fn rules_of(archive: &Archive) -> Vec<&str> {
    let for_r8: Vec<&str> = archive.names().filter(|name| is_for_r8(name)).collect();
    if for_r8.is_empty() {
        let for_all = |name: &&str| name.starts_with("META-INF/proguard/");
        archive.names().filter(for_all).collect()
    } else {
        for_r8
    }
}

/// `r8/` and `r8-from-1.6.0/`, but not `r8-upto-3.0.0/`: ours is newer than any bound.
fn is_for_r8(name: &str) -> bool {
    let folder = name
        .strip_prefix("META-INF/com.android.tools/")
        .and_then(|rest| rest.split_once('/'))
        .map(|(folder, _)| folder);
    folder.is_some_and(|folder| {
        folder == "r8" || (folder.starts_with("r8-from-") && !folder.contains("upto"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_aar_only_what_the_build_reads_is_taken() {
        assert!(is_wanted(Kind::Aar, "classes.jar"));
        assert!(is_wanted(Kind::Aar, "libs/more.jar"));
        assert!(is_wanted(Kind::Aar, "jni/arm64-v8a/libx.so"));
        assert!(!is_wanted(Kind::Aar, "libs/readme.txt"));
        assert!(!is_wanted(Kind::Aar, "lint.jar"));
        assert!(!is_wanted(Kind::Aar, "inspector.jar"));
    }

    #[test]
    fn rules_for_older_shrinkers_are_left_out() {
        assert!(is_for_r8("META-INF/com.android.tools/r8/x.pro"));
        assert!(is_for_r8("META-INF/com.android.tools/r8-from-1.6.0/x.pro"));
        assert!(!is_for_r8("META-INF/com.android.tools/r8-upto-3.0.0/x.pro"));
        assert!(!is_for_r8("META-INF/com.android.tools/proguard/x.pro"));
        assert!(!is_for_r8("META-INF/proguard/x.pro"));
    }
}
