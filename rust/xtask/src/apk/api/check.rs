//! No call of the app's own code may need a newer Android than the oldest it runs on, unless it is guarded.
//!
//! Guarded is a method that reads `SDK_INT` itself, or that is (or whose class is) marked `@RequiresApi` with that
//! level; a method so marked may in turn only be called from guarded code. Whether the comparison is right is for
//! the tests on the oldest SDK to show. Libraries guard their own calls and are not looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::class_file::{ClassFile, Member, Reference};
use super::database::{Database, Level};
use crate::apk::error::{Error, Result};
use crate::apk::files;
use crate::apk::manifest::MIN_SDK;
use crate::apk::zip::Archive;

const SDK_INT: (&str, &str) = ("android/os/Build$VERSION", "SDK_INT");
const REQUIRES_API: &str = "Landroidx/annotation/RequiresApi;";

/// Checks all classes in `folder`, which may use those in `libraries`; how many there were.
pub(crate) fn check(folder: &Path, libraries: &[PathBuf], database: &Database) -> Result<usize> {
    let own: Vec<Vec<u8>> = files::with_extension(folder, "class")?
        .iter()
        .map(|file| files::read(file))
        .collect::<Result<_>>()?;
    let mut archives = Vec::new();
    for library in libraries {
        archives.push(Archive::open(library)?);
    }
    let mut program = Program::new(database, &archives);
    for bytes in &own {
        program.add(bytes)?;
    }
    let findings = program.findings()?;
    if findings.is_empty() {
        return Ok(own.len());
    }
    Err(Error::input(
        "API level check",
        format!(
            "{}\nCompare Build.VERSION.SDK_INT in the same function, or mark the function @RequiresApi and \
             compare where it is called",
            findings.into_iter().collect::<Vec<_>>().join("\n")
        ),
    ))
}

/// What a member turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Of the app or a library, marked with this level or not marked.
    Program(Option<Level>),
    /// Of Android, since this level.
    Android(Level),
}

struct Program<'a> {
    database: &'a Database,
    /// Which archive holds a library's class.
    libraries: HashMap<String, &'a Archive>,
    /// The app's classes.
    own: BTreeMap<String, ClassFile<'a>>,
    oldest: Level,
}

impl<'a> Program<'a> {
    fn new(database: &'a Database, archives: &'a [Archive]) -> Self {
        let mut libraries = HashMap::new();
        for archive in archives {
            for name in archive.names() {
                if let Some(class) = name.strip_suffix(".class") {
                    libraries.insert(class.to_owned(), archive);
                }
            }
        }
        Self {
            database,
            libraries,
            own: BTreeMap::new(),
            oldest: Level::major(MIN_SDK),
        }
    }

    fn add(&mut self, bytes: &'a [u8]) -> Result<()> {
        let class = ClassFile::parse(bytes)
            .ok_or_else(|| Error::input("the compiler's output", "holds what is no class file"))?;
        self.own.insert(class.name().to_owned(), class);
        Ok(())
    }

    fn findings(&self) -> Result<BTreeSet<String>> {
        let mut findings = BTreeSet::new();
        for class in self.own.values() {
            let of_class = required_by(class, &class.attributes);
            let guarded: BTreeSet<&str> = class
                .methods
                .iter()
                .filter(|method| reads_sdk_int(class, method))
                .map(|method| source_name(class.text(method.name)))
                .collect();
            for supertype in class.supertypes() {
                if self.class_level(supertype) > of_class.unwrap_or(self.oldest) {
                    findings.insert(format!("{}: extends {supertype}", class.name()));
                }
            }
            for method in &class.methods {
                let name = class.text(method.name);
                if guarded.contains(source_name(name)) {
                    continue;
                }
                let marked = required_by(class, &method.attributes).or(of_class);
                let place = format!("{}.{name}", class.name());
                let references = class
                    .references(method)
                    .ok_or_else(|| Error::input(&place, "has code that cannot be read"))?;
                for reference in references {
                    let allowed = marked.unwrap_or(self.oldest);
                    if let Some(finding) = self.judge(&reference, allowed)? {
                        findings.insert(format!("{place}: {finding}"));
                    }
                }
            }
        }
        Ok(findings)
    }

    /// What is wrong with a reference where calls up to `allowed` may be made.
    fn judge(&self, reference: &Reference<'_>, allowed: Level) -> Result<Option<String>> {
        let class = element(reference.class);
        let Some((name, descriptor)) = reference.member else {
            let level = self.class_level(class);
            return Ok((level > allowed).then(|| format!("{class} needs API {level}")));
        };
        if reference.class.starts_with('[') || class.starts_with("java/lang/invoke/") {
            return Ok(None);
        }
        let member = format!("{class}.{name}{descriptor}");
        Ok(match self.find(class, name, descriptor)? {
            Some(Found::Android(level) | Found::Program(Some(level))) if level > allowed => {
                Some(format!("{member} needs API {level}"))
            }
            Some(_) => None,
            None => Some(format!("{member} is not part of the public API")),
        })
    }

    /// The level of a class; the oldest where it is not Android's.
    fn class_level(&self, class: &str) -> Level {
        self.database.class(class).unwrap_or(self.oldest)
    }

    /// Looks a member up in a class and its supertypes.
    fn find(&self, class: &str, name: &str, descriptor: &str) -> Result<Option<Found>> {
        let mut open = vec![class.to_owned()];
        let mut seen = BTreeSet::new();
        let mut best: Option<Level> = None;
        // Every class has Object's, also an interface.
        open.push("java/lang/Object".to_owned());
        while let Some(class) = open.pop() {
            if !seen.insert(class.clone()) {
                continue;
            }
            if let Some(own) = self.own.get(&class) {
                if let Some(member) = declared(own, name, descriptor) {
                    let marked = required_by(own, &member.attributes)
                        .or_else(|| required_by(own, &own.attributes));
                    return Ok(Some(Found::Program(marked)));
                }
                open.extend(own.supertypes().map(str::to_owned));
            } else if let Some(archive) = self.libraries.get(&class) {
                let bytes = archive.read(&format!("{class}.class"))?;
                let parsed = ClassFile::parse(&bytes)
                    .ok_or_else(|| Error::input(&class, "is no class file"))?;
                if declared(&parsed, name, descriptor).is_some() {
                    return Ok(Some(Found::Program(None)));
                }
                open.extend(parsed.supertypes().map(str::to_owned));
            } else {
                let level = if descriptor.starts_with('(') {
                    self.database.method(&class, name, descriptor)
                } else {
                    self.database.field(&class, name)
                };
                best = match (best, level) {
                    (Some(best), Some(level)) => Some(best.min(level)),
                    (best, level) => best.or(level),
                };
            }
        }
        Ok(best.map(Found::Android))
    }
}

fn declared<'c, 'a>(
    class: &'c ClassFile<'a>,
    name: &str,
    descriptor: &str,
) -> Option<&'c Member<'a>> {
    class.methods.iter().chain(&class.fields).find(|member| {
        (class.text(member.name), class.text(member.descriptor)) == (name, descriptor)
    })
}

/// `[Landroid/net/Network;` is about `android/net/Network`.
fn element(class: &str) -> &str {
    let inner = class.trim_start_matches('[');
    match inner.strip_prefix('L').and_then(|i| i.strip_suffix(';')) {
        Some(inner) if class.starts_with('[') => inner,
        _ => inner,
    }
}

/// A lambda belongs to the function it was written in: `apply$lambda$0` to `apply`.
fn source_name(method: &str) -> &str {
    match method.split_once('$') {
        Some((name, _)) if !name.is_empty() => name,
        _ => method,
    }
}

fn reads_sdk_int(class: &ClassFile<'_>, method: &Member<'_>) -> bool {
    class.references(method).is_some_and(|references| {
        references.iter().any(|reference| {
            reference.class == SDK_INT.0
                && reference.member.is_some_and(|(name, _)| name == SDK_INT.1)
        })
    })
}

/// The level of a `@RequiresApi` among these attributes.
fn required_by(
    class: &ClassFile<'_>,
    attributes: &[super::class_file::Attribute<'_>],
) -> Option<Level> {
    let annotations = attributes.iter().filter(|attribute| {
        matches!(
            class.text(attribute.name),
            "RuntimeInvisibleAnnotations" | "RuntimeVisibleAnnotations"
        )
    });
    annotations
        .filter_map(|attribute| class.annotation_number(attribute.content, REQUIRES_API))
        .next()
        .map(Level::major)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
