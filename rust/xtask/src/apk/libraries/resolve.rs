//! From what is wanted to what is used: everything it needs, in one version each.
//!
//! As Gradle does it: of the versions that are asked for, the highest wins. Exclusions in descriptions are not
//! applied: a library more is removed by R8, a library less is an error on the phone.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::coordinate::{Artifact, Kind};
use super::list::List;
use super::lock::Set;
use super::maven::Maven;
use super::pom::{Pom, Poms};
use super::version;
use crate::apk::error::{Error, Result};
use crate::apk::files;

/// Versions by `(group, artifact)`.
type Versions = BTreeMap<(String, String), String>;

/// Resolves the list, fetching descriptions until none is missing.
pub(crate) fn resolve(
    list: &List,
    maven: &Maven,
    folder: &Path,
) -> Result<Vec<(Artifact, Vec<Set>)>> {
    let poms = FetchedPoms { folder };
    loop {
        let mut missing = BTreeSet::new();
        let resolved = attempt(list, &poms, &mut missing)?;
        if missing.is_empty() {
            return Ok(resolved);
        }
        println!("fetching {} descriptions", missing.len());
        maven.copy(&missing.into_iter().collect::<Vec<_>>(), folder)?;
    }
}

struct FetchedPoms<'a> {
    folder: &'a Path,
}

impl Poms for FetchedPoms<'_> {
    fn get(&self, artifact: &Artifact) -> Result<Option<Pom>> {
        let path = artifact.file_in(self.folder);
        if !path.is_file() {
            return Ok(None);
        }
        Pom::parse(artifact, &files::read_text(&path)?).map(Some)
    }
}

/// One try with the descriptions there are.
fn attempt(
    list: &List,
    poms: &impl Poms,
    missing: &mut BTreeSet<Artifact>,
) -> Result<Vec<(Artifact, Vec<Set>)>> {
    let roots = |sets: &[Set]| {
        let of_sets = list.roots.iter().filter(|(set, _)| sets.contains(set));
        of_sets.map(|(_, root)| root.clone()).collect::<Vec<_>>()
    };
    let mut graph = |sets: &[Set]| {
        let mut graph = Graph {
            poms,
            list,
            missing,
        };
        graph.close(&roots(sets))
    };
    let runtime = graph(&[Set::Runtime])?;
    let with_tests = graph(&[Set::Runtime, Set::Test])?;
    let programs = [Set::Kotlin, Set::Ktlint, Set::Detekt];
    let programs: Vec<(Set, Versions)> = programs
        .into_iter()
        .map(|set| Ok((set, graph(&[set])?)))
        .collect::<Result<_>>()?;
    let mut resolved = BTreeMap::new();
    if missing.is_empty() {
        same_versions(&runtime, &with_tests)?;
        let app = [(Set::Runtime, runtime), (Set::Test, with_tests)];
        for (set, versions) in app.into_iter().chain(programs) {
            for artifact in files_of(&versions, poms)? {
                resolved.entry(artifact).or_insert_with(Vec::new).push(set);
            }
        }
    }
    for set in [Set::Tool, Set::Sdk] {
        for root in roots(&[set]) {
            match poms.get(&root)? {
                None => {
                    missing.insert(root);
                }
                Some(pom) => {
                    let artifact = Artifact {
                        kind: kind_of(&root, &pom)?,
                        ..root
                    };
                    resolved.entry(artifact).or_insert_with(Vec::new).push(set);
                }
            }
        }
    }
    Ok(resolved.into_iter().collect())
}

/// The tests must run what is shipped.
fn same_versions(runtime: &Versions, with_tests: &Versions) -> Result<()> {
    for (module, shipped) in runtime {
        match with_tests.get(module) {
            Some(tested) if tested != shipped => {
                return Err(Error::input(
                    format!("{}:{}", module.0, module.1),
                    format!(
                        "the app would ship {shipped}, but its tests raise it to {tested}; \
                         raise it in [runtime] too, or decide in [pinned]"
                    ),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

struct Graph<'a, P> {
    poms: &'a P,
    list: &'a List,
    missing: &'a mut BTreeSet<Artifact>,
}

impl<P: Poms> Graph<'_, P> {
    /// Everything that `roots` need, in one version each.
    fn close(&mut self, roots: &[Artifact]) -> Result<Versions> {
        let mut versions: Versions = BTreeMap::new();
        for root in roots {
            raise(&mut versions, &root.group, &root.name, &root.version);
        }
        loop {
            let mut raised = versions.clone();
            let reached = self.walk(roots, &versions, &mut raised)?;
            self.align(&mut raised);
            self.pin(&mut raised);
            if raised == versions {
                versions.retain(|module, _| reached.contains(module));
                return Ok(versions);
            }
            versions = raised;
        }
    }

    /// Follows dependencies at the versions chosen so far; notes in `raised` what is asked for.
    fn walk(
        &mut self,
        roots: &[Artifact],
        versions: &Versions,
        raised: &mut Versions,
    ) -> Result<BTreeSet<(String, String)>> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<(String, String)> = roots
            .iter()
            .map(|root| (root.group.clone(), root.name.clone()))
            .collect();
        while let Some(module) = open.pop() {
            let Some(version) = versions.get(&module) else {
                continue;
            };
            if !reached.insert(module.clone()) {
                continue;
            }
            let artifact = described(&module, version)?;
            let Some(pom) = self.poms.get(&artifact)? else {
                self.missing.insert(artifact);
                continue;
            };
            let mut above = BTreeSet::new();
            let dependencies = pom.dependencies(self.poms, &mut above)?;
            if !above.is_empty() {
                self.missing.append(&mut above);
                continue;
            }
            for dependency in dependencies.into_iter().filter(|d| d.is_needed()) {
                let version = dependency.version.as_deref().ok_or_else(|| {
                    Error::input(
                        &artifact,
                        format!(
                            "its POM asks for {}:{} without a version, and no parent or import gives one; \
                             name a version of it in libraries.list",
                            dependency.group, dependency.name
                        ),
                    )
                });
                let module = (dependency.group.clone(), dependency.name.clone());
                let version = match version {
                    Ok(version) => exact(&artifact, &module.1, version)?,
                    // One that the list names is decided there.
                    Err(_) if versions.contains_key(&module) => String::new(),
                    Err(error) => return Err(error),
                };
                if !version.is_empty() {
                    raise(raised, &module.0, &module.1, &version);
                }
                open.push(module);
            }
        }
        Ok(reached)
    }

    fn pin(&self, versions: &mut Versions) {
        for pinned in &self.list.pinned {
            if let Some(version) = versions.get_mut(&(pinned.group.clone(), pinned.name.clone())) {
                version.clone_from(&pinned.version);
            }
        }
    }

    fn align(&self, versions: &mut Versions) {
        for aligned in &self.list.aligned {
            let members: Vec<_> = versions
                .iter()
                .filter(|((group, name), _)| aligned.holds(group, name))
                .map(|(module, version)| (module.clone(), version.clone()))
                .collect();
            let highest = members
                .iter()
                .map(|(_, version)| version)
                .max_by(|a, b| version::compare(a, b));
            if let Some(highest) = highest {
                for (module, _) in &members {
                    versions.insert(module.clone(), highest.clone());
                }
            }
        }
    }
}

fn raise(versions: &mut Versions, group: &str, name: &str, asked: &str) {
    let chosen = versions
        .entry((group.to_owned(), name.to_owned()))
        .or_insert_with(|| asked.to_owned());
    if version::compare(asked, chosen) == Ordering::Greater {
        asked.clone_into(chosen);
    }
}

/// `[1.0]` asks for 1.0; real ranges have no one answer and are refused.
fn exact(asking: &Artifact, name: &str, version: &str) -> Result<String> {
    let inner = version
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(version);
    if inner.contains(['[', ']', '(', ')', ',', '$']) || inner.is_empty() {
        return Err(Error::input(
            asking,
            format!("its POM asks for {name} in version `{version}`; expected one version"),
        ));
    }
    Ok(inner.to_owned())
}

fn described((group, name): &(String, String), version: &str) -> Result<Artifact> {
    let text = format!("{group}:{name}:{version}:{}", Kind::Pom.name());
    Artifact::parse(&text).ok_or_else(|| Error::input(&text, "is no Maven coordinate"))
}

fn kind_of(artifact: &Artifact, pom: &Pom) -> Result<Kind> {
    pom.kind().ok_or_else(|| {
        Error::input(
            artifact,
            format!(
                "its packaging is `{}`; expected jar, aar or pom",
                pom.packaging
            ),
        )
    })
}

/// The artifacts with a file of their own.
///
/// A module for several platforms has a description that only points to its variants, `x-android` or `x-jvm`;
/// of those two the first is for the phone.
fn files_of(versions: &Versions, poms: &impl Poms) -> Result<Vec<Artifact>> {
    let has = |group: &str, name: String| versions.contains_key(&(group.to_owned(), name));
    let mut artifacts = Vec::new();
    for (module, version) in versions {
        let artifact = described(module, version)?;
        let Some(pom) = poms.get(&artifact)? else {
            continue;
        };
        let (group, name) = module;
        let points_elsewhere =
            pom.dependencies(poms, &mut BTreeSet::new())?
                .iter()
                .any(|dependency| {
                    let variant = dependency.name.strip_prefix(name.as_str());
                    dependency.group == *group && matches!(variant, Some("-android" | "-jvm"))
                });
        let other_platform = name
            .strip_suffix("-jvm")
            .is_some_and(|base| has(group, format!("{base}-android")));
        let kind = kind_of(&artifact, &pom)?;
        if kind != Kind::Pom && !points_elsewhere && !other_platform {
            artifacts.push(Artifact { kind, ..artifact });
        }
    }
    Ok(artifacts)
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
