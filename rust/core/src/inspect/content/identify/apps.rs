//! Lists of installed apps: many package names of many makers.

use super::super::IdentifierKind;
use super::Evidence;
use super::key;
use super::names::Named;
use super::value::Match;

/// Names that make a list under a key that says so, and their makers.
const LIST: (usize, usize) = (8, 4);
/// Names that make a list whatever the key, and their makers.
const LONG: (usize, usize) = (20, 8);
/// Different names that are counted.
const COUNTED_MAX: usize = 512;
/// What most package names begin with: top-level domains.
const TOPS: [&str; 16] = [
    "com", "org", "net", "io", "cn", "de", "me", "app", "tv", "co", "fr", "uk", "jp", "kr", "ru",
    "in",
];

/// Letters of the longest of them.
const TOP_MAX: usize = 3;

/// Looks for a list in `text`, under a key of its own or one in the text.
pub(super) fn find(text: &str, named: Option<Named>) -> Option<Match> {
    // Telling early spares ordinary text the rest.
    let bytes = text.as_bytes();
    let first_dots = memchr::memchr_iter(b'.', bytes).filter(|&at| follows_top(bytes, at));
    if first_dots.take(LIST.0).count() < LIST.0 {
        return None;
    }
    let apart = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let tokens = || text.split(apart).filter(|token| is_package(token));
    tokens().nth(LIST.0 - 1)?;
    let mut names: Vec<&str> = tokens().take(COUNTED_MAX).collect();
    let first = names.first().copied()?;
    names.sort_unstable();
    names.dedup();
    let mut makers: Vec<&str> = names.iter().map(|name| maker(name)).collect();
    makers.dedup();
    let reaches = |(least, of): (usize, usize)| names.len() >= least && makers.len() >= of;
    let keyed = || named == Some(Named::Apps) || word_before(text, first) == Some(Named::Apps);
    let evidence = if reaches(LIST) && keyed() {
        Evidence::AppList
    } else if reaches(LONG) {
        Evidence::AppListLong
    } else if reaches(LIST) {
        Evidence::AppListDoubtful
    } else {
        return None;
    };
    Some((IdentifierKind::AppList, names.len().to_string(), evidence))
}

/// Whether a word begins before the dot at `at` that is a top-level domain.
fn follows_top(bytes: &[u8], at: usize) -> bool {
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_');
    let before = bytes.get(..at).unwrap_or_default();
    // Most dots in other text are those of numbers.
    if !before.last().is_some_and(u8::is_ascii_lowercase) {
        return false;
    }
    let length = before
        .iter()
        .rev()
        .take(TOP_MAX + 1)
        .take_while(|b| in_word(b))
        .count();
    (1..=TOP_MAX).contains(&length)
        && TOPS
            .iter()
            .any(|top| before.ends_with(top.as_bytes()) && top.len() == length)
}

/// Whether a word reads as a package name: small letters, and a domain the wrong way round.
fn is_package(token: &str) -> bool {
    let Some((top, rest)) = token.split_once('.') else {
        return false;
    };
    TOPS.contains(&top)
        && token.len() <= 100
        && rest.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
}

fn maker(name: &str) -> &str {
    let mut dots = name.match_indices('.').map(|(at, _)| at);
    let end = dots.nth(1).unwrap_or(name.len());
    name.get(..end).unwrap_or(name)
}

/// What the word before the first name in `text` says.
fn word_before(text: &str, first: &str) -> Option<Named> {
    let before = text.get(..text.find(first)?)?;
    let before = before.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = before
        .rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .next()?;
    key::key(word).map(|key| key.named)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many names, of so many makers.
    fn listed(names: usize, makers: usize) -> String {
        (0..names)
            .map(|nth| format!("com.maker{}.app_{nth}", nth % makers))
            .collect::<Vec<_>>()
            .join(",")
    }

    #[test]
    fn lists_begin_where_they_should() {
        let cases = [
            (8, 4, Some(Named::Apps), Some(Evidence::AppList)),
            (8, 4, None, Some(Evidence::AppListDoubtful)),
            (8, 4, Some(Named::Device), Some(Evidence::AppListDoubtful)),
            (7, 4, Some(Named::Apps), None),
            (8, 3, Some(Named::Apps), None),
            (20, 8, None, Some(Evidence::AppListLong)),
            (19, 8, None, Some(Evidence::AppListDoubtful)),
            (20, 7, None, Some(Evidence::AppListDoubtful)),
        ];
        for (names, makers, named, evidence) in cases {
            let expected =
                evidence.map(|evidence| (IdentifierKind::AppList, names.to_string(), evidence));
            let text = listed(names, makers);
            assert_eq!(
                find(&text, named),
                expected,
                "{names} of {makers}, {named:?}"
            );
            // A name that is there twice is one.
            let twice = format!("{text} {text}");
            assert_eq!(
                find(&twice, named).map(|found| found.1),
                expected.map(|found| found.1)
            );
        }
        let named = format!("apps: {}", listed(8, 4));
        assert_eq!(
            find(&named, None).map(|found| found.2),
            Some(Evidence::AppList)
        );
    }

    #[test]
    fn package_names() {
        let longest = format!("com.{}", "a".repeat(96));
        for name in [
            "com.example",
            "com.example.app_2",
            "org.example.x",
            &longest,
        ] {
            assert!(is_package(name), "{name}");
        }
        let too_long = format!("{longest}a");
        for other in [
            "com",
            "com.",
            "com.example.",
            "com.2example",
            "com.Example",
            "com.exaMple",
            "java.util.list",
            "www.example.com",
            &too_long,
        ] {
            assert!(!is_package(other), "{other}");
        }
    }

    #[test]
    fn the_word_before_a_list() {
        let of = |text: &str| word_before(text, "com.example");
        for text in [
            "apps com.example",
            "list of apps: com.example",
            "1 installed-apps=com.example",
            "x\n\u{201c}apps\u{201d} com.example",
        ] {
            assert_eq!(of(text), Some(Named::Apps), "{text}");
        }
        assert_eq!(of("com.example"), None);
        assert_eq!(of("words com.example"), None);
    }
}
