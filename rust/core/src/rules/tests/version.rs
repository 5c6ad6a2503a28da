//! The version of the rules is that of the rules.

use super::super::SOURCES;
use super::super::version::{digits, fingerprint};
use crate::rules::PACK_VERSION;

#[test]
fn whoever_changes_a_rule_renews_the_version() {
    let fingerprint = digits(&fingerprint(SOURCES));
    assert_eq!(
        PACK_VERSION.fingerprint, fingerprint,
        "the rules changed: write this, and today's date, into rules/version.rs"
    );
    let day: Vec<_> = PACK_VERSION.date.split('-').map(str::len).collect();
    assert_eq!(day, [4, 2, 2]);
}
