//! Small changes to TCP segments that are made already: IP packets of ours or of an app's own kernel, without
//! extension headers. Checksums are updated incrementally (RFC 1624).

/// Where the TCP header begins.
fn tcp_header(packet: &[u8]) -> usize {
    match packet.first() {
        Some(first) if first >> 4 == 4 => usize::from(first & 0x0f) * 4,
        _ => 40,
    }
}

fn number(tcp: &[u8], at: usize) -> Option<u32> {
    let bytes = tcp.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}

/// The sequence number of a segment.
pub(crate) fn sequence_of(packet: &[u8]) -> Option<u32> {
    number(packet.get(tcp_header(packet)..)?, 4)
}

/// The sequence number after the last byte of a segment, and the one that it says is expected.
pub(crate) fn numbers_after(packet: &[u8]) -> Option<(u32, u32)> {
    let tcp = packet.get(tcp_header(packet)..)?;
    let (offset, flags) = (*tcp.get(12)? >> 4, *tcp.get(13)?);
    let payload = tcp.len().checked_sub(usize::from(offset) * 4)?;
    let ends = u32::from(flags & 0x01 != 0) + u32::from(flags & 0x02 != 0);
    let next = number(tcp, 4)?
        .wrapping_add(payload as u32)
        .wrapping_add(ends);
    Some((next, number(tcp, 8)?))
}

/// The sequence numbers of a segment's payload: of its first byte, and after its last.
pub(crate) fn data_of(packet: &[u8]) -> Option<(u32, u32)> {
    let tcp = packet.get(tcp_header(packet)..)?;
    let payload = tcp.len().checked_sub(usize::from(*tcp.get(12)? >> 4) * 4)?;
    let start = number(tcp, 4)?;
    Some((start, start.wrapping_add(payload as u32)))
}

/// Adds to the sequence number of a segment.
pub(crate) fn shift_sequence(packet: &mut [u8], by: u32) {
    shift(packet, 4, by);
}

/// Adds to the acknowledgment number of a segment.
pub(crate) fn shift_acknowledged(packet: &mut [u8], by: u32) {
    shift(packet, 8, by);
}

fn shift(packet: &mut [u8], at: usize, by: u32) {
    if by == 0 {
        return;
    }
    let header = tcp_header(packet);
    let Some(tcp) = packet.get_mut(header..) else {
        return;
    };
    let Some(old) = number(tcp, at) else { return };
    let new = old.wrapping_add(by);
    let Some(checksum) = tcp.get(16..).and_then(|rest| rest.first_chunk().copied()) else {
        return;
    };
    let words = |number: u32| [(number >> 16) as u16, number as u16];
    let sum = words(old)
        .into_iter()
        .zip(words(new))
        .fold(u16::from_be_bytes(checksum), |sum, (old, new)| {
            replaced(sum, old, new)
        });
    if let Some(room) = tcp.get_mut(at..at + 4) {
        room.copy_from_slice(&new.to_be_bytes());
    }
    if let Some(room) = tcp.get_mut(16..18) {
        room.copy_from_slice(&sum.to_be_bytes());
    }
}

/// A checksum after one word of what it covers was replaced.
fn replaced(checksum: u16, old: u16, new: u16) -> u16 {
    let mut sum = u32::from(!checksum) + u32::from(!old) + u32::from(new);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Lowers the advertised window of the TCP segment in `packet` (an IP packet made here, without
/// extension headers) to at most `limit` bytes, given the window scale the SYN-ACK announced.
pub fn clamp_window(packet: &mut [u8], shift: u8, limit: usize) {
    let header = match packet.first().map(|b| b >> 4) {
        Some(4) => 20,
        _ => 40,
    };
    let Some(tcp) = packet.get_mut(header..) else {
        return;
    };
    let Some([_, flags, w0, w1, c0, c1]) = tcp.get_mut(12..18) else {
        return;
    };
    // The window of a SYN is never scaled.
    let shift = if *flags & 0x02 != 0 { 0 } else { shift };
    let limit = u16::try_from((limit >> shift).max(1)).unwrap_or(u16::MAX);
    let window = u16::from_be_bytes([*w0, *w1]);
    if window <= limit {
        return;
    }
    let sum = replaced(u16::from_be_bytes([*c0, *c1]), window, limit);
    [*w0, *w1] = limit.to_be_bytes();
    [*c0, *c1] = sum.to_be_bytes();
}
