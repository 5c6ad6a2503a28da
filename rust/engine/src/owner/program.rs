//! Which program holds a socket: the links in /proc/PID/fd (proc_pid_fd(5)).

use std::fs;
use std::path::Path;

/// Name of the first program, by process id, that holds the socket with this inode: the file name of
/// its executable, or its `comm` where that cannot be read. A process of another user is readable
/// for root only.
pub(super) fn holding(proc: &Path, inode: u64) -> Option<String> {
    let link = format!("socket:[{inode}]");
    let mut pids: Vec<u32> = fs::read_dir(proc)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids.into_iter()
        .map(|pid| proc.join(pid.to_string()))
        .find(|process| holds(process, &link))
        .and_then(|process| name(&process))
}

fn holds(process: &Path, link: &str) -> bool {
    // A process that has ended meanwhile, or is not ours to read, holds nothing as far as is known.
    fs::read_dir(process.join("fd"))
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == link))
}

fn name(process: &Path) -> Option<String> {
    // The kernel's note on an executable that was replaced or removed since.
    const DELETED: &str = " (deleted)";

    if let Ok(executable) = fs::read_link(process.join("exe"))
        && let Some(name) = executable.file_name()
    {
        let name = name.to_string_lossy();
        return Some(name.strip_suffix(DELETED).unwrap_or(&name).to_owned());
    }
    let comm = fs::read_to_string(process.join("comm")).ok()?;
    Some(comm.trim_end().to_owned())
}
