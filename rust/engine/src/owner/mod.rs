//! Who owns a socket, on Linux: the kernel's socket tables name the inode and the user, and /proc
//! names the program that holds the inode open.

mod diag;
mod program;
pub mod tables;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;

use diag::Diag;
use program::Holders;

/// Programs remembered by inode at most: one entry is about 100 bytes, and a UDP socket asked about
/// for each of its flows is what the cache is for.
const CACHED_MAX: usize = 1024;

/// How long a program found for an inode is believed. Bounded because a socket may outlive `execve`.
const FOUND_KEPT: Duration = Duration::from_secs(60);

/// How long it is believed that no readable process holds an inode. A scan of /proc takes
/// milliseconds, and an app that retries must not cause one each time.
const MISSED_KEPT: Duration = Duration::from_secs(2);

/// A socket as the kernel lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketEntry {
    /// The user who made the socket.
    pub uid: u32,
    /// Its inode, as in the link `socket:[INODE]`; never 0.
    pub inode: u64,
}

/// Opens a socket that asks about sockets of the network namespace it is opened in
/// (`NETLINK_SOCK_DIAG`, sock_diag(7)), and goes on doing so wherever it is passed to.
///
/// # Errors
/// What socket(2) and setsockopt(2) say.
pub fn open_diag_socket() -> io::Result<OwnedFd> {
    crate::sys::open_sock_diag()
}

/// Answers who owns the socket at the near end of a flow.
#[derive(Debug)]
pub struct LinuxOwners {
    diag: Option<Mutex<Diag>>,
    tables: Option<PathBuf>,
    programs: Mutex<Programs>,
}

impl LinuxOwners {
    /// Asks `diag`, a socket of [`open_diag_socket`] opened in the network namespace of the apps;
    /// where that is missing, fails or finds nothing, reads the text tables in the directory
    /// `tables`: `/proc/PID/net` of any process in that namespace.
    #[must_use]
    pub fn new(diag: Option<OwnedFd>, tables: Option<PathBuf>) -> Self {
        Self {
            diag: diag.map(|socket| Mutex::new(Diag::new(socket))),
            tables,
            programs: Mutex::default(),
        }
    }

    /// The owner of the socket bound to `source` and talking to `destination`, or, for UDP, bound to
    /// `source` and not connected; `None` if there is none, or it is closed, or the flow is ICMP.
    /// `packages` holds the program's name. Without that the owner is unknown, too: the user alone says
    /// nothing of which program it is, and an owner without packages passes for one that is not blocked.
    /// The uid is as seen from the user namespace that `diag` was opened in.
    ///
    /// Blocks for a scan of /proc, some milliseconds.
    #[must_use]
    pub fn owner(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Owner> {
        let (source, destination) = (canonical(source), canonical(destination));
        if source.is_ipv4() != destination.is_ipv4() {
            return None;
        }
        let socket = self
            .ask_diag(protocol, source, destination)
            .or_else(|| tables::look_up(self.tables.as_deref()?, protocol, source, destination))?;
        let program = lock(&self.programs).name(socket.inode, Instant::now())?;
        Some(Owner {
            uid: socket.uid,
            packages: vec![program],
            system: false,
        })
    }

    fn ask_diag(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<SocketEntry> {
        let mut diag = lock(self.diag.as_ref()?);
        diag.look_up(protocol, source, destination)
            .unwrap_or_else(|error| {
                log::debug!("sock_diag does not answer: {error}");
                None
            })
    }
}

/// Names of programs by the inode of a socket they hold.
#[derive(Debug, Default)]
struct Programs {
    by_inode: BTreeMap<u64, (Option<String>, Instant)>,
    /// Inodes in the order they were learnt, one for each entry.
    order: VecDeque<u64>,
    holders: Holders,
}

impl Programs {
    fn name(&mut self, inode: u64, now: Instant) -> Option<String> {
        if let Some((name, until)) = self.by_inode.get(&inode)
            && now < *until
        {
            return name.clone();
        }
        let name = self.holders.holding(Path::new("/proc"), inode);
        self.insert(inode, name.clone(), now);
        name
    }

    fn insert(&mut self, inode: u64, name: Option<String>, now: Instant) {
        let kept = if name.is_some() {
            FOUND_KEPT
        } else {
            MISSED_KEPT
        };
        if self.by_inode.insert(inode, (name, now + kept)).is_none() {
            self.order.push_back(inode);
        }
        if self.order.len() > CACHED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_inode.remove(&oldest);
        }
    }
}

/// The address without scope, and as IPv4 if it is IPv4-mapped: what the packet says, whatever kind
/// of socket sent it.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is a cache or a socket that skips stale replies: fit for use after a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
