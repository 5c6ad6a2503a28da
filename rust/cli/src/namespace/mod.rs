//! A network namespace of one's own: what `run` puts a program into, and `demo` itself.

mod netlink;
mod obstacle;

use std::fs;
use std::io;

use rustix::mount::MountPropagationFlags;
use rustix::thread::UnshareFlags;

pub(crate) use netlink::{Netlink, interface_index};
pub(crate) use obstacle::tun_device;

/// Moves this process, which must have one thread only, into a new network namespace; into new mount
/// and, without root, user namespaces, too, so that it may do there as it likes.
///
/// # Errors
/// What stands in the way on this machine, and how to change it.
pub(crate) fn enter() -> Result<(), String> {
    let uid = rustix::process::geteuid();
    let gid = rustix::process::getegid();
    let root = uid.is_root();
    let missing = |step: &str, error: io::Error| missing(step, &error);
    let mut flags = UnshareFlags::NEWNET | UnshareFlags::NEWNS;
    if !root {
        flags |= UnshareFlags::NEWUSER;
    }
    unshare(flags).map_err(|error| missing("make a network namespace", error))?;
    if !root {
        // Without this a user could drop groups that deny access (user_namespaces(7)).
        let maps = [
            ("setgroups", "deny".to_owned()),
            // The process keeps its own user: files and `id` look as ever.
            ("uid_map", format!("{0} {0} 1", uid.as_raw())),
            ("gid_map", format!("{0} {0} 1", gid.as_raw())),
        ];
        for (file, text) in maps {
            fs::write(format!("/proc/self/{file}"), text)
                .map_err(|error| missing("keep your user in the new namespace", error))?;
        }
    }
    rustix::mount::mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .map_err(|error| missing("keep the namespace's mounts to itself", error.into()))
}

/// Why `step`, which needs rights in a namespace of one's own, failed with `error`.
pub(crate) fn missing(step: &str, error: &io::Error) -> String {
    let root = rustix::process::geteuid().is_root();
    obstacle::namespaces(step, error, root, obstacle::kernel_setting)
}

#[expect(
    deprecated,
    reason = "the successor is unsafe for CLONE_FILES' sake, which is never passed here"
)]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    Ok(rustix::thread::unshare(flags)?)
}
