//! Every test that docs/SECURITY.md names exists.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../docs/SECURITY.md");

/// Where tests are.
const ROOTS: [&str; 4] = [
    "../tests",
    "../rust/core/src",
    "../rust/engine/src",
    "../android/app/src/test",
];

/// What stands in backquotes as `module::test`, or `module::inner::test`.
fn named(document: &'static str) -> Vec<&'static str> {
    let quoted = document.split('`').skip(1).step_by(2);
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    quoted
        .filter(|text| text.contains("::") && text.split("::").all(is_word))
        .collect()
}

/// What stands in backquotes as `ClassTest: what it says`: tests of the app.
fn named_of_app(document: &'static str) -> Vec<(&'static str, &'static str)> {
    let quoted = document.split('`').skip(1).step_by(2);
    let parts = quoted.filter_map(|text| text.split_once("Test: "));
    parts.collect()
}

/// Whether the app's tests have it.
fn exists_in_app((class, test): (&str, &str), files: &[(String, String)]) -> bool {
    let file = format!("/{class}Test.kt");
    let function = format!("    @Test\n    fun `{test}`()");
    files
        .iter()
        .any(|(path, text)| path.ends_with(&file) && text.contains(&function))
}

/// Files below `folder` in Rust and Kotlin.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "kt")
        {
            let text = fs::read_to_string(&path).expect("text");
            found.push((path.display().to_string(), text));
        }
    }
}

/// Whether a file named for one of the test's modules, or in a folder so named, has it.
fn exists(name: &str, files: &[(String, String)]) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let Some((test, modules)) = parts.split_last() else {
        return false;
    };
    let function = format!("fn {test}(");
    let is_it = |(path, text): &(String, String)| {
        let named = modules.iter().any(|module| {
            path.ends_with(&format!("/{module}.rs")) || path.contains(&format!("/{module}/"))
        });
        let Some(at) = text.find(&function).filter(|_| named) else {
            return false;
        };
        // The attribute stands right above, or above others.
        let above = text[..at].trim_end().lines().rev();
        above
            .take_while(|line| line.starts_with("#[") || line.starts_with("    #["))
            .any(|line| line.trim() == "#[test]")
    };
    files.iter().any(is_it)
}

#[test]
fn every_test_that_docs_security_names_exists() {
    let mut all = Vec::new();
    for root in ROOTS {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), &mut all);
    }
    let names = named(DOCUMENT);
    assert!(names.len() > 40, "so few are read: {names:?}");
    let missing: Vec<&&str> = names.iter().filter(|name| !exists(name, &all)).collect();
    assert!(
        missing.is_empty(),
        "docs/SECURITY.md names tests that are not there: {missing:#?}"
    );
    let of_app = named_of_app(DOCUMENT);
    assert!(of_app.len() > 5, "so few of the app are read: {of_app:?}");
    for test in of_app {
        assert!(exists_in_app(test, &all), "there is no {test:?}");
    }
    assert!(!exists_in_app(("Backup", "no such test"), &all));
    // The control: what is not there is not found.
    for invented in [
        "table::no_such_test",
        "leaks::each_cell_is_as_docs_security_says",
    ] {
        assert!(!exists(invented, &all), "{invented}");
    }
}
