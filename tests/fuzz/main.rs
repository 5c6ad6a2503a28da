//! Runs every committed input of every target.

use std::fs;
use std::path::{Path, PathBuf};

use gasket_tests::fuzz::TARGETS;

#[test]
fn every_committed_input_keeps_its_promise() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut folders: Vec<_> = files(&corpus).iter().map(|path| name(path)).collect();
    folders.sort_unstable();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, names, "a folder for each target");
    for (name, target) in TARGETS {
        target(&[]);
        let inputs = files(&corpus.join(name));
        assert!(!inputs.is_empty(), "{name} has no input");
        for path in inputs {
            println!("{}", path.display());
            target(&fs::read(&path).expect("a readable input"));
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a readable folder");
    entries
        .map(|entry| entry.expect("a readable folder").path())
        .collect()
}

fn name(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

/// One input, named by GASKET_FUZZ_INPUT=…/TARGET/FILE: how a finding is looked at.
#[test]
fn the_input_named_in_the_environment() {
    let Some(named) = std::env::var_os("GASKET_FUZZ_INPUT") else {
        return;
    };
    let path = Path::new(&named);
    let folder = name(path.parent().expect("…/TARGET/FILE"));
    let found = TARGETS.iter().find(|(name, _)| folder == *name);
    let (_, target) = found.expect("the folder is named like a target");
    target(&fs::read(path).expect("a readable input"));
}
