//! The app's end of a tunnel: packets wait on it each way until somebody takes them.

use std::collections::VecDeque;

use gasket_core::Instant;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};

/// A link that loses nothing and keeps the order.
pub struct Link {
    /// Bytes of the largest packet.
    pub mtu: usize,
    /// Packets for the app's stack.
    pub inbound: VecDeque<Vec<u8>>,
    /// Packets from it.
    pub outbound: VecDeque<Vec<u8>>,
}

/// A packet for the stack.
pub struct Inbound(Vec<u8>);
/// Room for a packet from the stack.
pub struct Outbound<'a>(&'a mut VecDeque<Vec<u8>>);

impl RxToken for Inbound {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Outbound<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        self.0.push_back(packet);
        result
    }
}

impl Link {
    /// An empty one.
    #[must_use]
    pub fn new(mtu: usize) -> Self {
        Self {
            mtu,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        }
    }
}

impl Device for Link {
    type RxToken<'a> = Inbound;
    type TxToken<'a> = Outbound<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Inbound, Outbound<'_>)> {
        let packet = self.inbound.pop_front()?;
        Some((Inbound(packet), Outbound(&mut self.outbound)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Outbound<'_>> {
        Some(Outbound(&mut self.outbound))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}
