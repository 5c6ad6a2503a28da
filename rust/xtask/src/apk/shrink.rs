//! From class files to dex files: D8 for the desk, R8 and D8 for phones.
//!
//! R8 first writes class files, and D8 turns those into dex: what a JVM has verified is then what is shipped.
//! Line numbers, 85 KB deflated, stay here: `lines.txt` has those of what R8 wrote, `mapping.txt` those of the sources.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::manifest::MIN_SDK;
use super::project::{App, Project, Variant};
use super::step::Step;
use super::tool::Tool;
use super::zip::{Archive, Member, Packing, write};

const R8: &str = "com.android.tools.r8.R8";
const D8: &str = "com.android.tools.r8.D8";

/// The app's own rules.
const RULES: &str = "android/app/keep.pro";

/// In megabytes.
const HEAP: u32 = 3072;

/// The app as a phone runs it.
#[derive(Debug)]
pub(crate) struct Dexed {
    /// The folder of `classes.dex`, `classes2.dex`, ….
    pub(crate) dex: PathBuf,
    /// A jar whose `META-INF/services` belong to these classes.
    pub(crate) services: PathBuf,
    /// In a release the classes that became the dex files.
    pub(crate) shrunk: Option<PathBuf>,
}

/// Turns the app and its libraries into dex files.
pub(crate) fn dex(project: &Project, app: &App, variant: Variant) -> Result<Dexed> {
    let folder = project.folder(variant);
    let own = folder.join("own-classes.jar");
    super::jar::pack(&app.classes, &own)?;
    let mut program = vec![own, app.linked.classes.clone()];
    let libraries = libraries(project)?;
    let dex = folder.join("dex");
    match variant {
        Variant::Debug => {
            let merged = project.products.join("libraries-dex.zip");
            let mut libraries_only = d8(project, "--debug");
            libraries_only.arg("--intermediate").arg("--output");
            libraries_only.arg(&merged).arg(&libraries);
            Step::new(&project.products, "libraries-dex")
                .text(&libraries_only.line())
                .file(&libraries)?
                .run(&[&merged], || run(&mut libraries_only))?;
            program.push(merged);
            let d8 = d8(project, "--debug");
            to_dex(project, d8, &program, &dex, None, &folder)?;
            Ok(Dexed {
                dex,
                services: libraries,
                shrunk: None,
            })
        }
        Variant::Release => {
            program.push(libraries);
            let shrunk = shrink(project, app, &program, &folder)?;
            let services = shrunk.clone();
            let d8 = d8(project, "--release");
            let classes = classes_of(&shrunk)?;
            let lines = folder.join("lines.txt");
            to_dex(project, d8, &[classes], &dex, Some(&lines), &folder)?;
            Ok(Dexed {
                dex,
                services,
                shrunk: Some(shrunk),
            })
        }
    }
}

/// All libraries' classes and services in one jar, without the rest that libraries carry.
fn libraries(project: &Project) -> Result<PathBuf> {
    let output = project.products.join("libraries.jar");
    let jars = &project.exploded().jars;
    Step::new(&project.products, "libraries-jar")
        .text(include_str!("shrink.rs"))
        .files(jars)?
        .run(&[&output], || {
            let mut members: Vec<Member> = Vec::new();
            for jar in jars {
                let archive = Archive::open(jar)?;
                for name in archive.names().filter(|name| is_program(name)) {
                    members.push(Member {
                        name: name.to_owned(),
                        content: archive.read(name)?,
                        packing: Packing::Deflated,
                    });
                }
            }
            members.sort_by(|a, b| a.name.cmp(&b.name));
            if let Some(pair) = members.windows(2).find(|pair| pair[0].name == pair[1].name) {
                return Err(Error::input(
                    &pair[0].name,
                    "is in two libraries; see which in android/libraries.lock",
                ));
            }
            pack(&members, &output)
        })?;
    Ok(output)
}

fn is_program(name: &str) -> bool {
    (name.ends_with(".class")
        && !name.starts_with("META-INF/")
        && !name.ends_with("module-info.class"))
        || name.starts_with("META-INF/services/")
}

/// Only the classes of a jar: D8 would warn about the rest.
fn classes_of(jar: &Path) -> Result<PathBuf> {
    let archive = Archive::open(jar)?;
    let mut members = Vec::new();
    for name in archive.names().filter(|name| name.ends_with(".class")) {
        members.push(Member {
            name: name.to_owned(),
            content: archive.read(name)?,
            packing: Packing::Deflated,
        });
    }
    let output = jar.with_extension("classes.jar");
    pack(&members, &output)?;
    Ok(output)
}

fn pack(members: &[Member], output: &Path) -> Result<()> {
    let bytes =
        write(members).ok_or_else(|| Error::input(output.display(), "outgrew the zip format"))?;
    files::write(output, bytes)
}

/// Runs R8: classes in, fewer and smaller classes out.
fn shrink(project: &Project, app: &App, program: &[PathBuf], folder: &Path) -> Result<PathBuf> {
    let shrunk = folder.join("shrunk.jar");
    let own_rules = crate::root().join(RULES);
    let mut rules = vec![own_rules, app.linked.rules.clone()];
    rules.extend(project.exploded().rules.iter().cloned());
    let mut r8 = project.jdk.main(HEAP, &[&project.r8], R8);
    r8.args(["--release", "--classfile", "--lib"])
        .arg(&project.api);
    for rule in &rules {
        r8.arg("--pg-conf").arg(rule);
    }
    let mapping = folder.join("mapping.txt");
    r8.arg("--pg-map-output").arg(&mapping);
    r8.arg("--output").arg(&shrunk).args(program);
    Step::new(folder, "shrink")
        .text(&r8.line())
        .file(&project.r8)?
        .file(&project.api)?
        .files(&rules)?
        .files(program)?
        .run(&[&shrunk, &mapping], || run(&mut r8))?;
    Ok(shrunk)
}

fn d8(project: &Project, mode: &str) -> Tool {
    let mut d8 = project.jdk.main(HEAP, &[&project.r8], D8);
    d8.args([mode, "--min-api"]).arg(MIN_SDK.to_string());
    d8.arg("--lib").arg(&project.api);
    d8
}

/// Runs D8, which leaves line numbers out of the dex files where it is to write them to `lines`.
fn to_dex(
    project: &Project,
    mut d8: Tool,
    program: &[PathBuf],
    dex: &Path,
    lines: Option<&Path>,
    folder: &Path,
) -> Result<()> {
    if let Some(lines) = lines {
        d8.arg("--pg-map-output").arg(lines);
    }
    d8.arg("--output").arg(dex).args(program);
    let outputs: Vec<&Path> = [dex].into_iter().chain(lines).collect();
    Step::new(folder, "dex")
        .text(&d8.line())
        .file(&project.r8)?
        .files(program)?
        .run(&outputs, || {
            files::empty_folder(dex)?;
            run(&mut d8)
        })
}

/// A warning of these tools is something that would fail on a phone.
fn run(tool: &mut Tool) -> Result<()> {
    let output = tool.run()?;
    let warnings: Vec<&str> = output
        .lines()
        .filter(|line| line.starts_with("Warning") || line.starts_with("Missing"))
        .collect();
    if warnings.is_empty() {
        return Ok(());
    }
    Err(Error::Tool {
        tool: "R8".into(),
        how: "warned, which counts as an error".into(),
        output,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_services_are_the_program() {
        assert!(is_program("a/B.class"));
        assert!(is_program("META-INF/services/a.B"));
        assert!(!is_program("META-INF/versions/9/a/B.class"));
        assert!(!is_program("module-info.class"));
        assert!(!is_program("kotlin/kotlin.kotlin_builtins"));
    }
}
