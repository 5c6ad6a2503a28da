//! The ordinary Maven client. No repository is declared: each machine's own settings decide where from.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::coordinate::Artifact;
use crate::apk::error::{Error, Result};
use crate::apk::files;
use crate::apk::tool::Tool;

/// The plugin that copies artifacts by their coordinates.
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// Maven profiles to switch on; `google` adds Google's repository.
const PROFILES: &str = "GASKET_MAVEN_PROFILES";

/// Runs `mvn`.
#[derive(Debug)]
pub(crate) struct Maven {
    scratch: PathBuf,
}

impl Maven {
    /// `target` is where generated project files go.
    pub(crate) fn new(target: &Path) -> Self {
        Self {
            scratch: target.join("maven"),
        }
    }

    /// Copies the files of `artifacts`, and nothing else, into `folder`, laid out as a repository.
    pub(crate) fn copy(&self, artifacts: &[Artifact], folder: &Path) -> Result<()> {
        files::create_folder(folder)?;
        let project = self.scratch.join("pom.xml");
        files::write(&project, project_for(artifacts, folder))?;
        let mut mvn = Tool::new("mvn");
        mvn.args(["-B", "-q", "-f"]).arg(&project);
        if let Some(profiles) = std::env::var_os(PROFILES).filter(|value| !value.is_empty()) {
            mvn.arg("-P").arg(profiles);
        }
        mvn.arg(COPY).run().map_err(|error| match error {
            Error::Tool { tool, how, output } => Error::Tool {
                tool,
                how: format!(
                    "{how}; where this machine's Maven finds no androidx.* or com.android.tools \
                     artifacts, try again with {PROFILES}=google"
                ),
                output,
            },
            other => other,
        })?;
        match artifacts
            .iter()
            .find(|artifact| !artifact.file_in(folder).is_file())
        {
            None => Ok(()),
            Some(artifact) => Err(Error::input(artifact, "Maven did not bring it")),
        }
    }
}

fn project_for(artifacts: &[Artifact], folder: &Path) -> String {
    let mut items = String::new();
    for artifact in artifacts {
        // Coordinates hold letters, digits and `._-` only. Writing to a String cannot fail.
        let _ = writeln!(
            items,
            "<artifactItem><groupId>{}</groupId><artifactId>{}</artifactId>\
             <version>{}</version><type>{}</type>\
             <outputDirectory>{}</outputDirectory></artifactItem>",
            artifact.group,
            artifact.name,
            artifact.version,
            artifact.kind.name(),
            escape(&artifact.folder_in(folder).to_string_lossy())
        );
    }
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\
<modelVersion>4.0.0</modelVersion>
<groupId>app.gasket</groupId><artifactId>libraries</artifactId><version>1</version>
<packaging>pom</packaging>
<profiles><profile><id>google</id><repositories><repository><id>google</id>
<url>https://maven.google.com</url></repository></repositories></profile></profiles>
<build><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<configuration>
<useBaseVersion>true</useBaseVersion>
<overWriteReleases>true</overWriteReleases>
<artifactItems>
{items}</artifactItems>
</configuration>
</plugin></plugins></build>
</project>
"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_names_every_artifact_and_switches_no_repository_on() {
        let artifact = Artifact::parse("a.b:c:1:aar").unwrap();
        let project = project_for(&[artifact], Path::new("/x & y"));
        let document = roxmltree::Document::parse(&project).unwrap();
        let text = |tag: &str| {
            let mut nodes = document.descendants();
            nodes
                .find(|node| node.tag_name().name() == tag)
                .and_then(|node| node.text().map(str::to_owned))
        };
        assert_eq!(text("outputDirectory").as_deref(), Some("/x & y/a/b/c/1"));
        assert_eq!(text("type").as_deref(), Some("aar"));
        let repositories = document
            .descendants()
            .filter(|node| node.tag_name().name() == "repository");
        for repository in repositories {
            let off_by_default = repository
                .ancestors()
                .any(|node| node.tag_name().name() == "profile");
            assert!(off_by_default);
        }
        assert!(!project.contains("activeByDefault"));
    }
}
