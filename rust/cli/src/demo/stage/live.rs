//! The real engine, with real sockets to real servers, in a network namespace without a way out.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration as Wait, Instant as Clock};

use gasket_core::event::Event;
use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use gasket_core::{Duration, Instant};
use gasket_engine::Engine;
use gasket_engine::host::Host;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, eth};

use super::super::act::{Act, Claim};
use super::super::internet;
use super::super::phone::Phone;
use super::super::wire::{Observer, Wire};
use super::{Played, Stage, Way, config, owner};
use crate::namespace::{self, Netlink, interface_index};

/// How long an act may take.
const PATIENCE: Wait = Wait::from_secs(20);

/// Longest sleep while waiting for packets: how late an event may be noticed.
const LOOK: Duration = Duration::from_millis(20);

/// How long the last event may take after the app is done.
const LAST_EVENT: Wait = Wait::from_secs(2);

/// Longest packet on the loopback interface, segmentation offload included.
const PACKET_MAX: usize = 256 * 1024;

/// Plays on the machine's own network stack.
#[derive(Debug)]
pub(crate) struct Live {
    capture: OwnedFd,
    /// Sends to itself, to show how far the capture has come.
    marker: UdpSocket,
    marks: u32,
    served: Arc<Served>,
}

/// The connections that the fake internet has open. While there are some, their ends are still to
/// come over the wire.
#[derive(Debug, Default)]
struct Served {
    open: Mutex<usize>,
    changed: Condvar,
}

impl Served {
    fn change(&self, change: impl FnOnce(&mut usize)) {
        change(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits until all are over.
    fn wait(&self) -> Result<(), String> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, _) = self
            .changed
            .wait_timeout_while(open, LAST_EVENT, |open| *open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        match *open {
            0 => Ok(()),
            open => Err(format!(
                "{open} connections to the fake internet did not end"
            )),
        }
    }
}

impl Live {
    /// Moves this process into a namespace of its own and builds the fake internet there. The
    /// process must have one thread only.
    ///
    /// # Errors
    /// What stands in the way.
    pub(crate) fn open(acts: &[Act]) -> Result<Self, String> {
        namespace::enter()?;
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error: io::Error| namespace::missing(&what, &error)
        };
        let services = internet::services(acts);
        build_network(&services).map_err(failed("set the demo's network up"))?;
        let capture = rustix::net::socket_with(
            AddressFamily::PACKET,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(eth::IP),
        )
        .map_err(|error| failed("capture what reaches the fake internet")(error.into()))?;
        let served = Arc::new(Served::default());
        for (protocol, address) in services {
            serve(protocol, address, &served).map_err(failed(&format!("serve at {address}")))?;
        }
        let marker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| {
            socket.connect(socket.local_addr()?)?;
            Ok(socket)
        });
        Ok(Self {
            capture,
            marker: marker.map_err(failed("mark the capture"))?,
            marks: 0,
            served,
        })
    }

    /// All that was captured since the last call: sends a mark and reads until it comes.
    fn captured(&mut self) -> Result<Wire, String> {
        let failed = |error: io::Error| format!("the capture cannot be read: {error}");
        self.marks += 1;
        let mark = format!("mark {}", self.marks);
        self.marker.send(mark.as_bytes()).map_err(failed)?;
        let mut observer = Observer::default();
        let mut packet = vec![0; PACKET_MAX];
        let end = Clock::now() + LAST_EVENT;
        while Clock::now() < end {
            match rustix::net::recv(&self.capture, &mut packet[..], RecvFlags::empty()) {
                Ok((_, len)) => {
                    let packet = packet.get(..len).unwrap_or_default();
                    if packet.ends_with(mark.as_bytes()) {
                        return Ok(observer.into_wire());
                    }
                    let seen = observer.see(packet);
                    seen.map_err(|_| "the capture has a gap".to_owned())?;
                }
                Err(rustix::io::Errno::AGAIN) => {
                    wait_for(&self.capture, LOOK).map_err(failed)?;
                }
                Err(error) => return Err(failed(error.into())),
            }
        }
        Err("the capture lost its mark".to_owned())
    }
}

impl Stage for Live {
    fn play(&mut self, act: &Act, way: Way) -> Result<Played, String> {
        let failed = |error: io::Error| format!("the tunnel cannot be used: {error}");
        let config = config(way);
        let mtu = usize::from(config.mtu);
        // Whole packets, one a message: as a TUN gives them, without the right to make one.
        let (tunnel, engines) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            None,
        )
        .map_err(|error| failed(error.into()))?;
        let host = Arc::new(FakePhone { owner: owner(act) });
        let engine = Engine::start(
            host,
            engines,
            config,
            gasket_core::rules::Pack::embedded(),
            Some(crate::places::embedded()),
        )
        .map_err(|error| error.to_string())?;
        if let Some(trigger) = act.trigger {
            engine.device_event(trigger);
        }
        let (mut events, answer, attempts) =
            converse(act, mtu, &tunnel, &engine).map_err(failed)?;
        if events.is_empty() && way != Way::Unfiltered && act.claim != Claim::Arrives {
            events.extend(engine.next_events(LAST_EVENT));
        }
        // Once its thread is joined nothing can be sent any more: the capture is complete.
        events.extend(engine.stop());
        self.served.wait()?;
        Ok(Played {
            events,
            wire: self.captured()?,
            answer,
            attempts,
        })
    }
}

/// Moves packets between phone and engine until the app is done.
fn converse(
    act: &Act,
    mtu: usize,
    tunnel: &OwnedFd,
    engine: &Engine,
) -> io::Result<(Vec<Event>, Vec<u8>, usize)> {
    let started = Clock::now();
    let now = || Instant::from_micros(started.elapsed().as_micros() as i64);
    let mut phone = Phone::new(now(), mtu, act);
    let (mut events, mut answer) = (Vec::new(), Vec::new());
    let mut packet = vec![0; PACKET_MAX];
    loop {
        phone.go_on(now(), act, &mut answer);
        while let Some(packet) = phone.next_packet() {
            // A full queue loses packets, as a TUN's does; the stacks send them again.
            match rustix::net::send(tunnel, &packet, SendFlags::NOSIGNAL) {
                Ok(_) | Err(rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        events.extend(engine.next_events(Wait::ZERO));
        if phone.is_done() || super::is_settled(act, &events) {
            return Ok((events, answer, phone.attempts()));
        }
        if started.elapsed() > PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let at = now();
        let wait = phone.poll_at(at).map_or(LOOK, |due| due - at.min(due));
        wait_for(tunnel, wait.min(LOOK))?;
        loop {
            match rustix::net::recv(tunnel, &mut packet[..], RecvFlags::empty()) {
                Ok((_, 0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((_, len)) => phone.deliver(packet.get(..len).unwrap_or_default()),
                Err(rustix::io::Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Waits until `descriptor` can be read, or for so long.
fn wait_for(descriptor: &OwnedFd, wait: Duration) -> io::Result<()> {
    let mut poll = [PollFd::new(descriptor, PollFlags::IN)];
    let wait = Timespec {
        tv_sec: wait.secs() as i64,
        tv_nsec: (wait.total_micros() % 1_000_000 * 1000) as i64,
    };
    match rustix::event::poll(&mut poll, Some(&wait)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The platform: one app, and a network where nothing needs protection from the tunnel.
struct FakePhone {
    owner: Owner,
}

impl Host for FakePhone {
    fn protect(&self, _: BorrowedFd<'_>) -> bool {
        true
    }

    fn owner(&self, _: Protocol, _: SocketAddr, _: SocketAddr) -> Option<Owner> {
        Some(self.owner.clone())
    }
}

/// Gives the loopback interface the fake internet's addresses.
fn build_network(services: &[(Protocol, SocketAddr)]) -> io::Result<()> {
    let mut netlink = Netlink::open()?;
    let loopback = interface_index("lo")?;
    netlink.bring_up(loopback, None)?;
    let mut addresses: Vec<IpAddr> = services.iter().map(|(_, address)| address.ip()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        netlink.add_address(loopback, address, 32)?;
    }
    Ok(())
}

/// Serves on a thread for as long as the process lives.
fn serve(protocol: Protocol, address: SocketAddr, served: &Arc<Served>) -> io::Result<()> {
    if protocol == Protocol::Tcp {
        let listener = TcpListener::bind(address)?;
        let served = Arc::clone(served);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.change(|open| *open += 1);
                // A client that is gone needs no answer.
                let _ = answer_stream(stream, address);
                served.change(|open| *open -= 1);
            }
        });
    } else {
        let socket = UdpSocket::bind(address)?;
        thread::spawn(move || {
            let mut buffer = vec![0; PACKET_MAX];
            while let Ok((len, client)) = socket.recv_from(&mut buffer) {
                let received = buffer.get(..len).unwrap_or_default();
                if let Some(answer) = internet::answer(protocol, address, received) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
    }
    Ok(())
}

fn answer_stream(mut stream: TcpStream, address: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            len => received.extend_from_slice(buffer.get(..len).unwrap_or_default()),
        }
        if let Some(answer) = internet::answer(Protocol::Tcp, address, &received) {
            stream.write_all(&answer)?;
            stream.shutdown(Shutdown::Write)?;
            break;
        }
    }
    // Until the client has ended, too.
    io::copy(&mut stream, &mut io::sink()).map(drop)
}
