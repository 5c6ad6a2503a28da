//! Rust source without comments and literals, for checks on words.

/// `source` with every comment, string and character literal replaced by a space. Lines are kept.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = skip(rest, code.chars().last());
        let taken = if skipped > 0 {
            code.push(' ');
            code.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
            skipped
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    code
}

/// Whether `code` has `word` as a word of its own.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !is_word(c)).any(|found| found == word)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of the comment or literal at the start of `rest`; 0 where there is none.
fn skip(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return string(rest);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if rest.starts_with('r') && !before.is_some_and(|c| is_word(c) && c != 'b' && c != 'c') {
        return raw_string(rest);
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal, told from a lifetime by its closing quote.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            chars.next();
            chars
                .find(|&(_, c)| c == '\'')
                .map_or(rest.len(), |(at, _)| at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].bytes().take_while(|&b| b == b'#').count();
    let body = 1 + hashes + 1;
    if rest.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    rest[body..]
        .find(&close)
        .map_or(rest.len(), |at| body + at + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_comments_and_literals_do_not_count() {
        let source = r##"
            // unsafe in a line
            /* unsafe /* nested unsafe */ still unsafe */
            let a = "unsafe \" unsafe"; let b = r#"unsafe " unsafe"#; let c = b"unsafe";
            let d = '"'; let e = '\''; let f: &'static str = "unsafe";
            #![forbid(unsafe_code)]
        "##;
        assert!(
            !has_word(&code_only(source), "unsafe"),
            "{}",
            code_only(source)
        );
    }

    #[test]
    fn words_in_code_count() {
        for source in [
            "unsafe { f() }",
            "fn g<'a>(x: &'a str) { unsafe { f(x) } }",
            "let q = '\"'; unsafe { f(q) }",
            "let q = \"//\"; unsafe { f(q) }",
            "let r = r\"\\\"; unsafe { f(r) }",
        ] {
            assert!(has_word(&code_only(source), "unsafe"), "{source}");
        }
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(code_only("a /* \n\n */ b").lines().count(), 3);
    }
}
