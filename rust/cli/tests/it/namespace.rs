//! The namespace that `gasket run` makes, seen by a stranger who plays the outer half: the program
//! has one way out, and what it sends arrives as whole IP packets on the descriptor handed over.
//!
//! Where this machine allows no namespaces, each test says so and passes.

use std::io::{IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, Stdio};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

struct Inner {
    child: Child,
    control: OwnedFd,
    tun: std::fs::File,
}

fn send(control: &OwnedFd, message: &[u8], descriptors: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(descriptors)));
    }
    let message = [IoSlice::new(message)];
    rustix::net::sendmsg(control, &message, &mut ancillary, SendFlags::empty()).expect("sent");
}

fn receive(control: &OwnedFd) -> (Vec<u8>, Vec<OwnedFd>) {
    let mut bytes = [0; 4096];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        control,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    )
    .expect("received");
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    (bytes[..received.bytes].to_vec(), descriptors)
}

/// Starts the inner half around a shell script, up to the point where it waits for the go.
fn inner(script: &str) -> Option<Inner> {
    inner_program(&["/bin/sh", "-c", script])
}

fn inner_program(program: &[&str]) -> Option<Inner> {
    let (control, theirs) = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .expect("a socket pair");
    let mut child = Command::new(env!("CARGO_BIN_EXE_gasket"))
        .args(["__inside", "--mtu", "1400", "--resolver", "10.111.222.2"])
        .arg("--")
        .args(program)
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::piped())
        .spawn()
        .expect("gasket starts");
    let null = std::fs::File::open("/dev/null").expect("/dev/null");
    send(&control, b"i", &[null.as_fd()]);
    let (message, mut descriptors) = receive(&control);
    if message.first() == Some(&b'm') {
        eprintln!(
            "SKIPPED, no namespaces here: {}",
            String::from_utf8_lossy(&message[1..])
        );
        drop(control);
        child.wait().expect("ended");
        return None;
    }
    assert_eq!(message, b"r", "{}", String::from_utf8_lossy(&message));
    assert_eq!(descriptors.len(), 2, "the TUN and the owner socket");
    let tun = std::fs::File::from(descriptors.remove(0));
    Some(Inner {
        child,
        control,
        tun,
    })
}

impl Inner {
    fn go(&self) {
        send(&self.control, b"g", &[]);
    }

    fn output(mut self) -> (String, Option<i32>) {
        let mut text = String::new();
        let stdout = self.child.stdout.as_mut().expect("piped");
        stdout.read_to_string(&mut text).expect("text");
        (text, self.child.wait().expect("ended").code())
    }
}

#[test]
fn what_the_program_sends_arrives_as_whole_packets() {
    let script = "exec 3<>/dev/udp/192.0.2.7/9 && printf hello >&3";
    let Some(inner) = inner(&format!("exec bash -c '{script}'")) else {
        return;
    };
    inner.go();
    let mut packet = [0; 2000];
    let tun = &inner.tun;
    let found = (0..20).find_map(|_| {
        let length = (&*tun).read(&mut packet).expect("a packet");
        let packet = &packet[..length];
        let to_us = packet.first() == Some(&0x45) && packet[16..20] == [192, 0, 2, 7];
        to_us.then(|| packet.to_vec())
    });
    let packet = found.expect("the program's packet");
    assert_eq!(
        usize::from(u16::from_be_bytes([packet[2], packet[3]])),
        packet.len()
    );
    assert_eq!(
        packet[12..16],
        [10, 111, 222, 1],
        "from the tunnel's address"
    );
    assert_eq!(&packet[28..], b"hello");
    assert_eq!(inner.output().1, Some(0));
}

#[test]
fn there_is_one_way_out_and_it_is_the_tunnel() {
    let script = "tail -n +2 /proc/net/route; cut -c65- /proc/net/ipv6_route; \
        cat /etc/resolv.conf; readlink /proc/self/fd/0; exit 7";
    let Some(inner) = inner(script) else {
        return;
    };
    inner.go();
    let (text, code) = inner.output();
    assert_eq!(code, Some(7), "the program's own code");
    let routes: Vec<_> = text.lines().filter(|l| l.contains("\t0000")).collect();
    assert!(
        !routes.is_empty() && routes.iter().all(|l| l.starts_with("gasket0\t")),
        "every route leads into the tunnel: {text}"
    );
    assert!(
        text.lines().any(|l| l.starts_with("gasket0\t00000000")),
        "one of them is the default: {text}"
    );
    assert!(
        text.lines()
            .filter(|l| l.starts_with("0000000000000000"))
            .all(|l| l.ends_with(" lo") || l.ends_with(" gasket0")),
        "IPv6 too: {text}"
    );
    assert!(text.contains("nameserver 10.111.222.2\n"), "{text}");
    assert!(
        text.contains("/dev/null"),
        "the standard input handed over: {text}"
    );
}

#[test]
fn without_the_go_the_program_never_runs() {
    let Some(inner) = inner("echo ran") else {
        return;
    };
    let Inner {
        mut child, control, ..
    } = inner;
    drop(control);
    let mut text = String::new();
    let stdout = child.stdout.as_mut().expect("piped");
    stdout.read_to_string(&mut text).expect("text");
    assert_eq!(text, "");
    assert_eq!(child.wait().expect("ended").code(), Some(1));
}

#[test]
fn once_the_tunnel_is_gone_there_is_no_way_out() {
    let script = "sleep 0.3; bash -c 'exec 3<>/dev/udp/192.0.2.7/9' 2>/dev/null && echo out; \
        tail -n +2 /proc/net/route; echo end";
    let Some(inner) = inner(script) else {
        return;
    };
    inner.go();
    let Inner {
        child,
        control,
        tun,
    } = inner;
    drop(tun);
    drop(control);
    let output = child.wait_with_output().expect("ended");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "end\n");
}

#[test]
fn a_program_that_is_not_there_is_127() {
    let Some(inner) = inner_program(&["/nonexistent/program"]) else {
        return;
    };
    inner.go();
    assert_eq!(inner.output().1, Some(127));
}
