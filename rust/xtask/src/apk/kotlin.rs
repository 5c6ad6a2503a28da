//! The Kotlin compiler, with the plugins for Compose and serialization.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::jdk::Jdk;
use super::libraries::{Artifact, Libraries, Set};
use super::step::Step;
use super::tool::Tool;

const COMPILER: &str = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler";
const LANGUAGE: &str = "2.4";

/// The compiler and its plugins.
#[derive(Debug)]
pub(crate) struct Kotlin {
    class_path: Vec<PathBuf>,
    plugins: Vec<PathBuf>,
    jdk: Jdk,
}

/// One compilation.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    /// Its name, which the compiler writes into names of internal members.
    pub(crate) name: &'static str,
    /// The folder of its sources.
    pub(crate) sources: &'a Path,
    /// What it may use.
    pub(crate) class_path: &'a [PathBuf],
    /// Classes whose internal members it may use.
    pub(crate) friend: Option<&'a Path>,
}

impl Kotlin {
    /// Fetches the compiler.
    pub(crate) fn open(libraries: &Libraries, jdk: &Jdk) -> Result<Self> {
        let all = libraries.fetch(&[Set::Kotlin])?;
        let is_plugin =
            |artifact: &Artifact| artifact.name.ends_with("-compiler-plugin-embeddable");
        let paths = |plugins: bool| {
            all.iter()
                .filter(move |(artifact, _)| is_plugin(artifact) == plugins)
                .map(|(_, path)| path.clone())
                .collect::<Vec<_>>()
        };
        Ok(Self {
            class_path: paths(false),
            plugins: paths(true),
            jdk: jdk.clone(),
        })
    }

    /// Compiles a module into a folder of classes.
    pub(crate) fn compile(&self, module: &Module<'_>, folder: &Path) -> Result<PathBuf> {
        let classes = folder.join(format!("{}-classes", module.name));
        let sources = files::with_extension(module.sources, "kt")?;
        if sources.is_empty() {
            return Err(Error::input(
                module.sources.display(),
                "holds no Kotlin source; expected *.kt",
            ));
        }
        let mut compiler = self.command(module, &classes);
        Step::new(folder, module.name)
            .text(&compiler.line())
            .files(&sources)?
            .files(module.class_path)?
            .files(&self.plugins)?
            .run(&[&classes], || {
                files::empty_folder(&classes)?;
                let output = compiler.run()?;
                for line in output.lines().filter(|line| !line.trim().is_empty()) {
                    println!("    {line}");
                }
                Ok(())
            })?;
        Ok(classes)
    }

    fn command(&self, module: &Module<'_>, classes: &Path) -> Tool {
        let mut compiler = self
            .jdk
            .main(2048, &self.class_path, COMPILER)
            .called("kotlinc");
        compiler
            .args(["-no-stdlib", "-no-reflect", "-no-jdk"])
            .args(["-jvm-target", "17"])
            .args(["-language-version", LANGUAGE, "-api-version", LANGUAGE])
            .arg("-Werror")
            .args(["-module-name", module.name])
            .arg("-d")
            .arg(classes)
            .arg("-classpath")
            .arg(files::class_path(module.class_path));
        for plugin in &self.plugins {
            compiler.arg(format!("-Xplugin={}", plugin.display()));
        }
        if let Some(friend) = module.friend {
            compiler.arg(format!("-Xfriend-paths={}", friend.display()));
        }
        compiler.arg(module.sources);
        compiler
    }
}
