//! Which of two versions is higher, as Maven orders them.

use std::cmp::Ordering;

/// Orders two versions: `1.0-rc1` < `1.0` < `1.0.1` < `1.10`.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (tokens(a), tokens(b));
    let longest = a.len().max(b.len());
    (0..longest)
        .map(|at| rank(a.get(at)).cmp(&rank(b.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Number(u64),
    Word(String),
}

/// Splits at `.`, `-`, `_` and between digits and letters.
fn tokens(version: &str) -> Vec<Token> {
    let mut tokens: Vec<String> = Vec::new();
    let mut last = None;
    for c in version.chars() {
        let class = match c {
            '.' | '-' | '_' | '+' => None,
            c => Some(c.is_ascii_digit()),
        };
        if class.is_some() {
            match tokens.last_mut() {
                Some(token) if class == last => token.push(c),
                _ => tokens.push(c.to_string()),
            }
        }
        last = class;
    }
    let token = |token: String| match token.parse() {
        Ok(number) => Token::Number(number),
        Err(_) => Token::Word(token.to_ascii_lowercase()),
    };
    tokens.into_iter().map(token).collect()
}

/// Where a token stands; the absence of one is the release itself, the same as zero.
fn rank(token: Option<&Token>) -> (u8, u64, &str) {
    match token {
        None => (6, 0, ""),
        Some(Token::Number(number)) => (6, *number, ""),
        Some(Token::Word(word)) => match word.as_str() {
            "alpha" | "a" => (0, 0, ""),
            "beta" | "b" => (1, 0, ""),
            "milestone" | "m" => (2, 0, ""),
            "rc" | "cr" => (3, 0, ""),
            "snapshot" => (4, 0, ""),
            "ga" | "final" | "release" => (6, 0, ""),
            // `jre`, `android`, …: after the plain release, before the next number.
            other => (6, 0, other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_maven_orders_them() {
        let rising = [
            "0.9",
            "1.0-alpha01",
            "1.0-alpha02",
            "1.0-beta1",
            "1.0-rc01",
            "1.0",
            "1.0.1",
            "1.2.0-alpha05",
            "1.2.0",
            "1.10.0",
            "33.4.0-android",
            "33.4.0-jre",
            "33.6.0-jre",
        ];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
    }
}
