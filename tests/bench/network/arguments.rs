//! The orchestrator's command line.

use std::path::PathBuf;

/// How one help text puts it.
const USAGE: &str = "\
network-bench --gasket FILE [--tun2proxy FILE] [--json FILE] [--document FILE] [--quick] [--only PART]…
  --gasket     the `gasket` to measure
  --tun2proxy  where tun2proxy-bin is; without it that engine is reported as missing
  --json       write the figures there
  --document   write the section of docs/PERFORMANCE.md there; whole runs only
  --quick      shorter and fewer: noisier
  --only       only figures whose name contains PART";

/// What to measure, with what, and where to put it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) gasket: PathBuf,
    pub(crate) tun2proxy: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) document: Option<PathBuf>,
    pub(crate) is_quick: bool,
    pub(crate) only: Vec<String>,
}

impl Arguments {
    /// Whether the figures of the task called `name` are wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Reads the words after the program's name.
///
/// # Errors
/// What is wrong, and what would be right.
pub(crate) fn read(words: &[&str]) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            let value = words.next().copied();
            value.ok_or_else(|| format!("{word} needs a value\n{USAGE}"))
        };
        match *word {
            "--gasket" => arguments.gasket = value()?.into(),
            "--tun2proxy" => arguments.tun2proxy = Some(value()?.into()),
            "--json" => arguments.json = Some(value()?.into()),
            "--document" => arguments.document = Some(value()?.into()),
            "--only" => arguments.only.push(value()?.to_owned()),
            "--quick" => arguments.is_quick = true,
            other => return Err(format!("cannot read `{other}`\n{USAGE}")),
        }
    }
    if arguments.gasket.as_os_str().is_empty() {
        return Err(format!("--gasket is missing\n{USAGE}"));
    }
    if arguments.document.is_some() && (arguments.is_quick || !arguments.only.is_empty()) {
        return Err(String::from(
            "a document is written by whole runs only: drop --quick and --only",
        ));
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_takes_a_whole_run() {
        assert!(read(&["--gasket", "g", "--document", "d"]).is_ok());
        assert!(read(&["--gasket", "g", "--document", "d", "--quick"]).is_err());
        assert!(read(&["--gasket", "g", "--document", "d", "--only", "up"]).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert!(read(&[]).is_err_and(|why| why.contains("--gasket is missing")));
        assert!(read(&["--gasket"]).is_err_and(|why| why.contains("needs a value")));
        assert!(read(&["--fast"]).is_err_and(|why| why.contains("`--fast`")));
    }

    #[test]
    fn only_narrows_by_part_of_the_name() {
        let all = read(&["--gasket", "g"]).expect("good");
        assert!(all.wants("down1@1500"));
        let some = read(&["--gasket", "g", "--only", "down", "--only", "echo"]).expect("good");
        assert!(some.wants("down1@1500") && some.wants("echo64") && !some.wants("up1@1500"));
    }
}
