//! Which program holds a socket: the links in /proc/PID/fd (proc_pid_fd(5)).

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

/// Processes that are asked before all others.
const RECENT_MAX: usize = 8;

/// The processes that held what was asked about of late, the last one first. Who opens a connection has mostly
/// opened another before, and looking through all of /proc takes milliseconds.
#[derive(Debug, Default)]
pub(super) struct Holders {
    recent: VecDeque<u32>,
}

impl Holders {
    /// Name of a program that holds the socket with this inode, of several one that was found of late, or else the first by process id: the
    /// file name of its executable, or its `comm` where that cannot be read. A process of another user
    /// is readable for root only.
    pub(super) fn holding(&mut self, proc: &Path, inode: u64) -> Option<String> {
        let link = format!("socket:[{inode}]");
        let of = |pid: u32| proc.join(pid.to_string());
        let mut recent = self.recent.iter().copied();
        let found = recent.find(|pid| holds(&of(*pid), &link)).or_else(|| {
            let mut pids: Vec<u32> = fs::read_dir(proc)
                .ok()?
                .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
                .collect();
            pids.sort_unstable();
            pids.into_iter().find(|pid| holds(&of(*pid), &link))
        })?;
        self.recent.retain(|pid| *pid != found);
        self.recent.push_front(found);
        self.recent.truncate(RECENT_MAX);
        name(&of(found))
    }
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn who_held_one_before_is_asked_first() {
        let proc = std::env::temp_dir().join(format!("gasket-holders-{}", std::process::id()));
        for (pid, program, sockets) in [(100, "first", &[8][..]), (200, "second", &[7, 8])] {
            let process = proc.join(pid.to_string());
            fs::create_dir_all(process.join("fd")).unwrap();
            symlink(format!("/usr/bin/{program}"), process.join("exe")).unwrap();
            for socket in sockets {
                let descriptor = process.join("fd").join(socket.to_string());
                symlink(format!("socket:[{socket}]"), descriptor).unwrap();
            }
        }
        let mut holders = Holders::default();
        assert_eq!(holders.holding(&proc, 8).as_deref(), Some("first"));
        assert_eq!(holders.holding(&proc, 7).as_deref(), Some("second"));
        assert_eq!(holders.holding(&proc, 8).as_deref(), Some("second"));
        assert_eq!(holders.holding(&proc, 9), None);
        assert_eq!(holders.recent, [200, 100]);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!(holders.holding(&proc, 8), None);
    }
}
