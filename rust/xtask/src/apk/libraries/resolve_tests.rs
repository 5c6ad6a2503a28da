use std::collections::BTreeMap;

use super::*;

/// Descriptions in memory, by coordinate.
struct Known(BTreeMap<String, String>);

impl Known {
    fn new(poms: &[(&str, &str)]) -> Self {
        let pom = |(coordinate, body): &(&str, &str)| {
            (
                (*coordinate).to_owned(),
                format!("<project>{body}</project>"),
            )
        };
        Self(poms.iter().map(pom).collect())
    }
}

impl Poms for Known {
    fn get(&self, artifact: &Artifact) -> Result<Option<Pom>> {
        let key = format!("{}:{}", artifact.module(), artifact.version);
        self.0
            .get(&key)
            .map(|text| Pom::parse(artifact, text))
            .transpose()
    }
}

fn needs(list: &[(&str, &str)]) -> String {
    let one = |(name, version): &(&str, &str)| {
        let version = match *version {
            "" => String::new(),
            version => format!("<version>{version}</version>"),
        };
        format!(
            "<dependency><groupId>g</groupId><artifactId>{name}</artifactId>{version}</dependency>"
        )
    };
    let list: String = list.iter().map(one).collect();
    format!("<dependencies>{list}</dependencies>")
}

fn resolved(list: &str, poms: &Known) -> Result<Vec<String>> {
    let list = List::parse("list", list)?;
    let mut missing = BTreeSet::new();
    let artifacts = attempt(&list, poms, &mut missing)?;
    assert_eq!(missing, BTreeSet::new());
    let runtime = artifacts
        .into_iter()
        .filter(|(_, sets)| sets.contains(&Set::Runtime));
    Ok(runtime.map(|(artifact, _)| artifact.to_string()).collect())
}

#[test]
fn the_highest_version_asked_for_wins() {
    let (a, b) = (needs(&[("c", "1.9")]), needs(&[("c", "1.10")]));
    let poms = Known::new(&[
        ("g:a:1", &a),
        ("g:b:1", &b),
        ("g:c:1.9", ""),
        ("g:c:1.10", "<packaging>aar</packaging>"),
    ]);
    let found = resolved("[runtime]\ng:a:1\ng:b:1\n", &poms).unwrap();
    assert_eq!(found, ["g:a:1:jar", "g:b:1:jar", "g:c:1.10:aar"]);
}

#[test]
fn a_dependency_without_version_is_an_error_unless_a_parent_or_the_list_gives_one() {
    let bare = needs(&[("c", "")]);
    let poms = Known::new(&[("g:a:1", &bare), ("g:c:3", "")]);
    let error = resolved("[runtime]\ng:a:1\n", &poms).unwrap_err();
    assert!(
        error.to_string().contains("g:c without a version"),
        "{error}"
    );
    assert!(resolved("[runtime]\ng:a:1\ng:c:3\n", &poms).is_ok());

    let child = format!(
        "<parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent>{bare}"
    );
    let parent = format!(
        "<packaging>pom</packaging><properties><c>3</c></properties>\
         <dependencyManagement>{}</dependencyManagement>",
        needs(&[("c", "${c}")])
    );
    let poms = Known::new(&[("g:a:1", &child), ("g:p:1", &parent), ("g:c:3", "")]);
    let found = resolved("[runtime]\ng:a:1\n", &poms).unwrap();
    assert_eq!(found, ["g:a:1:jar", "g:c:3:jar"]);
}

#[test]
fn an_imported_list_of_versions_is_applied() {
    let import = "<dependencyManagement><dependencies><dependency><groupId>g</groupId>\
        <artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope>\
        </dependency></dependencies></dependencyManagement>";
    let a = format!("{import}{}", needs(&[("c", "")]));
    let bom = format!(
        "<packaging>pom</packaging><dependencyManagement>{}</dependencyManagement>",
        needs(&[("c", "${project.version}")])
    );
    let poms = Known::new(&[("g:a:1", &a), ("g:bom:1", &bom), ("g:c:1", "")]);
    let found = resolved("[runtime]\ng:a:1\n", &poms).unwrap();
    assert_eq!(found, ["g:a:1:jar", "g:c:1:jar"]);
}

#[test]
fn aligned_modules_rise_together() {
    let a = needs(&[("x-one", "2"), ("x-two", "1")]);
    let poms = Known::new(&[
        ("g:a:1", &a),
        ("g:x-one:2", ""),
        ("g:x-two:1", ""),
        ("g:x-two:2", ""),
    ]);
    let list = "[runtime]\ng:a:1\n[aligned]\ng:x-one g:x-two\n";
    let found = resolved(list, &poms).unwrap();
    assert_eq!(found, ["g:a:1:jar", "g:x-one:2:jar", "g:x-two:2:jar"]);
}

#[test]
fn of_a_module_for_several_platforms_only_the_phones_variant_is_used() {
    let root = needs(&[("m-android", "1"), ("m-jvm", "1")]);
    let poms = Known::new(&[
        ("g:m:1", &root),
        ("g:m-android:1", "<packaging>aar</packaging>"),
        ("g:m-jvm:1", ""),
    ]);
    let found = resolved("[runtime]\ng:m:1\n", &poms).unwrap();
    assert_eq!(found, ["g:m-android:1:aar"]);
}

#[test]
fn tests_that_would_run_another_version_than_is_shipped_are_refused() {
    let t = needs(&[("c", "2")]);
    let poms = Known::new(&[("g:c:1", ""), ("g:c:2", ""), ("g:t:1", &t)]);
    let error = resolved("[runtime]\ng:c:1\n[test]\ng:t:1\n", &poms).unwrap_err();
    assert!(error.to_string().contains("raise it to 2"), "{error}");
}

#[test]
fn a_range_of_versions_is_refused() {
    let a = needs(&[("c", "[1,2)")]);
    let poms = Known::new(&[("g:a:1", &a), ("g:c:1", "")]);
    let error = resolved("[runtime]\ng:a:1\n", &poms).unwrap_err();
    assert!(error.to_string().contains("`[1,2)`"), "{error}");
}

#[test]
fn a_pinned_version_holds_against_a_higher_one() {
    let t = needs(&[("c", "2")]);
    let poms = Known::new(&[("g:c:1", ""), ("g:c:2", ""), ("g:t:1", &t)]);
    let list = "[runtime]\ng:c:1\n[test]\ng:t:1\n[pinned]\ng:c:1\n";
    assert_eq!(resolved(list, &poms).unwrap(), ["g:c:1:jar"]);
}
