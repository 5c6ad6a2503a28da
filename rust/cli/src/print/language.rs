//! Which language receipts are in.

use gasket_core::receipt::Language;

/// The language that somebody named.
///
/// # Errors
/// Which there are.
pub(crate) fn language(code: &str) -> Result<Language, String> {
    Language::of_tag(code).ok_or_else(|| {
        format!(
            "receipts are not written in this language; they are in {}",
            Language::codes()
        )
    })
}

/// The language that the environment asks for (POSIX, 8.2); English where there is none such.
pub(crate) fn by_environment() -> Language {
    by(|name| std::env::var(name).ok())
}

fn by(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    set.and_then(|tag| Language::of_tag(&tag))
        .unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let of = |set: &[(&str, &str)]| {
            by(|name| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
        let set = [("LC_ALL", ""), ("LC_MESSAGES", "de_DE"), ("LANG", "fr_FR")];
        assert_eq!(of(&set), Language::German);
        // C asks for no language, whatever stands behind it.
        assert_eq!(
            of(&[("LC_ALL", "C.UTF-8"), ("LANG", "fr")]),
            Language::English
        );
    }

    #[test]
    fn an_unknown_language_is_answered_with_those_there_are() {
        assert_eq!(language("nb-NO"), Ok(Language::Norwegian));
        let error = language("tlh").expect_err("no Klingon");
        for language in Language::ALL {
            assert!(error.contains(language.code()), "{error}");
        }
    }
}
