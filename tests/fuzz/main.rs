//! Runs every committed input of every target.

use std::fs;
use std::path::Path;

use gasket_tests::fuzz::TARGETS;

#[test]
fn every_committed_input_keeps_its_promise() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        target(&[]);
        let mut ran = 0;
        for entry in fs::read_dir(corpus.join(name)).expect("a corpus for every target") {
            let path = entry.expect("a readable folder").path();
            println!("{}", path.display());
            target(&fs::read(&path).expect("a readable input"));
            ran += 1;
        }
        assert!(ran > 0, "{name} has no input");
    }
}

/// One input, named by GASKET_FUZZ_INPUT=TARGET/FILE: how a finding is looked at.
#[test]
fn the_input_named_in_the_environment() {
    let Some(named) = std::env::var_os("GASKET_FUZZ_INPUT") else {
        return;
    };
    let path = Path::new(&named);
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .expect("TARGET/FILE");
    let found = TARGETS.iter().find(|(name, _)| folder == *name);
    let (_, target) = found.expect("the folder is named like a target");
    target(&fs::read(path).expect("a readable input"));
}
