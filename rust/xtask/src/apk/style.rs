//! The style of Kotlin: what ktlint's official style and detekt say of it.

use std::path::Path;

use super::build;
use super::error::Result;
use super::jdk::Jdk;
use super::libraries::{Libraries, Set};
use super::project;
use super::step::Step;
use super::tool::Tool;

/// In megabytes; both hold one file's tree at a time.
const HEAP: u32 = 1024;

/// Where both run, from the root of the workspace; paths below are from here.
const FOLDER: &str = "android";
const SOURCES: &str = "app/src";
const FORMAT: &str = ".editorconfig";
const FINDINGS: &str = "detekt.yml";

/// What to do where ktlint knows better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Say so.
    Check,
    /// Change it, and say what is left.
    Fix,
}

/// Both tools over all Kotlin, tests included; an error holds what they found.
pub(crate) fn run(products: &Path, mode: Mode) -> Result<()> {
    build::install(&build::PACKAGES)?;
    let jdk = Jdk::find(project::JDK)?;
    let libraries = Libraries::open(products)?;
    let program = |set, class| -> Result<Tool> {
        let found = libraries.fetch(&[set])?;
        let jars: Vec<_> = found.into_iter().map(|(_, jar)| jar).collect();
        let mut tool = jdk.main(HEAP, &jars, class).called(set.name());
        tool.in_folder(&crate::root().join(FOLDER));
        Ok(tool)
    };
    let mut ktlint = program(Set::Ktlint, "com.pinterest.ktlint.Main")?;
    ktlint.args(["--relative", "--log-level=warn"]);
    if mode == Mode::Fix {
        ktlint.arg("--format");
    }
    ktlint.arg(format!("{SOURCES}/**/*.kt"));
    let mut detekt = program(Set::Detekt, "io.gitlab.arturbosch.detekt.cli.Main")?;
    detekt.args(["--build-upon-default-config", "--config", FINDINGS]);
    detekt.args(["--input", SOURCES]);
    if mode == Mode::Fix {
        ktlint.run()?;
        detekt.run()?;
        return Ok(());
    }
    let folder = crate::root().join(FOLDER);
    for (name, mut tool, settings) in [("ktlint", ktlint, FORMAT), ("detekt", detekt, FINDINGS)] {
        Step::new(&products.join("style"), name)
            .text(&tool.line())
            .file(&folder.join(settings))?
            .folder(&folder.join(SOURCES))?
            .run(&[], || tool.run().map(drop))?;
    }
    Ok(())
}
