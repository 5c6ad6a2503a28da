//! Resources: aapt2 compiles them, links them into a table, and writes the `R` classes.

use std::path::{Path, PathBuf};

use super::aar::Exploded;
use super::error::{Error, Result};
use super::files;
use super::jdk::Jdk;
use super::manifest::{MIN_SDK, TARGET_SDK};
use super::step::Step;
use super::tool::Tool;
use super::zip::Archive;

/// Where the tool lies in the artifact that carries it.
const MEMBER: &str = "prebuilt/linux/aapt2";

/// The resource compiler.
#[derive(Debug)]
pub(crate) struct Aapt2 {
    program: PathBuf,
}

/// What linking leaves.
#[derive(Debug)]
pub(crate) struct Linked {
    /// An archive with the binary manifest, the table and the resource files.
    pub(crate) archive: PathBuf,
    /// The `R` classes.
    pub(crate) classes: PathBuf,
    /// What R8 must keep because resources name it.
    pub(crate) rules: PathBuf,
}

/// What is linked.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    /// The completed manifest.
    pub(crate) manifest: &'a Path,
    /// The app's resource folder.
    pub(crate) own: &'a Path,
    /// Files that the app opens by name.
    pub(crate) assets: &'a [&'a Path],
    /// The libraries.
    pub(crate) libraries: &'a Exploded,
    /// The framework, whose resources can be referred to.
    pub(crate) framework: &'a Path,
    /// The app may be debugged.
    pub(crate) debuggable: bool,
}

impl Aapt2 {
    /// Takes the tool out of the jar that carries it.
    pub(crate) fn unpack(carrier: &Path, folder: &Path) -> Result<Self> {
        let program = folder.join("aapt2");
        Step::new(folder, "aapt2-unpack")
            .file(carrier)?
            .run(&[&program], || {
                files::write(&program, Archive::open(carrier)?.read(MEMBER)?)?;
                make_executable(&program)
            })?;
        Ok(Self { program })
    }

    /// The tool itself.
    pub(crate) fn tool(&self) -> Tool {
        Tool::new(&self.program)
    }

    /// Compiles and links everything into `folder`.
    pub(crate) fn build(&self, sources: &Sources<'_>, jdk: &Jdk, folder: &Path) -> Result<Linked> {
        let mut compiled = Vec::new();
        for (name, _) in &sources.libraries.resources {
            compiled.push(folder.join("compiled").join(format!("{name}.zip")));
        }
        let mut compile = Step::new(folder, "libraries-resources").file(&self.program)?;
        for (_, resources) in &sources.libraries.resources {
            compile = compile.folder(resources)?;
        }
        let outputs: Vec<&Path> = compiled.iter().map(PathBuf::as_path).collect();
        compile.run(&outputs, || {
            let folders = sources.libraries.resources.iter().map(|(_, from)| from);
            folders
                .zip(&compiled)
                .try_for_each(|(from, to)| self.compile(from, to))
        })?;
        let own = folder.join("own.zip");
        Step::new(folder, "resources-compile")
            .file(&self.program)?
            .folder(sources.own)?
            .run(&[&own], || self.compile(sources.own, &own))?;
        let linked = Linked {
            archive: folder.join("linked.apk"),
            classes: folder.join("r.jar"),
            rules: folder.join("aapt2.pro"),
        };
        let generated = folder.join("generated");
        let assets = folder.join("assets");
        let mut link = self.tool();
        link.args([
            "link",
            "--auto-add-overlay",
            "--no-version-vectors",
            "--non-final-ids",
        ])
        .arg("--min-sdk-version")
        .arg(MIN_SDK.to_string())
        .arg("--target-sdk-version")
        .arg(TARGET_SDK.to_string())
        .arg("-o")
        .arg(&linked.archive)
        .arg("--manifest")
        .arg(sources.manifest)
        .arg("-I")
        .arg(sources.framework)
        .arg("--java")
        .arg(&generated)
        .arg("--proguard")
        .arg(&linked.rules);
        link.arg("-A").arg(&assets);
        if sources.debuggable {
            link.arg("--debug-mode");
        }
        // What the libraries say in languages that the app does not speak is left out.
        link.arg("-c").arg(languages(sources.own)?.join(","));
        if !sources.libraries.packages.is_empty() {
            link.arg("--extra-packages")
                .arg(sources.libraries.packages.join(":"));
        }
        // The app's own come last: they win.
        for archive in compiled.iter().chain([&own]) {
            link.arg("-R").arg(archive);
        }
        Step::new(folder, "resources-link")
            .text(&link.line())
            .file(&self.program)?
            .file(sources.framework)?
            .file(sources.manifest)?
            .files(&compiled)?
            .file(&own)?
            .files(sources.assets)?
            .run(&[&linked.archive, &linked.rules, &linked.classes], || {
                files::empty_folder(&generated)?;
                files::empty_folder(&assets)?;
                for asset in sources.assets {
                    let name = asset.file_name().unwrap_or_default();
                    files::write(&assets.join(name), files::read(asset)?)?;
                }
                link.run()?;
                compile_r(jdk, &generated, folder, &linked.classes)
            })?;
        Ok(linked)
    }

    fn compile(&self, resources: &Path, output: &Path) -> Result<()> {
        if let Some(parent) = output.parent() {
            files::create_folder(parent)?;
        }
        let mut compile = self.tool();
        compile.args(["compile", "--dir"]).arg(resources);
        compile.arg("-o").arg(output).run()?;
        Ok(())
    }
}

/// The languages the app has texts in: English, and those of its `values-…` folders.
fn languages(resources: &Path) -> Result<Vec<String>> {
    let mut languages = vec!["en".to_owned()];
    for file in files::under(resources)? {
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
        let folder = folder.to_string_lossy();
        let language = folder.strip_prefix("values-").filter(|l| is_language(l));
        languages.extend(language.map(str::to_owned));
    }
    languages.sort();
    languages.dedup();
    Ok(languages)
}

/// `de`, `pt-rBR` and `b+sr+Latn`, but neither `night` nor `v29`.
fn is_language(qualifier: &str) -> bool {
    let first = qualifier.split('-').next().unwrap_or_default();
    let is_code = |code: &str| {
        matches!(code.len(), 2 | 3) && code.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    // A car's screen looks like a code.
    first.starts_with("b+") || (first != "car" && is_code(first))
}

/// Compiles the generated `R` classes into a jar.
fn compile_r(jdk: &Jdk, generated: &Path, folder: &Path, output: &Path) -> Result<()> {
    let classes = folder.join("r-classes");
    files::empty_folder(&classes)?;
    let mut javac = jdk.program("javac");
    javac
        .args(["-nowarn", "-Xlint:none", "--release", "11", "-d"])
        .arg(&classes)
        .args(files::with_extension(generated, "java")?);
    javac.run()?;
    super::jar::pack(&classes, output)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .map_err(Error::io("make executable", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_from_other_qualifiers() {
        for language in ["de", "pt-rBR", "b+sr+Latn", "fil"] {
            assert!(is_language(language), "{language}");
        }
        for other in ["night", "v29", "w600dp", "land", "ldrtl", "car"] {
            assert!(!is_language(other), "{other}");
        }
    }
}
