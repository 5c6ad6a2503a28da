//! Real sockets on loopback, made by the test itself, and looked up both ways.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::MetadataExt;

use super::*;

/// By sock_diag alone, and by the text tables alone.
fn both() -> [(&'static str, LinuxOwners); 2] {
    let diag = open_diag_socket().unwrap();
    [
        ("diag", LinuxOwners::new(Some(diag), None)),
        (
            "tables",
            LinuxOwners::new(None, Some("/proc/self/net".into())),
        ),
    ]
}

fn this_program() -> Owner {
    let executable = std::env::current_exe().unwrap();
    Owner {
        uid: std::fs::metadata("/proc/self").unwrap().uid(),
        packages: vec![executable.file_name().unwrap().to_str().unwrap().to_owned()],
        system: false,
    }
}

/// The address as an IPv6 socket knows it.
fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) => (ip.to_ipv6_mapped(), address.port()).into(),
        IpAddr::V6(_) => address,
    }
}

fn assert_owned(protocol: Protocol, source: SocketAddr, destination: SocketAddr) {
    for (by, owners) in both() {
        let owner = owners.owner(protocol, source, destination);
        assert_eq!(owner, Some(this_program()), "{by}");
    }
}

fn assert_not_owned(protocol: Protocol, source: SocketAddr, destination: SocketAddr) {
    for (by, owners) in both() {
        let owner = owners.owner(protocol, source, destination);
        assert_eq!(owner, None, "{by}");
    }
}

#[test]
fn tcp_over_ipv4() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let stream = TcpStream::connect(server).unwrap();
    let client = stream.local_addr().unwrap();
    assert_owned(Protocol::Tcp, client, server);
    assert_not_owned(Protocol::Udp, client, server);
    assert_not_owned(Protocol::Icmp, client, server);
}

#[test]
fn tcp_over_ipv6() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let stream = TcpStream::connect(server).unwrap();
    assert_owned(Protocol::Tcp, stream.local_addr().unwrap(), server);
}

#[test]
fn tcp_of_an_ipv6_socket_over_ipv4() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let stream = TcpStream::connect(mapped(server)).unwrap();
    let client = stream.local_addr().unwrap();
    assert!(client.is_ipv6());
    assert_owned(Protocol::Tcp, canonical(client), server);
    assert_owned(Protocol::Tcp, client, mapped(server));
}

#[test]
fn a_listener_on_the_source_port_is_no_owner() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let source = listener.local_addr().unwrap();
    assert_not_owned(Protocol::Tcp, source, ([192, 0, 2, 1], 80).into());
}

#[test]
fn a_closed_tcp_socket_has_no_owner() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let stream = TcpStream::connect(server).unwrap();
    let client = stream.local_addr().unwrap();
    // The client closes first, so that what is left of it is in FIN-WAIT or TIME-WAIT.
    drop(stream);
    assert_not_owned(Protocol::Tcp, client, server);
    drop(listener.accept().unwrap());
    assert_not_owned(Protocol::Tcp, client, server);
}

#[test]
fn connected_udp() {
    for any in [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        (Ipv6Addr::LOCALHOST, 0).into(),
    ] {
        let server = UdpSocket::bind(any).unwrap();
        let client = UdpSocket::bind(any).unwrap();
        let destination = server.local_addr().unwrap();
        client.connect(destination).unwrap();
        let source = client.local_addr().unwrap();
        assert_owned(Protocol::Udp, source, destination);
        let elsewhere = SocketAddr::new(destination.ip(), 9);
        assert_not_owned(Protocol::Udp, source, elsewhere);
        drop(client);
        assert_not_owned(Protocol::Udp, source, destination);
    }
}

#[test]
fn connected_udp_of_an_ipv6_socket_over_ipv4() {
    let client = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
    let server: SocketAddr = ([127, 0, 0, 1], 4053).into();
    client.connect(mapped(server)).unwrap();
    let source = canonical(client.local_addr().unwrap());
    assert!(source.is_ipv4());
    assert_owned(Protocol::Udp, source, server);
}

#[test]
fn unconnected_udp() {
    let v4: SocketAddr = ([192, 0, 2, 1], 53).into();
    let v6: SocketAddr = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 53).into();
    let bound = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    assert_owned(Protocol::Udp, bound.local_addr().unwrap(), v4);

    // What the tunnel sees as source is the interface's address, not the one bound to.
    let wildcard = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = wildcard.local_addr().unwrap().port();
    assert_owned(Protocol::Udp, ([127, 0, 0, 1], port).into(), v4);

    let dual = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
    let port = dual.local_addr().unwrap().port();
    assert_owned(Protocol::Udp, ([127, 0, 0, 1], port).into(), v4);
    assert_owned(Protocol::Udp, (Ipv6Addr::LOCALHOST, port).into(), v6);
    drop(dual);
    assert_not_owned(Protocol::Udp, (Ipv6Addr::LOCALHOST, port).into(), v6);
}

#[test]
fn the_families_of_a_flow_must_agree() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let v4 = listener.local_addr().unwrap();
    assert_not_owned(Protocol::Tcp, v4, (Ipv6Addr::LOCALHOST, 80).into());
}

#[test]
fn the_tables_answer_where_sock_diag_cannot() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let server = listener.local_addr().unwrap();
    let stream = TcpStream::connect(server).unwrap();
    let client = stream.local_addr().unwrap();
    // A descriptor that takes no question at all stands for a kernel without sock_diag.
    let broken = || Some(std::fs::File::open("/dev/null").unwrap().into());
    let without = LinuxOwners::new(broken(), None);
    assert_eq!(without.owner(Protocol::Tcp, client, server), None);
    let with = LinuxOwners::new(broken(), Some("/proc/self/net".into()));
    let owner = with.owner(Protocol::Tcp, client, server);
    assert_eq!(owner, Some(this_program()));
}

#[test]
fn programs_are_cached_within_bounds() {
    let mut programs = Programs::default();
    let now = Instant::now();
    let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let link = std::fs::read_link(format!(
        "/proc/self/fd/{}",
        std::os::fd::AsRawFd::as_raw_fd(&held)
    ))
    .unwrap();
    let link = link.to_str().unwrap();
    let inode: u64 = link
        .trim_start_matches("socket:[")
        .trim_end_matches(']')
        .parse()
        .unwrap();
    let name = programs.name(inode, now);
    assert_eq!(name, this_program().packages.pop());
    drop(held);
    let soon = now + FOUND_KEPT / 2;
    assert_eq!(programs.name(inode, soon), name);
    assert_eq!(programs.name(inode, now + FOUND_KEPT), None);

    // A miss is kept for a moment only.
    let (_, until) = programs.by_inode[&inode];
    assert_eq!(until, now + FOUND_KEPT + MISSED_KEPT);

    for inode in 0..2 * CACHED_MAX as u64 {
        programs.insert(u64::MAX - inode, None, now);
    }
    assert_eq!(programs.by_inode.len(), CACHED_MAX);
    assert_eq!(programs.order.len(), CACHED_MAX);
}

#[test]
fn the_diag_socket_is_closed_on_exec() {
    use std::os::fd::AsRawFd;

    let socket = open_diag_socket().unwrap();
    let info = format!("/proc/self/fdinfo/{}", socket.as_raw_fd());
    let info = std::fs::read_to_string(info).unwrap();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = i32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
    assert_eq!(flags & libc::O_CLOEXEC, libc::O_CLOEXEC);
}
