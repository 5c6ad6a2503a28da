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
