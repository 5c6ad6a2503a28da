//! How well the detector detects: what `cargo xtask detect` measures, and the floors as a test.

mod agreement;
mod captures;
mod check;
mod container;
mod corpus;
mod encoding;
mod failing;
mod floors;
mod hosts;
mod invent;
mod kinds;
mod learned;
mod measure;
mod negatives;
mod report;
mod request;
mod shapes;
mod subject;
mod typed;

use std::path::Path;
use std::{env, fs};

use gasket_tests::{chance, score};
use measure::{Size, measure};
use subject::Subject;

#[test]
fn the_floors_hold() {
    let broken = floors::broken(&measure(Size::QUICK), &hosts::hosts(&Subject::new()));
    assert!(
        broken.is_empty(),
        "floors that do not hold:\n{}",
        broken.join("\n")
    );
}

#[test]
fn an_independent_evaluator_agrees() {
    let agreement = agreement::agreement();
    let found = &agreement.disagreements;
    assert_eq!(agreement.events.hits, agreement.events.of, "{found:#?}");
    assert_eq!(agreement.silent, Vec::<String>::new());
}

/// What is edited in the document alone would be lost when it is written anew.
#[test]
fn the_document_ends_as_it_would_be_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("docs/DETECTION.md")).expect("the document");
    assert!(
        document.ends_with(report::BEACONS),
        "docs/DETECTION.md ends otherwise than tests/detect/beacons.md"
    );
}

/// `GASKET_DETECT_QUICK` asks for few requests a cell and leaves the document as it is;
/// `GASKET_DETECT_DATE` is the date in it.
#[test]
#[ignore = "cargo xtask detect runs it"]
fn write_the_report() {
    let quick = env::var_os("GASKET_DETECT_QUICK").is_some();
    let size = if quick { Size::QUICK } else { Size::FULL };
    let (measured, hosts) = (measure(size), hosts::hosts(&Subject::new()));
    println!("{}", report::terminal(&measured, &hosts));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let write = |path: &str, text: String| {
        let path = root.join(path);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    let json = report::json(size, &measured, &hosts);
    write("target/detect.json", format!("{json:#}\n"));
    write(
        "target/detect-missed.txt",
        failing::list(&measured.injected),
    );
    if !quick {
        let date = env::var("GASKET_DETECT_DATE").unwrap_or_else(|_| "an unknown date".to_owned());
        write(
            "docs/DETECTION.md",
            report::markdown(size, &measured, &hosts, &date),
        );
    }
    let broken = floors::broken(&measured, &hosts);
    assert!(
        broken.is_empty(),
        "floors that do not hold:\n{}",
        broken.join("\n")
    );
}
