//! The rules as JSON, for whoever shows them.

use std::collections::BTreeMap;

use super::refusals::GOOD;
use super::*;
use crate::rules::{Imported, listing};

#[test]
fn every_rule_is_listed_with_its_own_words_and_every_refusal_with_its_reason() {
    let files = BTreeMap::from([
        (String::from("bad.yml"), String::from("title: [")),
        (String::from("good.yml"), rule_file(1, GOOD)),
    ]);
    let pack = Pack::embedded();
    let text = listing(&pack, &Imported::read(&files, &pack)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["pack"]["date"], crate::rules::PACK_VERSION.date);
    let rules = json["rules"].as_array().unwrap();
    assert_eq!(rules.len(), pack.rules().len() + 1);
    for (listed, rule) in rules.iter().zip(pack.rules()) {
        assert_eq!(listed["id"], *rule.id);
        assert_eq!(listed["family"], *rule.family);
        assert_eq!(listed["action"], rule.action.as_str());
        assert_eq!(listed["confidence"], rule.confidence.as_str());
        assert_eq!(listed["receipt"], *rule.receipt);
        assert_eq!(listed["references"][0], *rule.references[0]);
        assert!(listed.get("file").is_none());
    }
    let imported = rules.last().unwrap();
    assert_eq!(imported["file"], "good.yml");
    assert_eq!(imported["title"], "Test rule");
    let refused = json["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["file"], "bad.yml");
    assert!(refused[0]["problem"].as_str().unwrap().contains("line 1"));
}
