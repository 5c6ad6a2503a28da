//! The shipped rules, and ten times as many.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gasket_core::rules::Pack;

/// The shipped pack, and one of ten times as many rules: the shipped ones, and for each of them nine
/// of the same kinds of test on other literals.
pub(crate) fn both() -> (Arc<Pack>, Arc<Pack>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust/core/rules");
    let mut sources = Vec::new();
    collect(&root, &mut sources);
    sources.sort();
    let shipped = sources.len();
    sources.extend((0..9 * shipped).map(|nth| (format!("made-{nth}.yml"), rule(nth))));
    let borrowed: Vec<(&str, &str)> = sources
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let parse = |rules: &[(&str, &str)]| match Pack::parse(rules) {
        Ok(pack) => Arc::new(pack),
        Err(error) => panic!("{error}"),
    };
    let (small, large) = (
        parse(borrowed.get(..shipped).unwrap_or_default()),
        parse(&borrowed),
    );
    assert_eq!(small.rules().len(), Pack::embedded().rules().len());
    assert_eq!(large.rules().len(), 10 * shipped);
    (small, large)
}

fn collect(folder: &Path, sources: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        panic!("cannot read {}", folder.display());
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            sources.push((path.display().to_string(), text));
        }
    }
}

/// A rule of the shape most rules have: names, a path, keys of the body, a port and a package.
fn rule(nth: usize) -> String {
    format!(
        r#"
title: Made for measuring, {nth}
id: 00000000-0000-4000-8000-{nth:012x}
status: test
level: medium
description: Made for measuring.
references: [https://www.example.com/]
logsource: {{product: android, category: flow}}
detection:
  host:
    - dns.query: beacon{nth}.example.net
    - dns.query|endswith: .beacon{nth}.example.net
    - tls.sni|endswith: .beacon{nth}.example.net
    - http.host|endswith: .beacon{nth}.example.net
  path:
    http.path|startswith: /collect{nth}/
  keys:
    body.decoded|contains: ['"zz{nth}imei"', '"yy{nth}serial"', '"xx{nth}cell"']
  agent:
    http.user_agent|contains: BeaconClient{nth}/
  sender:
    app.package: net.example.beacon{nth}
  condition: host or path and keys or agent and keys or sender and path
falsepositives: [none]
custom:
  family: made for measuring
  action: warn
  confidence: suspected
  breakage: none
  receipt: Made for measuring.
  tests: {{match: [none.json], no_match: [none.json]}}
"#
    )
}
