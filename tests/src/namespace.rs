//! Namespaces of one's own, for root and for others.

use std::process::Command;

/// Whether no user namespace is needed.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `unshare` (util-linux), to be given what shall run in new network, mount and PID namespaces that end with it.
#[must_use]
pub fn unshared() -> Command {
    let mut command = Command::new("unshare");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args([
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]);
    command
}
