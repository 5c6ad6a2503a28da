//! epoll(7) and eventfd(2).

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use super::check;

/// Events fetched by one wait.
const BATCH: usize = 256;

/// What to be told of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    /// As long as it can be read (level-triggered).
    Readable,
    /// Each time it becomes readable or writable (edge-triggered).
    Edges,
    /// Each time it becomes readable (edge-triggered). A socket for datagrams is called writable whenever one of
    /// them has left the device, which would be a wake-up for each that is sent.
    Arrivals,
}

/// What became of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Readiness {
    /// As registered.
    pub(crate) token: u64,
    /// Reading will not block.
    pub(crate) readable: bool,
    /// Writing will not block.
    pub(crate) writable: bool,
    /// The peer has ended its half, or there is an error to fetch.
    pub(crate) ended: bool,
}

/// An epoll instance.
pub(crate) struct Epoll {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer; the descriptor returned is new and owned by nobody else.
        let fd = unsafe {
            let fd = check(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Self {
            fd,
            events: vec![libc::epoll_event { events: 0, u64: 0 }; BATCH],
        })
    }

    /// Registers a descriptor. Closing it ends the registration.
    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        let events = match interest {
            Interest::Readable => libc::EPOLLIN,
            Interest::Edges => libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET,
            Interest::Arrivals => libc::EPOLLIN | libc::EPOLLET,
        };
        let mut event = libc::epoll_event {
            events: events as u32,
            u64: token,
        };
        // SAFETY: both descriptors are open for the call and `event` outlives it.
        check(unsafe {
            libc::epoll_ctl(
                self.fd.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                fd.as_raw_fd(),
                &raw mut event,
            )
        })?;
        Ok(())
    }

    /// Ends the registration of a descriptor that stays open.
    pub(crate) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        // SAFETY: both descriptors are open for the call; the event is ignored for this operation.
        check(unsafe {
            libc::epoll_ctl(
                self.fd.as_raw_fd(),
                libc::EPOLL_CTL_DEL,
                fd.as_raw_fd(),
                std::ptr::null_mut(),
            )
        })?;
        Ok(())
    }

    /// Waits until something is ready or `timeout` has passed (`None`: for as long as it takes),
    /// and appends what is ready to `ready`.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        ready: &mut Vec<Readiness>,
    ) -> io::Result<()> {
        let timeout = timeout.map_or(-1, |timeout| {
            // Rounded up: a wait that ends early would only be repeated.
            let ms = timeout.as_nanos().div_ceil(1_000_000);
            i32::try_from(ms).unwrap_or(i32::MAX)
        });
        // SAFETY: `events` is writable for as many entries as are announced.
        let count = check(unsafe {
            libc::epoll_wait(
                self.fd.as_raw_fd(),
                self.events.as_mut_ptr(),
                BATCH as i32,
                timeout,
            )
        });
        let count = match count {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            other => usize::try_from(other?).unwrap_or(0),
        };
        ready.extend(self.events.iter().take(count).map(|event| {
            let (events, token) = (event.events as i32, event.u64);
            let ended = events & (libc::EPOLLERR | libc::EPOLLHUP | libc::EPOLLRDHUP) != 0;
            Readiness {
                token,
                readable: events & libc::EPOLLIN != 0 || ended,
                writable: events & libc::EPOLLOUT != 0 || ended,
                ended,
            }
        }));
        Ok(())
    }
}

/// Wakes a thread that waits in [`Epoll::wait`], from any other.
pub(crate) struct Waker {
    file: File,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer; the descriptor returned is new and owned by nobody else.
        let fd = unsafe {
            let fd = check(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Self {
            file: File::from(fd),
        })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.file.as_fd()
    }

    pub(crate) fn wake(&self) {
        // The only failure is a counter at its limit, and then the thread is awake anyway.
        let _ = (&self.file).write(&1_u64.to_ne_bytes());
    }

    pub(crate) fn clear(&self) {
        let _ = (&self.file).read(&mut [0; 8]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    /// What epoll tells of a socket that sends a datagram and then gets one.
    fn told(interest: Interest) -> [Vec<Readiness>; 2] {
        let peer = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let (address, peer_address) = (socket.local_addr(), peer.local_addr());
        let mut epoll = Epoll::new().expect("epoll");
        epoll.add(socket.as_fd(), 7, interest).expect("added");
        let mut at_first = Vec::new();
        epoll
            .wait(Some(Duration::ZERO), &mut at_first)
            .expect("waited");
        socket
            .send_to(b"out", peer_address.expect("bound"))
            .expect("sent");
        // Only now it is certain that the kernel is done with it.
        peer.recv(&mut [0; 8]).expect("arrived");
        let mut after_sending = Vec::new();
        epoll
            .wait(Some(Duration::ZERO), &mut after_sending)
            .expect("waited");
        peer.send_to(b"in", address.expect("bound")).expect("sent");
        let mut after_an_arrival = Vec::new();
        epoll.wait(None, &mut after_an_arrival).expect("waited");
        [after_sending, after_an_arrival]
    }

    #[test]
    fn a_datagram_that_is_sent_wakes_nobody() {
        let [sent, arrived] = told(Interest::Arrivals);
        assert_eq!(sent, []);
        assert!(arrived[0].readable && arrived[0].token == 7, "{arrived:?}");
        let [sent, _] = told(Interest::Edges);
        assert!(sent[0].writable, "the control: {sent:?}");
    }
}
