//! What a process costs, by the kernel's own accounts (proc(5)).

use std::fs;
use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Clock ticks a second of `/proc/PID/stat`: the kernel's user-visible constant.
const TICKS: f64 = 100.0;

/// Of all threads of a process together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Processor time.
    pub(crate) cpu: Cpu,
    /// How often it went to sleep, and so was woken again.
    pub(crate) sleeps: u64,
    /// Resident memory in bytes.
    pub(crate) resident: u64,
    /// Of that, in bytes, what is its own: not read from its program's file or a library's, which the kernel can drop again.
    pub(crate) own: u64,
    /// Open descriptors.
    pub(crate) descriptors: u64,
}

impl Usage {
    /// Of the process `pid`.
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let folder = format!("/proc/{pid}");
        let mut sleeps = 0;
        for thread in fs::read_dir(format!("{folder}/task"))? {
            sleeps += sleeps_of(&thread?.path())?;
        }
        let memory = fs::read_to_string(format!("{folder}/smaps_rollup"))?;
        Ok(Self {
            cpu: Cpu::of(pid)?,
            sleeps,
            resident: field(&memory, "Rss:").unwrap_or(0) * 1024,
            own: field(&memory, "Anonymous:").unwrap_or(0) * 1024,
            descriptors: fs::read_dir(format!("{folder}/fd"))?.count() as u64,
        })
    }
}

/// How often the thread of this folder of `/proc` went to sleep; 0 for one that has ended since it was listed.
fn sleeps_of(thread: &Path) -> io::Result<u64> {
    match fs::read_to_string(thread.join("status")) {
        Ok(status) => Ok(field(&status, "voluntary_ctxt_switches:").unwrap_or(0)),
        // Its folder is gone, or was opened just before it went (proc(5)).
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => Ok(0),
        Err(error) => Err(error),
    }
}

/// Processor time of all threads of a process, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cpu {
    /// In the process's own code.
    pub(crate) user_s: f64,
    /// In the kernel, on its behalf.
    pub(crate) system_s: f64,
}

impl Cpu {
    /// Of the process `pid`.
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&stat).ok_or_else(|| io::Error::other("/proc/PID/stat is not as documented"))
    }

    /// From `/proc/PID/stat`, whose second field may hold spaces and brackets.
    fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace().skip(11);
        let mut seconds = || Some(fields.next()?.parse::<f64>().ok()? / TICKS);
        Some(Self {
            user_s: seconds()?,
            system_s: seconds()?,
        })
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            user_s: self.user_s - before.user_s,
            system_s: self.system_s - before.system_s,
        }
    }

    pub(crate) fn seconds(self) -> f64 {
        self.user_s + self.system_s
    }
}

/// The number after `name` at a line's beginning.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_times() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0";
        let cpu = Cpu::parse(stat).expect("times");
        assert_eq!((cpu.user_s, cpu.system_s), (2.5, 0.5));
        assert_eq!(cpu.since(cpu).seconds(), 0.0);
        assert_eq!(Cpu::parse("7 (a) S"), None);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t5\n";
        assert_eq!(field(status, "voluntary_ctxt_switches:"), Some(5));
        assert_eq!(field("Rss:   1234 kB\n", "Rss:"), Some(1234));
        assert_eq!(field("", "Rss:"), None);
    }

    #[test]
    fn this_process_has_memory_and_descriptors() {
        let usage = Usage::of(std::process::id()).expect("of ourselves");
        assert!(usage.resident > 100_000 && usage.descriptors >= 3);
        assert!(usage.own > 0 && usage.own < usage.resident);
    }

    #[test]
    fn threads_that_end_while_they_are_counted_do_not_matter() {
        std::thread::scope(|scope| {
            let counting = scope.spawn(|| {
                (0..200)
                    .map(|_| Usage::of(std::process::id()).map(drop))
                    .collect()
            });
            while !counting.is_finished() {
                scope.spawn(|| {}).join().expect("an empty thread");
            }
            let counted: io::Result<Vec<()>> = counting.join().expect("no panic");
            assert_eq!(counted.expect("of ourselves").len(), 200);
        });
    }
}
