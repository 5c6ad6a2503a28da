//! What is read out of payloads, and what rules say to it.

use std::path::Path;
use std::sync::LazyLock;
use std::{fs, io};

use gasket_core::inspect::content::known::Known;
use gasket_core::inspect::content::{Examiner, IdentifierKind, Parts};
use gasket_core::rules::{Pack, Rule, Sample};
use serde_json::{Map, Value};

use super::input::Input;

/// Media type, coding, path, query and headers behind their lengths, then the body. A finding shows
/// three characters of its value at most.
pub(super) fn content(data: &[u8]) {
    let mut input = Input(data);
    let (kind, coding) = (input.field(), input.field());
    let text = |bytes| {
        std::str::from_utf8(bytes)
            .ok()
            .filter(|text| !text.is_empty())
    };
    let parts = Parts {
        content_type: text(kind),
        content_encoding: text(coding),
        path: input.field(),
        query: input.field(),
        headers: input.field(),
        body: input.0,
    };
    // In memory that has been used, as the guard does.
    let mut examiner = Examiner::default();
    let first = examiner.examine(&parts, &Known::default());
    let content = examiner.examine(&parts, &Known::default());
    assert_eq!(content, first);
    for finding in &content.findings {
        assert!(finding.confidence <= 100);
        // Of a list of apps, how many is shown.
        if finding.kind != IdentifierKind::AppList {
            let shown = finding.masked.chars().filter(|&c| c != '•').count();
            assert!(shown <= 3, "{shown} characters are shown");
        }
    }
}

/// The index over the rules leaves out none that matches. An input is an event in JSON, or a script
/// that makes one.
pub(super) fn matching(data: &[u8]) {
    let read = if data.starts_with(b"{") {
        Sample::from_json(&String::from_utf8_lossy(data))
    } else {
        Sample::from_json(&Value::Object(event(data)).to_string())
    };
    let Ok(sample) = read else {
        return;
    };
    let pack = Pack::embedded();
    sample.judged(|facts| {
        let found = pack.matching(facts);
        let true_to_each = pack.rules().iter().filter(|rule| rule.matches(facts));
        let ids = |rule: &Rule| rule.id.clone();
        let found: Vec<String> = found.into_iter().map(ids).collect();
        assert_eq!(found, true_to_each.map(ids).collect::<Vec<_>>());
    });
}

/// The fields of the taxonomy that rules name.
const FIELDS: [&str; 20] = [
    "app.package",
    "app.system",
    "body.decoded",
    "cleartext",
    "coap.host",
    "coap.path",
    "coap.query",
    "dns.query",
    "dst.ip",
    "dst.port",
    "http.body",
    "http.content_type",
    "http.host",
    "http.method",
    "http.path",
    "http.query",
    "http.user_agent",
    "pii.types",
    "quic.sni",
    "tls.sni",
];

/// Each field with its value: a text of the input's own between words of the rule pack.
fn event(data: &[u8]) -> Map<String, Value> {
    let mut input = Input(data);
    let mut event = Map::new();
    while !input.is_empty() {
        let name = FIELDS[usize::from(input.byte()) % FIELDS.len()];
        let value = match name {
            "app.system" | "cleartext" => Value::Bool(input.byte() & 1 == 1),
            "dst.port" => input.word().into(),
            _ => {
                let mut text = String::new();
                for _ in 0..input.byte() % 8 {
                    text += &String::from_utf8_lossy(input.field());
                    let at = usize::from(input.word());
                    text += WORDS.get(at % (WORDS.len() + 1)).map_or("", |word| word);
                }
                text.into()
            }
        };
        event.insert(name.to_owned(), value);
    }
    event
}

/// Every word of every rule file.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust/core/rules");
    let mut words = Vec::new();
    collect(&folder, &mut words).expect("the rule pack can be read");
    words.sort_unstable();
    words.dedup();
    words
});

fn collect(folder: &Path, words: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, words)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            let text = fs::read_to_string(&path)?;
            let bare = |word: &str| word.trim_matches(['[', ']', ',', '\'', ' ']).to_owned();
            words.extend(text.split_whitespace().map(bare));
        }
    }
    Ok(())
}
