//! Lines of text that fit.

/// Columns of text that people read, where the terminal has no fewer.
pub(crate) const WIDTH: usize = 96;

/// Breaks each line of `text` so that with `indent` before it it fits into `columns`: at spaces, and between Chinese
/// characters. What has neither stays whole.
pub(crate) fn fold(text: &str, indent: &str, columns: usize) -> String {
    let room = columns.saturating_sub(indent.len());
    let mut folded = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for piece in pieces(paragraph) {
            if !line.trim_end().is_empty() && width(&line) + width(piece.trim_end()) > room {
                folded.push(format!("{indent}{}", line.trim_end()));
                line.clear();
            }
            line.push_str(piece);
        }
        folded.push(format!("{indent}{line}").trim_end().to_owned());
    }
    folded.join("\n")
}

/// Columns that `text` takes on a terminal (Unicode TR 11, as far as receipts need it).
pub(crate) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            // Isolates, and the vowel signs of Arabic.
            '\u{2066}'..='\u{2069}' | '\u{64b}'..='\u{65f}' => 0,
            c if is_wide(c) => 2,
            _ => 1,
        })
        .sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}')
}

/// The text in pieces before each of which a line may break, with the spaces at their ends.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let may_break = before.is_some_and(|before| {
            (before == ' ' && c != ' ')
                || (is_wide(before) && !opens(before) && c != ' ' && !closes(c))
                || (is_wide(c) && !closes(c) && !opens(before) && before != ' ')
        });
        if may_break {
            pieces.extend(text.get(start..at));
            start = at;
        }
        before = Some(c);
    }
    pieces.extend(text.get(start..));
    pieces
}

/// What no line begins with.
fn closes(c: char) -> bool {
    "，。、：；！？）」』”’%,.;:!?)".contains(c)
}

/// What no line ends with.
fn opens(c: char) -> bool {
    "（「『“‘(".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(fold("one two three", "  ", 9), "  one two\n  three");
        assert_eq!(fold("one\ntwo", "", 9), "one\ntwo");
        assert_eq!(
            fold("a incomprehensibilities b", "", 5),
            "a\nincomprehensibilities\nb"
        );
        assert_eq!(fold("a\n\nb", " ", 5), " a\n\n b");
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_stop() {
        let text = "手机解锁 3 秒后，com.example.app 试图发送。";
        for columns in 8..40 {
            for line in fold(text, "", columns).lines() {
                assert!(
                    width(line) <= columns || line.starts_with("com"),
                    "{columns}: {line}"
                );
                assert!(!line.starts_with(['，', '。', ' ']), "{columns}: {line}");
            }
        }
        let joined: String = fold(text, "", 8).lines().collect();
        assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
    }
}
