//! The platform as the engine asks for it, answered by Java's `Host`.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd};

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use jni::objects::JByteArray;
use jni::refs::{Global, LoaderContext};
use jni::{Env, JavaVM, errors};

use crate::failure::Failure;
use crate::java::{Host, HostAPI};

/// Length of [`flow_bytes`].
const FLOW_BYTES: usize = 36;

/// User ids of one user of the phone (AOSP, `AID_USER_OFFSET`).
const USER_OFFSET: u32 = 100_000;

/// The first user id of an app (AOSP, `AID_APP_START`).
const FIRST_APP: u32 = 10_000;

/// A `Host` that any thread may ask.
pub(crate) struct JavaHost {
    vm: JavaVM,
    host: Global<Host<'static>>,
}

impl JavaHost {
    /// Binds the interface's methods. Must run on a thread that came from Java: one that we attach
    /// sees only the system's classes.
    pub(crate) fn new(env: &mut Env<'_>, host: &Host<'_>) -> Result<Self, Failure> {
        if host.is_null() {
            return Err(Failure::Argument("the host is null".to_owned()));
        }
        HostAPI::get(env, &LoaderContext::FromObject(host))?;
        Ok(Self {
            vm: env.get_java_vm()?,
            host: env.new_global_ref(host)?,
        })
    }

    /// Asks Java; `None` if it threw. The calling thread stays attached until it ends.
    fn ask<T>(
        &self,
        method: &str,
        question: impl FnOnce(&mut Env<'_>, &Host<'static>) -> errors::Result<T>,
    ) -> Option<T> {
        let answer = self
            .vm
            .attach_current_thread(|env| question(env, &self.host));
        answer
            .inspect_err(|error| match error {
                errors::Error::CaughtJavaException { name, msg, .. } => {
                    // The message may hold addresses, which belong below INFO.
                    log::warn!("the host's {method} threw {name}");
                    log::debug!("{name}: {msg}");
                }
                other => log::warn!("the host's {method} could not be called: {other}"),
            })
            .ok()
    }
}

impl gasket_engine::host::Host for JavaHost {
    fn protect(&self, socket: BorrowedFd<'_>) -> bool {
        #[cfg(feature = "probes")]
        crate::probe::panic_if_armed();
        let fd = socket.as_raw_fd();
        self.ask("protect", |env, host| host.protect(env, fd))
            .unwrap_or(false)
    }

    fn owner(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Owner> {
        let protocol = match protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Icmp => return None,
        };
        let flow = flow_bytes(source, destination);
        let uid = self.ask("ownerUid", |env, host| {
            let flow: JByteArray<'_> = env.byte_array_from_slice(&flow)?;
            host.owner_uid(env, protocol, &flow)
        })?;
        // Negative is Java's "unknown".
        u32::try_from(uid).ok().map(owner_of)
    }
}

/// Who has a user id that the config does not name: below those of apps are the platform's own programs, which have no package.
fn owner_of(uid: u32) -> Owner {
    Owner {
        uid,
        packages: Vec::new(),
        system: uid % USER_OFFSET < FIRST_APP,
    }
}

/// Source address and port, then the destination's: 16 bytes each (an IPv4 address as an
/// IPv4-mapped one) and 2, big endian.
fn flow_bytes(source: SocketAddr, destination: SocketAddr) -> [u8; FLOW_BYTES] {
    let end = |of: SocketAddr| {
        let address = match of.ip() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        (address.octets(), of.port().to_be_bytes())
    };
    let ((from, from_port), (to, to_port)) = (end(source), end(destination));
    let mut flow = [0; FLOW_BYTES];
    let bytes = from.into_iter().chain(from_port).chain(to).chain(to_port);
    for (place, byte) in flow.iter_mut().zip(bytes) {
        *place = byte;
    }
    flow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_without_a_package_came_with_the_phone() {
        let came_with_it = |uid| owner_of(uid).system;
        assert!([0, 1021, 9_999, 1_001_021].into_iter().all(came_with_it));
        assert!(
            ![10_000, 10_077, 99_001, 1_010_000]
                .into_iter()
                .any(came_with_it)
        );
    }

    #[test]
    fn a_flow_is_addresses_and_ports_in_network_order() {
        let flow = flow_bytes(
            "192.0.2.1:258".parse().unwrap(),
            "[2001:db8::ff]:443".parse().unwrap(),
        );
        let mut expected = vec![0; 10];
        expected.extend([0xff, 0xff, 192, 0, 2, 1, 1, 2]);
        expected.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0]);
        expected.extend([0, 0, 0, 0, 0, 0, 0, 0xff, 1, 187]);
        assert_eq!(flow.as_slice(), expected);
    }
}
