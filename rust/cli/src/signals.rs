//! The signals that end a command, or are handed on to the program it runs.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;

use rustix::process::{Pid, PidfdFlags, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};

/// Hands SIGTERM and its like on to the process `pid` for as long as it lives.
pub(crate) fn forward_to(pid: u32) -> io::Result<()> {
    // A pidfd, because a number may belong to another process by the time a signal comes.
    let process = open_process(pid)?;
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for number in signals.forever() {
                // Typed at the terminal it went to the whole foreground group already.
                let typed = matches!(number, SIGINT | SIGQUIT) && is_foreground();
                if let Some(signal) = Signal::from_named_raw(number).filter(|_| !typed) {
                    // Fails only when the process has ended, which the waiting side sees.
                    let _ = rustix::process::pidfd_send_signal(&process, signal);
                }
            }
        })?;
    Ok(())
}

fn open_process(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("no such process id"))?;
    Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?)
}

fn is_foreground() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// SIGTERM and SIGINT, from now on: instead of ending the process they come out of
/// [`StopSignals::wait`].
pub(crate) struct StopSignals(Signals);

impl StopSignals {
    /// Begins to catch them.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self(Signals::new([SIGTERM, SIGINT])?))
    }

    /// Ends [`Self::wait`].
    pub(crate) fn handle(&self) -> Handle {
        self.0.handle()
    }

    /// Waits for one of them, or for the handle to be closed.
    pub(crate) fn wait(mut self) {
        self.0.forever().next();
    }
}
