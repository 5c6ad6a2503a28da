//! Where the phone-in-a-box tests run: a network of their own, with tunnels for the phone's apps on one
//! side and a fake internet without a way out on the other.

use std::path::Path;

use super::error::Result;
use super::tool::Tool;

/// Tunnels handed out: for each of three framework versions one that stays, five of which four are torn
/// down, and two for what tests the path.
const TUNNELS: u32 = 22;

/// Addresses of the fake internet: that of the founding leak, and others that nobody has (RFC 5737).
const ADDRESSES: &str = "42.99.2.15 203.0.113.20 203.0.113.21 192.0.2.80";

/// Sets the fake internet up and goes on with the launcher of `tests/bridge`.
const SCRIPT: &str = r#"set -e
ip link set lo up
for address in $ADDRESSES; do ip address add "$address/32" dev lo; done
exec python3 "$LAUNCHER" "$NAMESPACE" "$TUNNELS" "$@""#;

/// The same program inside such a network; unchanged where none can be made. Its tests see that by the
/// missing variable `TUNS`, and are skipped.
pub(super) fn around(program: Tool, folder: &Path) -> Tool {
    if !are_possible() {
        println!("no namespaces or no /dev/net/tun here: what needs them is skipped");
        return program;
    }
    let mut inside = unshare();
    inside
        .env("ADDRESSES", ADDRESSES)
        .env("LAUNCHER", crate::root().join("tests/bridge/launch.py"))
        .env("NAMESPACE", folder.join("namespace"))
        .env("TUNNELS", TUNNELS.to_string())
        .env("TWINS", "wanted")
        .args(["sh", "-c", SCRIPT, "surroundings"]);
    program.run_by(inside)
}

fn are_possible() -> bool {
    let tun = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/net/tun");
    let namespaces: Result<String> = unshare().arg("true").run();
    tun.is_ok() && namespaces.is_ok()
}

fn unshare() -> Tool {
    let mut unshare = Tool::new("unshare");
    unshare.args(["--net", "--mount"]);
    if !crate::packages::is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare
}
