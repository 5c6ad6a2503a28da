//! Which mutants there are: cargo-mutants' own list.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::root;

/// The version whose list the figures in docs/TESTING.md are of.
const VERSION: &str = "27.1.0";

/// A change of the source that a test is to notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mutant {
    /// From the root of the workspace.
    pub(super) file: String,
    /// What is changed, and in which function: `replace == with != in Header::parse`.
    pub(super) what: String,
    pub(super) kind: Kind,
    /// First character of what is replaced, and the one after its last.
    pub(super) span: (Place, Place),
    pub(super) replacement: String,
}

/// A line and a column, in characters, both from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// cargo-mutants' genres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Arm,
    Binary,
    Body,
    Field,
    Guard,
    Unary,
}

/// The mutants of the files that match one of `globs`, installing cargo-mutants if it is not there.
pub(super) fn read(globs: &[&str]) -> Result<Vec<Mutant>, String> {
    let program = installed()?;
    let mut list = Command::new(program);
    list.args(["mutants", "--list", "--json", "--package", "gasket-core"]);
    for glob in globs {
        list.args(["--file", glob]);
    }
    let output = list.current_dir(root()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cargo-mutants: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo-mutants --list: {}", output.status));
    }
    let listed: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo-mutants --list --json: {error}"))?;
    let listed = listed.as_array().ok_or("cargo-mutants listed no array")?;
    let read = |one| Mutant::read(one).ok_or_else(|| format!("cannot read the mutant {one}"));
    listed.iter().map(read).collect()
}

fn installed() -> Result<std::path::PathBuf, String> {
    let folder = root().join("target/mutants/tools");
    let program = folder.join("bin/cargo-mutants");
    let is_there = |program: &Path| {
        let output = Command::new(program)
            .args(["mutants", "--version"])
            .output();
        output.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(VERSION))
    };
    if !is_there(&program) {
        let mut install = crate::cargo();
        install.args(["install", "--locked", "cargo-mutants", "--version", VERSION]);
        install.arg("--root").arg(&folder);
        let status = install.status().map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("cargo install cargo-mutants: {status}"));
        }
    }
    Ok(program)
}

impl Mutant {
    fn read(listed: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let place = |value: &Value| {
            let number = |name: &str| usize::try_from(value[name].as_u64()?).ok();
            Some(Place {
                line: number("line")?,
                column: number("column")?,
            })
        };
        // `FILE:LINE:COLUMN: WHAT`
        let what = listed["name"].as_str()?.split_once(": ")?.1.to_owned();
        Some(Self {
            file: text(&listed["file"])?,
            what,
            kind: match listed["genre"].as_str()? {
                "MatchArm" => Kind::Arm,
                "BinaryOperator" => Kind::Binary,
                "FnValue" => Kind::Body,
                "StructField" => Kind::Field,
                "MatchArmGuard" => Kind::Guard,
                "UnaryOperator" => Kind::Unary,
                _ => return None,
            },
            span: (
                place(&listed["span"]["start"])?,
                place(&listed["span"]["end"])?,
            ),
            replacement: text(&listed["replacement"])?,
        })
    }

    /// The first line of what is replaced, with that part in brackets: says where it is, whatever lines come before.
    pub(super) fn marked(&self, source: &str) -> String {
        let (start, end) = self.span;
        let line = source.lines().nth(start.line - 1).unwrap_or_default();
        let column = |column: usize| {
            let after = line.char_indices().nth(column - 1);
            after.map_or(line.len(), |(at, _)| at)
        };
        let from = column(start.column);
        let to = if end.line == start.line {
            column(end.column).max(from)
        } else {
            line.len()
        };
        let marked = format!("{}⟦{}⟧{}", &line[..from], &line[from..to], &line[to..]);
        marked.trim().to_owned()
    }

    /// The source with the change made.
    pub(super) fn applied(&self, source: &str) -> String {
        let (start, end) = (offset(source, self.span.0), offset(source, self.span.1));
        format!("{}{}{}", &source[..start], self.replacement, &source[end..])
    }
}

/// Where in the text a place is, in bytes.
pub(super) fn offset(source: &str, place: Place) -> usize {
    let lines = source.split_inclusive('\n').take(place.line - 1);
    let before: usize = lines.map(str::len).sum();
    let line = &source[before..];
    let within = line.char_indices().nth(place.column - 1);
    before + within.map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_mutant_is_read_marked_and_applied() {
        let listed = serde_json::json!({
            "file": "a.rs", "name": "a.rs:2:8: replace > with == in f", "genre": "BinaryOperator",
            "replacement": "==",
            "span": {"start": {"line": 2, "column": 8}, "end": {"line": 2, "column": 9}},
        });
        let mutant = Mutant::read(&listed).expect("a mutant");
        assert_eq!(mutant.what, "replace > with == in f");
        let source = "fn f() {\n    é  > 0;\n}\n";
        assert_eq!(mutant.marked(source), "é  ⟦>⟧ 0;");
        assert_eq!(mutant.applied(source), "fn f() {\n    é  == 0;\n}\n");
    }
}
