//! Our readers beside those that others wrote: the same bytes, the same meaning. Nothing is sent over any network.

mod dns;
mod http;

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The interpreter that Debian's packages of Python are for.
const PYTHON: &str = "/usr/bin/python3";

/// A script of this folder; `None`, and said so, where what it needs is missing.
fn script(test: &str, name: &str, needs: &str) -> Option<Command> {
    let mut probe = Command::new(PYTHON);
    let has_all = probe.args(["-c", &format!("import {needs}")]).output();
    if !has_all.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {test}: no Python at {PYTHON} with {needs}"
        );
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/py");
    let mut command = Command::new(PYTHON);
    command.arg(folder.join(name));
    Some(command)
}
