//! What the rules of a file may cost each request.

use super::refusals::GOOD;
use super::*;
use crate::facts::{Facts, Protocol};
use crate::inspect::content::Content;

fn refused(detection: &str) -> String {
    let file = rule_file(1, detection);
    Pack::parse(&[("x.yml", &file)]).unwrap_err().to_string()
}

fn is_taken(detection: &str) -> bool {
    Pack::parse(&[("x.yml", &rule_file(1, detection))]).is_ok()
}

#[test]
fn too_many_selections_are_refused() {
    let detection = |count: usize| {
        let names: Vec<_> = (0..count).map(|nth| format!("s{nth}")).collect();
        let lines = names
            .iter()
            .map(|name| format!("  {name}: {{dns.query: bad.example}}\n"));
        lines.collect::<String>() + "  condition: " + &names.join(" or ")
    };
    assert!(is_taken(GOOD) && is_taken(&detection(64)));
    let error = refused(&detection(65));
    assert!(
        error.ends_with("65 selections are too many: a rule has at most 64"),
        "{error}"
    );
}

#[test]
fn too_many_searches_of_the_body_are_refused() {
    let detection = |count: usize| {
        let texts: Vec<_> = (0..count).map(|nth| format!("text{nth}")).collect();
        let texts = texts.join(", ");
        format!("  a: {{body.decoded|contains|all: [{texts}]}}\n  condition: a")
    };
    let half = |id| (format!("{id}.yml"), rule_file(id, &detection(1024)));
    let (first, second) = (half(1), half(2));
    let both = [
        (&*first.0, &*first.1),
        (&*second.0, &*second.1),
        ("3.yml", &rule_file(3, &detection(1))),
    ];
    assert!(Pack::parse(&both[..2]).is_ok());
    let error = Pack::parse(&both).unwrap_err().to_string();
    let expected = "one search too many: all rules of a pack may search the body 2048 times";
    assert!(error.ends_with(expected), "{error}");
}

/// It costs the length of the text times that of the expression.
#[test]
fn a_long_regular_expression_is_refused() {
    let detection = |times: usize| {
        format!(
            "  a:\n    http.path|startswith: /ab\n    http.path|re: '(a|b|ab){{1,{times}}}c'\n  condition: a"
        )
    };
    assert!(is_taken(&detection(10)));
    let error = refused(&detection(1_000));
    assert!(error.contains("exceeded size limit"), "{error}");
}

/// Fourteen times a thousand looks through all of a body for each of a thousand requests, if each mention were one.
#[test]
fn a_selection_is_looked_at_once_however_often_it_is_mentioned() {
    let mentions = vec!["a"; 14_000].join(" and ");
    let detection = format!("  a: {{body.decoded|contains: needle}}\n  condition: {mentions}");
    let pack = Pack::parse(&[("x.yml", &rule_file(1, &detection))]).unwrap();
    let content = Content {
        decoded: "hay ".repeat(60_000) + "needle",
        ..Content::default()
    };
    let facts = Facts {
        owner: None,
        owner_asked: true,
        trigger: None,
        protocol: Protocol::Tcp,
        destination: "198.51.100.7:80".parse().unwrap(),
        country: None,
        asn: None,
        dns_query: None,
        said: None,
        content: Some(&content),
    };
    for _ in 0..1_000 {
        assert_eq!(pack.matching(&facts).len(), 1);
    }
}
