//! QUIC Initials, protected as a client does, so that an input reaches what is inside.

use gasket_core::inspect::datagram::{DatagramInspector, DatagramStep};

use super::input::Input;
use crate::quic;

/// Datagrams as they are, or the frames of an Initial. What is held before the verdict is bounded.
pub(super) fn initials(data: &[u8]) {
    let mut input = Input(data);
    let mut inspector = DatagramInspector::new(443);
    let (mut held, mut held_bytes) = (0, 0);
    let mut number = 0;
    while !input.is_empty() {
        let sealed = input.byte() & 1 == 1;
        let payload = input.long_field();
        let datagram = if sealed {
            number += 1;
            quic::initial(number, payload)
        } else {
            payload.to_vec()
        };
        match inspector.push(&datagram) {
            DatagramStep::NeedMore => {
                held += 1;
                held_bytes += datagram.len();
                assert!(held <= DatagramInspector::HOLD_DATAGRAMS);
                assert!(held_bytes <= DatagramInspector::HOLD_BYTES);
            }
            DatagramStep::Judge(_) => (held, held_bytes) = (0, 0),
            DatagramStep::Pass => return,
        }
    }
}
