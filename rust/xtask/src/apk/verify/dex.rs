//! The code: whether everything it names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::wrong;
use crate::apk::api::Database;
use crate::apk::dex_file::Dex;
use crate::apk::error::{Error, Result};
use crate::apk::files;
use crate::apk::project::{Project, Variant};
use crate::apk::zip::Archive;

/// What libraries name that is not public, or not there, and why that does no harm.
const KNOWN: [(&str, &str); 5] = [
    (
        "android/view/RenderNode",
        "hidden until API 29 and allowed to apps; Compose draws with it only below",
    ),
    (
        "android/view/HardwareCanvas",
        "gone since Android 6; Compose asks a canvas whether it is one by its class only below",
    ),
    (
        "android/view/DisplayListCanvas",
        "goes with android.view.RenderNode",
    ),
    (
        "androidx/window/extensions/",
        "of foldable devices' system images; looked up, done without",
    ),
    (
        "androidx/window/sidecar/",
        "of foldable devices' system images; looked up, done without",
    ),
];

/// The program that loads classes.
const LOADER: &str = "LoadAll";

/// Every member that the dex files name is defined in them, or public on some Android.
pub(super) fn linkage(project: &Project, archive: &Archive, variant: Variant) -> Result<String> {
    let mut dex = Dex::default();
    for name in archive.names().filter(|name| name.ends_with(".dex")) {
        dex.add(&archive.read(name)?)
            .ok_or_else(|| Error::input(name, "is no dex file"))?;
    }
    let database = Database::open(&project.r8)?;
    let lookup = Lookup {
        dex: &dex,
        database: &database,
    };
    let mut missing = BTreeSet::new();
    for (class, name) in &dex.fields {
        let found = |class: &str| database.field(class, name).is_some();
        if !is_known(class) && !lookup.finds(class, name, &found) {
            missing.insert(format!("{class}.{name}"));
        }
    }
    for (class, name, descriptor) in &dex.methods {
        let member = format!("{name}{descriptor}");
        let found = |class: &str| database.method(class, name, descriptor).is_some();
        // These two methods take any arguments.
        let any = class == "java/lang/invoke/MethodHandle" && name.starts_with("invoke");
        if !any && !is_known(class) && !lookup.finds(class, &member, &found) {
            missing.insert(format!("{class}.{member}"));
        }
    }
    let count = dex.fields.len() + dex.methods.len();
    if missing.is_empty() {
        return Ok(format!(
            "{count} members named by {} classes, none hidden or missing",
            dex.classes.len()
        ));
    }
    // What R8 has not removed is in a debug build, and is never called there either.
    if variant == Variant::Debug {
        return Ok(format!(
            "not asserted in a debug build ({} members of unused code)",
            missing.len()
        ));
    }
    let missing: Vec<String> = missing.into_iter().collect();
    Err(wrong(format!(
        "{} members are neither in the APK nor public:\n{}",
        missing.len(),
        missing.join("\n")
    )))
}

fn is_known(class: &str) -> bool {
    KNOWN
        .iter()
        .any(|(name, _)| class == *name || (name.ends_with('/') && class.starts_with(name)))
}

struct Lookup<'a> {
    dex: &'a Dex,
    database: &'a Database,
}

impl Lookup<'_> {
    /// Whether a class or one of its supertypes has a member; `public` asks that of a class of Android.
    fn finds(&self, class: &str, member: &str, public: &impl Fn(&str) -> bool) -> bool {
        let mut open = vec![class, "java/lang/Object"];
        let mut seen = BTreeSet::new();
        while let Some(class) = open.pop() {
            if !seen.insert(class) {
                continue;
            }
            match self.dex.classes.get(class) {
                Some(definition) => {
                    if definition.members.contains(member) {
                        return true;
                    }
                    open.extend(definition.supertypes.iter().map(String::as_str));
                }
                None if self.database.class(class).is_some() && public(class) => return true,
                None => {}
            }
        }
        false
    }
}

/// A JVM loads and verifies the classes that became the dex files.
pub(super) fn load(project: &Project, shrunk: &Path) -> Result<String> {
    let folder = project.folder(Variant::Release).join("loader");
    files::empty_folder(&folder)?;
    let source = folder.join(format!("{LOADER}.java"));
    files::write(&source, include_str!("../java/LoadAll.java"))?;
    let mut javac = project.jdk.program("javac");
    javac.args(["-Xlint:all", "-Werror", "-d"]);
    javac.arg(&folder).arg(&source).run()?;
    // Behind what is verified come the libraries as they were: R8 removes a type that is only ever named where
    // strings are joined, but a JVM wants to know it. That nothing else is missing is what `linkage` asserts.
    let class_path: [PathBuf; 4] = [
        folder,
        shrunk.to_owned(),
        project.api.clone(),
        project.products.join("libraries.jar"),
    ];
    let mut java = project.jdk.program("java").called(LOADER);
    java.arg("-Xverify:all");
    java.arg("-cp").arg(files::class_path(&class_path));
    java.arg(LOADER).arg(shrunk);
    let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let output = java.args(known).run()?;
    let last = output.lines().rfind(|line| !line.is_empty());
    Ok(last.unwrap_or_default().to_owned())
}
