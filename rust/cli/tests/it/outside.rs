//! A network of the tests' own, with a server in it: what stands for the internet outside the
//! tunnel. Nothing here touches the machine's network.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server's address (RFC 5737) in the network outside.
pub(crate) const SERVER: &str = "198.51.100.7";

/// The network and what has arrived at its server.
pub(crate) struct Outside {
    arrived: Arc<Mutex<Vec<String>>>,
}

impl Outside {
    /// Runs `test` on a thread that is in a network namespace of its own. Where that, or a tool it
    /// needs, is not to be had, says so and passes.
    pub(crate) fn with(test: impl FnOnce(&Self) + Send) {
        let outcome = thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let outside = match Self::new() {
                    Ok(outside) => outside,
                    Err(why) => return eprintln!("SKIPPED: {why}"),
                };
                test(&outside);
            });
            thread.join()
        });
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    fn new() -> Result<Self, String> {
        if std::fs::File::options()
            .write(true)
            .open("/dev/net/tun")
            .is_err()
        {
            return Err("no /dev/net/tun for this user".to_owned());
        }
        unshare_network().map_err(|error| format!("no network namespace (not root?): {error}"))?;
        for tool in ["ip", "curl", "bash"] {
            let there = Command::new(tool).arg("--help").output().is_ok();
            there.then_some(()).ok_or(format!("no {tool} here"))?;
        }
        let outside = Self {
            arrived: Arc::default(),
        };
        outside.ip("link set lo up");
        outside.ip(&format!("addr add {SERVER}/32 dev lo"));
        outside.serve();
        Ok(outside)
    }

    /// `ip` with these arguments, here.
    pub(crate) fn ip(&self, arguments: &str) {
        let output = Command::new("ip").args(arguments.split(' ')).output();
        let output = output.expect("ip runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ip {arguments}: {error}");
    }

    /// Whether somebody is attached to the TUN interface.
    pub(crate) fn is_held(&self, interface: &str) -> bool {
        // Not from /sys, which shows the network it was mounted in.
        let output = Command::new("ip")
            .args(["-o", "link", "show", interface])
            .output();
        !String::from_utf8_lossy(&output.expect("ip runs").stdout).contains("NO-CARRIER")
    }

    /// A `gasket` that runs here, to its end.
    pub(crate) fn gasket(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_gasket"))
            .args(arguments)
            .env("LC_ALL", "C")
            .output()
            .expect("gasket starts")
    }

    /// A `gasket` that runs here.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_gasket"))
            .args(arguments)
            .env("LC_ALL", "C")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gasket starts")
    }

    /// Waits for the line `ready` (if any), sends SIGTERM, waits for the end.
    pub(crate) fn end_with_signal(&self, mut child: Child, ready: &str) -> Output {
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut said = String::new();
        while !ready.is_empty() && !said.contains(ready) {
            let length = stdout.read_line(&mut said).expect("text");
            assert_ne!(length, 0, "it ended before it was ready: {said}");
        }
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
        stdout.read_to_string(&mut said).expect("text");
        let mut output = child.wait_with_output().expect("ended");
        output.stdout = said.into_bytes();
        output
    }

    /// The requests that have arrived since the last call, connections without one as `""`.
    pub(crate) fn arrived(&self) -> Vec<String> {
        std::mem::take(&mut *self.arrived.lock().expect("no panic before"))
    }

    /// An HTTP server that notes what it gets and says `served`.
    fn serve(&self) {
        let listener = TcpListener::bind((SERVER, 80)).expect("port 80 is free here");
        let arrived = Arc::clone(&self.arrived);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    request.extend(byte);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                arrived.lock().expect("no panic before").push(request);
                let answer =
                    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nserved";
                let _ = stream.write_all(answer.as_bytes());
            }
        });
    }

    /// A DNS server that knows one address for every name, the server's.
    pub(crate) fn dns_server(&self) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let question = &packet[..length];
                // Header, the question up to its class; without EDNS.
                let name = question[12..].iter().position(|byte| *byte == 0);
                let end = 12 + name.expect("a name") + 5;
                let is_a = question[end - 4..end - 2] == [0, 1];
                let mut answer = question[..end].to_vec();
                answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
                if is_a {
                    answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 7]);
                }
                let _ = socket.send_to(&answer, from);
            }
        });
        address
    }
}

#[expect(
    deprecated,
    reason = "the successor is unsafe for CLONE_FILES' sake, which is not passed here"
)]
fn unshare_network() -> rustix::io::Result<()> {
    rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET)
}
