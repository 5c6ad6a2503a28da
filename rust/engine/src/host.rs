//! What the engine asks of the platform it runs on.

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;

/// The platform: Android's `VpnService` over JNI, or Linux by /proc and sock_diag.
pub trait Host: Send + Sync + 'static {
    /// Keeps the socket's traffic out of the tunnel. `false` means the socket must not be used:
    /// the engine closes it.
    fn protect(&self, socket: BorrowedFd<'_>) -> bool;

    /// Whether [`Host::owner`] can ever answer. Where it cannot, no flow waits for it.
    fn knows_owners(&self) -> bool {
        true
    }

    /// Who owns the socket bound to `source` and talking to `destination`, both as seen inside the
    /// tunnel; `None` where the platform does not say. May block: called from a thread of its own.
    fn owner(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Owner>;
}
