//! Maven's project descriptions: what an artifact depends on, once parents, imports and properties are applied.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::coordinate::{Artifact, Kind};
use crate::apk::error::{Error, Result};

/// Parents of parents, and imports of imports, are followed this far.
const DEPTH: usize = 16;

/// A dependency, as written or with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The module depended on.
    pub(crate) group: String,
    /// The module depended on.
    pub(crate) name: String,
    /// `None` where not even a parent or an import gives one.
    pub(crate) version: Option<String>,
    scope: Option<String>,
    kind: Option<String>,
    optional: bool,
}

impl Dependency {
    /// Whether it is needed to run what depends on it.
    pub(crate) fn is_needed(&self) -> bool {
        !self.optional && matches!(self.scope.as_deref(), None | Some("compile" | "runtime"))
    }
}

/// A description as its file has it.
#[derive(Debug, Clone)]
pub(crate) struct Pom {
    /// The kind of the artifact's own file.
    pub(crate) packaging: String,
    parent: Option<Artifact>,
    properties: BTreeMap<String, String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
}

/// Where descriptions come from.
pub(crate) trait Poms {
    /// The description of an artifact; `None` where it was not fetched yet.
    fn get(&self, artifact: &Artifact) -> Result<Option<Pom>>;
}

impl Pom {
    /// Reads a description; `artifact` is whose it is.
    pub(crate) fn parse(artifact: &Artifact, text: &str) -> Result<Self> {
        let document = Document::parse(text)
            .map_err(|error| Error::input(artifact, format!("its POM is no XML: {error}")))?;
        let project = document.root_element();
        let mut properties: BTreeMap<String, String> = child(project, "properties")
            .map(|node| node.children().filter(Node::is_element).collect::<Vec<_>>())
            .unwrap_or_default()
            .into_iter()
            .map(|node| (node.tag_name().name().to_owned(), own_text(node)))
            .collect();
        let parent = child(project, "parent")
            .map(|node| {
                let part = |name| text_of(node, name).unwrap_or_default();
                let text = format!(
                    "{}:{}:{}:pom",
                    part("groupId"),
                    part("artifactId"),
                    part("version")
                );
                Artifact::parse(&text)
                    .ok_or_else(|| Error::input(artifact, format!("its POM has the parent {text}")))
            })
            .transpose()?;
        for (name, value) in [
            ("groupId", &artifact.group),
            ("artifactId", &artifact.name),
            ("version", &artifact.version),
        ] {
            for prefix in ["project.", "pom.", ""] {
                properties
                    .entry(format!("{prefix}{name}"))
                    .or_insert_with(|| value.clone());
            }
        }
        if let Some(parent) = &parent {
            properties.insert("project.parent.version".into(), parent.version.clone());
            properties.insert("project.parent.groupId".into(), parent.group.clone());
        }
        let managed = child(project, "dependencyManagement");
        Ok(Self {
            packaging: text_of(project, "packaging").unwrap_or_else(|| "jar".to_owned()),
            parent,
            properties,
            dependencies: dependencies_of(project),
            managed: managed.map(dependencies_of).unwrap_or_default(),
        })
    }

    /// What this artifact depends on. Descriptions that are not there yet are added to `missing`.
    pub(crate) fn dependencies(
        &self,
        poms: &impl Poms,
        missing: &mut BTreeSet<Artifact>,
    ) -> Result<Vec<Dependency>> {
        let (properties, dependencies, managed) = self.effective(poms, missing, DEPTH)?;
        let fill = |dependency: &Dependency| {
            let mut filled = interpolate(dependency, &properties);
            if let Some(found) = managed
                .iter()
                .find(|other| (&other.group, &other.name) == (&filled.group, &filled.name))
            {
                filled.version = filled.version.or_else(|| found.version.clone());
                filled.scope = filled.scope.or_else(|| found.scope.clone());
            }
            filled
        };
        Ok(dependencies.iter().map(fill).collect())
    }

    /// Properties, dependencies and managed versions, with the parents' and the imports'.
    #[expect(clippy::type_complexity, reason = "used by the function above only")]
    fn effective(
        &self,
        poms: &impl Poms,
        missing: &mut BTreeSet<Artifact>,
        depth: usize,
    ) -> Result<(BTreeMap<String, String>, Vec<Dependency>, Vec<Dependency>)> {
        let mut properties = self.properties.clone();
        let mut dependencies = self.dependencies.clone();
        let mut managed = self.managed.clone();
        if let Some((parent, depth)) = self.parent.as_ref().zip(depth.checked_sub(1)) {
            match poms.get(parent)? {
                None => {
                    missing.insert(parent.clone());
                }
                Some(pom) => {
                    let (above, inherited, versions) = pom.effective(poms, missing, depth)?;
                    for (name, value) in above {
                        properties.entry(name).or_insert(value);
                    }
                    dependencies.extend(inherited);
                    managed.extend(versions);
                }
            }
        }
        let mut filled: Vec<Dependency> = Vec::new();
        for entry in &managed {
            let entry = interpolate(entry, &properties);
            if entry.scope.as_deref() != Some("import") {
                filled.push(entry);
                continue;
            }
            let text = format!(
                "{}:{}:{}:pom",
                entry.group,
                entry.name,
                entry.version.unwrap_or_default()
            );
            let Some((import, depth)) = Artifact::parse(&text).zip(depth.checked_sub(1)) else {
                continue;
            };
            match poms.get(&import)? {
                None => {
                    missing.insert(import);
                }
                Some(pom) => {
                    let (within, _, versions) = pom.effective(poms, missing, depth)?;
                    filled.extend(versions.iter().map(|entry| interpolate(entry, &within)));
                }
            }
        }
        Ok((properties, dependencies, filled))
    }

    /// The kind of the artifact's own file.
    pub(crate) fn kind(&self) -> Option<Kind> {
        Kind::of_packaging(&self.packaging)
    }
}

fn dependencies_of(node: Node<'_, '_>) -> Vec<Dependency> {
    let Some(list) = child(node, "dependencies") else {
        return Vec::new();
    };
    let elements = list.children().filter(Node::is_element);
    let dependency = |node: Node<'_, '_>| Dependency {
        group: text_of(node, "groupId").unwrap_or_default(),
        name: text_of(node, "artifactId").unwrap_or_default(),
        version: text_of(node, "version"),
        scope: text_of(node, "scope"),
        kind: text_of(node, "type"),
        optional: text_of(node, "optional").as_deref() == Some("true"),
    };
    elements.map(dependency).collect()
}

fn interpolate(dependency: &Dependency, properties: &BTreeMap<String, String>) -> Dependency {
    let apply = |text: &String| {
        let mut text = text.clone();
        // A property may be made of others; more than a few rounds is a circle.
        for _ in 0..8 {
            let Some(start) = text.find("${") else { break };
            let Some(length) = text[start..].find('}') else {
                break;
            };
            let Some(value) = properties.get(&text[start + 2..start + length]) else {
                break;
            };
            text.replace_range(start..=start + length, value);
        }
        text
    };
    Dependency {
        group: apply(&dependency.group),
        name: apply(&dependency.name),
        version: dependency.version.as_ref().map(apply),
        scope: dependency.scope.as_ref().map(apply),
        kind: dependency.kind.clone(),
        optional: dependency.optional,
    }
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children()
        .find(|child| child.is_element() && child.tag_name().name() == name)
}

fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).map(own_text)
}

fn own_text(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}
