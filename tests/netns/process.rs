//! Programs that a test watches while they run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::world::gasket;

/// A program that the test watches while it runs, and ends. What it writes to its standard error
/// (thousands of receipts, where many flows are reported) is shown only if the test fails.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("nsenter starts");
        let errors = Arc::new(Mutex::new(Vec::new()));
        let (sink, pipe) = (Arc::clone(&errors), child.stderr.take().expect("piped"));
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                sink.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        Self { child, errors }
    }

    /// The processes of `gasket` it consists of, the outermost first.
    pub(crate) fn gaskets(&self) -> Vec<Process> {
        self.processes(gasket())
    }

    /// Those of its processes that run `program`, the outermost first.
    pub(crate) fn processes(&self, program: &str) -> Vec<Process> {
        processes_of(self.child.id(), program)
    }

    /// What it has written to its standard error until now.
    pub(crate) fn said(&self) -> Vec<String> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.clone()
    }

    /// Ends it and whatever it started.
    pub(crate) fn end(mut self) {
        for process in family(self.child.id()) {
            process.signal("KILL");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            println!("it said:\n{}", errors.join("\n"));
        }
    }
}

/// Those of `first` and its descendants that run `program`, the outermost first.
pub(crate) fn processes_of(first: u32, program: &str) -> Vec<Process> {
    let runs_it = |process: &Process| {
        let executable = fs::read_link(format!("/proc/{}/exe", process.0));
        executable.is_ok_and(|path| path.file_name() == Path::new(program).file_name())
    };
    family(first).into_iter().filter(runs_it).collect()
}

/// A process by its number outside the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        // It may have ended by itself since it was found.
        let _ = kill
            .args(["-s", name, &self.0.to_string()])
            .stderr(Stdio::null())
            .status();
    }

    /// Whether it has ended, waited for or not.
    pub(crate) fn is_gone(&self) -> bool {
        state(self.0).is_none_or(|(state, _)| state == 'Z' || state == 'X')
    }

    pub(crate) fn wait_gone(&self) {
        let start = Instant::now();
        while !self.is_gone() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{self:?} does not end"
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Open descriptors.
    pub(crate) fn fds(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).map_or(0, Iterator::count)
    }

    /// Threads.
    pub(crate) fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.0)).map_or(0, Iterator::count)
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kb(&self) -> u64 {
        self.kb("VmRSS:")
    }

    /// Addresses in use, in KiB.
    pub(crate) fn addressed_kb(&self) -> u64 {
        self.kb("VmSize:")
    }

    fn kb(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap_or(0)
    }

    /// Sets one of its limits, as prlimit(1) writes it: `--nofile=40`.
    pub(crate) fn limit(&self, limit: &str) {
        let pid = self.0.to_string();
        let status = Command::new("prlimit")
            .args(["--pid", &pid, limit])
            .status();
        assert!(status.expect("prlimit starts").success(), "{limit}");
    }
}

/// `first` and its descendants, parents before children.
fn family(first: u32) -> Vec<Process> {
    let processes = processes();
    let mut family = vec![Process(first)];
    let mut at = 0;
    while let Some(&Process(parent)) = family.get(at) {
        let children = processes
            .iter()
            .filter(|(_, its_parent)| *its_parent == parent);
        family.extend(children.map(|(pid, _)| Process(*pid)));
        at += 1;
    }
    family
}

/// Every process with its parent.
fn processes() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, state(pid)?.1))).collect()
}

/// State and parent of a process: proc(5), /proc/PID/stat, behind the name in parentheses.
fn state(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
