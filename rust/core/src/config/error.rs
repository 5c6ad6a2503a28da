//! What is wrong with a config document, where, and what to do about it.

use std::error::Error;
use std::fmt;

use serde::de::IgnoredAny;

use crate::rules::nearest::nearest;

const WHOLE_DOCUMENT: &str = "The document must be one JSON object, as in {\"version\": 1}";

/// Why a config document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Line of the document, from 1.
    pub line: usize,
    /// Column in that line, in bytes, from 1; 0 where the line had not begun.
    pub column: usize,
    /// Path of the key: `apps.com.example`, `blocked_names[2]`; empty for the document itself.
    pub key: String,
    /// What was found there.
    pub problem: String,
    /// What was expected, and what to do.
    pub advice: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "config line {}, column {}", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, ", key \"{}\"", self.key)?;
        }
        write!(f, ": {}. {}", self.problem, self.advice)
    }
}

impl Error for ConfigError {}

impl ConfigError {
    pub(super) fn not_an_object() -> Self {
        Self {
            line: 1,
            column: 1,
            key: String::new(),
            problem: String::from("a list, where an object belongs"),
            advice: String::from(WHOLE_DOCUMENT),
        }
    }

    pub(super) fn new(text: &str, error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let key = if path == "." || path == "?" {
            String::new()
        } else {
            path
        };
        let told = inner.to_string();
        let position = format!(" at line {} column {}", inner.line(), inner.column());
        let problem = told.strip_suffix(&position).unwrap_or(&told);
        // To serde_json it is no JSON where anything but a string stands for one of several words.
        let is_wrong_word = !inner.is_data() && serde_json::from_str::<IgnoredAny>(text).is_ok();
        let problem = match is_wrong_word {
            true => String::from("no word, where one of several belongs"),
            false => problem.to_owned(),
        };
        let is_data = is_wrong_word || inner.is_data();
        let advice = if is_data {
            advice(&key, &problem)
        } else {
            String::from("The document must be one JSON object; check commas, quotes and brackets")
        };
        let (line, column) = if is_data && !key.is_empty() {
            end_of_value(text, inner.line(), inner.column())
        } else {
            (inner.line(), inner.column())
        };
        Self {
            line,
            column,
            key,
            problem,
            advice,
        }
    }
}

/// Where the value ends that was read when the reader stood at `line` and `column`: to know that a
/// number is over it reads on to the comma or bracket behind it, which may stand lines below.
fn end_of_value(text: &str, line: usize, column: usize) -> (usize, usize) {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
    let bytes = text.as_bytes();
    let read = bytes.get(..before + column).unwrap_or(bytes);
    let read = match read {
        [value @ .., b',' | b']' | b'}'] => value.trim_ascii_end(),
        _ => read.trim_ascii_end(),
    };
    let line_start = read
        .iter()
        .rposition(|&c| c == b'\n')
        .map_or(0, |lf| lf + 1);
    let lines_before = read.iter().filter(|&&c| c == b'\n').count();
    (lines_before + 1, read.len() - line_start)
}

/// What to write instead, by what serde says is wrong and where.
fn advice(key: &str, problem: &str) -> String {
    if problem.starts_with("unknown field") || problem.starts_with("unknown variant") {
        let mut quoted = problem.split('`').skip(1).step_by(2);
        let found = quoted.next().unwrap_or_default();
        return match nearest(found, quoted) {
            Some(name) => format!("Did you mean \"{name}\"?"),
            None => String::from("Remove it, or use one of the names above"),
        };
    }
    let top = key.split(['.', '[']).next().unwrap_or_default();
    let expected = match top {
        "version" => "Write \"version\": 1, the only version this build reads",
        "mtu" => "Write a whole number from 1280 to 65535, without quotes",
        "resolver_addresses" => "Write IP addresses without port, as in [\"10.111.222.2\"]",
        "dns_upstreams" => {
            "Write addresses with port, as in [\"192.0.2.53:53\", \"[2001:db8::53]:53\"]"
        }
        "default_mode" => "Write \"guard\", \"block\", \"watch\", \"trust\" or \"ask\"",
        "ask_seconds" => "Write a whole number from 0 to 60, without quotes",
        "apps" => {
            "Write each package once, as in {\"com.example\": \"block\"}: \
             guard, block, watch, trust or ask"
        }
        "uids" => {
            "Write each user id once, as in \
             {\"10123\": {\"packages\": [\"com.example\"], \"system\": false}}"
        }
        "blocked_names" => "Write bare host names, as in [\"tracker.example\"]",
        "rules" => {
            "Write each rule id once, with \"on\", \"block\", \"warn\", \"off\" or \"answer\""
        }
        "families" => {
            "Write each family once, with \"on\", \"block\", \"warn\", \"off\" or \"answer\""
        }
        "own_rules" => {
            "Write each name or range of addresses once, as in \
             {\"tracker.example\": \"block\", \"203.0.113.0/24\": \"warn\"}"
        }
        "rule_files" => "Write each file's name once, with its text: {\"my.yml\": \"title: …\"}",
        "identifiers" => "Write \"block\", \"warn\" or \"off\"",
        "known_identifiers" => {
            "Let `gasket identifiers` write it: {\"key_check\": …, \"values\": […]} of keyed hashes"
        }
        "hold_ports" => "Write port numbers from 1 to 65535, as in [80, 8080]",
        "beacons" => "Write \"off\", \"system\" (of apps that came with the phone) or \"all\"",
        "ipv6" | "report_flows" => "Write true or false, without quotes",
        _ if problem.starts_with("missing field `version`") => "Add \"version\": 1",
        _ => WHOLE_DOCUMENT,
    };
    String::from(expected)
}
