//! How well the detector detects: what `cargo xtask detect` measures, and the floors as a test.

mod captures;
mod chance;
mod check;
mod container;
mod corpus;
mod encoding;
mod failing;
mod invent;
mod kinds;
mod measure;
mod negatives;
mod request;
mod score;
mod shapes;
mod subject;

use measure::{Size, measure};

#[test]
#[ignore = "cargo xtask detect runs it"]
fn report() {
    let m = measure(if std::env::var_os("GASKET_DETECT_QUICK").is_some() { Size::QUICK } else { Size::FULL });
    println!("objections {} of {}", m.injected.objections.len(), m.injected.requests);
    for o in m.injected.objections.iter().take(20) { println!("  {o}"); }
    println!("recall {}", m.injected.recall().told());
    for k in kinds::Kind::ALL { println!("{} {}", k.name(), m.injected.of_kind(k).told()); }
    for k in encoding::Encoding::ALL { println!("{} {}", k.name(), m.injected.of_encoding(k).told()); }
    for k in container::Container::ALL { println!("{} {}", k.name(), m.injected.of_container(k).told()); }
    if let Some(path) = std::env::var_os("GASKET_DETECT_FAILING") { std::fs::write(path, failing::list(&m.injected)).unwrap(); }
    println!("{:?}", m.injected.wrong_kinds);
    println!("ordinary {:?}", m.ordinary);
    println!("twins {:?}", m.twins);
    println!("look {:?}", m.lookalikes);
    println!("capt {:?}", m.captured);
}
