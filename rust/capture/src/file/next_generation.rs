//! pcapng: sections of blocks, each block with its type and length.

use std::io::Read;

use super::{Damage, MAX_RECORD, Order, Record, Source};

/// Type of a Section Header Block, the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Block types (draft-ietf-opsawg-pcapng section 11.1).
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Option codes of an Interface Description Block.
const END_OF_OPTIONS: u16 = 0;
const TIME_RESOLUTION: u16 = 9;
const TIME_OFFSET: u16 = 14;

/// Interfaces a section may have; a bound on memory, far above any real capture.
const MAX_INTERFACES: usize = 4096;

/// What an Interface Description Block said.
#[derive(Debug, Clone, Copy)]
struct Interface {
    link: u16,
    snap_length: u32,
    /// Timestamp units per second.
    resolution: u64,
    /// Seconds to add to each timestamp.
    offset_s: i64,
}

impl Interface {
    fn time_ns(&self, units: u64) -> u64 {
        let resolution = u128::from(self.resolution.max(1));
        let nanoseconds = u128::from(units) * 1_000_000_000 / resolution;
        let shifted = i128::try_from(nanoseconds).unwrap_or(i128::MAX)
            + i128::from(self.offset_s) * 1_000_000_000;
        u64::try_from(shifted.max(0)).unwrap_or(u64::MAX)
    }
}

/// The section being read.
#[derive(Debug)]
pub(super) struct Section {
    order: Order,
    interfaces: Vec<Interface>,
}

impl Section {
    /// Reads a Section Header Block whose type has been read.
    pub(super) fn open(source: &mut Source<impl Read>) -> Result<Self, Damage> {
        let at = source.offset.saturating_sub(4);
        let head = source.fill::<8>("a section header's length and byte order")?;
        let [l0, l1, l2, l3, magic @ ..] = head;
        let order = match magic {
            [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
            [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
            _ => {
                return Err(Damage {
                    offset: at + 8,
                    what: "expected a section's byte-order magic 1a2b3c4d".to_owned(),
                });
            }
        };
        let length = order.u32([l0, l1, l2, l3]);
        check_length(at, length, 28)?;
        source.skip(u64::from(length) - 12, "the rest of the section header")?;
        Ok(Self {
            order,
            interfaces: Vec::new(),
        })
    }

    /// The next packet of this section or of those after it.
    pub(super) fn next(
        &mut self,
        source: &mut Source<impl Read>,
    ) -> Result<Option<Record>, Damage> {
        loop {
            let at = source.offset;
            let mut kind = [0; 4];
            if !source.fill_or_end(&mut kind, "a block's type")? {
                return Ok(None);
            }
            if kind == SECTION {
                *self = Self::open(source)?;
                continue;
            }
            let kind = self.order.u32(kind);
            let length = self.order.u32(source.fill("a block's length")?);
            check_length(at, length, 12)?;
            // Without type, both lengths: 12 bytes.
            let inner = u64::from(length) - 12;
            if !matches!(
                kind,
                INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET
            ) {
                source.skip(inner + 4, "the rest of a block")?;
                continue;
            }
            // Packet blocks carry options beside the packet, hence the doubled bound.
            if inner > u64::from(MAX_RECORD) * 2 {
                return Err(Damage {
                    offset: at,
                    what: format!("this block claims {length} bytes; no packet needs as many"),
                });
            }
            let body = source.take(inner as usize, "the rest of a block")?;
            let trailer = self.order.u32(source.fill("a block's closing length")?);
            if trailer != length {
                return Err(Damage {
                    offset: source.offset - 4,
                    what: format!("expected the block's length {length} again, found {trailer}"),
                });
            }
            if let Some(record) = self.block(at, kind, &body)? {
                return Ok(Some(record));
            }
        }
    }

    fn block(&mut self, at: u64, kind: u32, body: &[u8]) -> Result<Option<Record>, Damage> {
        let order = self.order;
        let short = || Damage {
            offset: at,
            what: "this block is too short for what it must hold".to_owned(),
        };
        let word = |position| order.word(body, position).ok_or_else(short);
        if kind == INTERFACE {
            if self.interfaces.len() >= MAX_INTERFACES {
                return Err(Damage {
                    offset: at,
                    what: format!("more than {MAX_INTERFACES} interfaces in one section"),
                });
            }
            let link = order.half(body, 0).ok_or_else(short)?;
            let snap_length = word(4)?;
            let options = body.get(8..).unwrap_or_default();
            self.interfaces
                .push(interface(order, link, snap_length, options));
            return Ok(None);
        }
        let (index, units, captured, original, data_at) = match kind {
            SIMPLE_PACKET => (0, 0, None, word(0)?, 4),
            OBSOLETE_PACKET => (
                u32::from(order.half(body, 0).ok_or_else(short)?),
                u64::from(word(4)?) << 32 | u64::from(word(8)?),
                Some(word(12)?),
                word(16)?,
                20,
            ),
            _ => (
                word(0)?,
                u64::from(word(4)?) << 32 | u64::from(word(8)?),
                Some(word(12)?),
                word(16)?,
                20,
            ),
        };
        let Some(interface) = self.interfaces.get(index as usize) else {
            return Err(Damage {
                offset: at,
                what: format!("this packet names interface {index}, which was not described"),
            });
        };
        let snap = match interface.snap_length {
            0 => u32::MAX,
            length => length,
        };
        let captured = captured.unwrap_or(original.min(snap));
        let Some(bytes) = body.get(data_at..).and_then(|d| d.get(..captured as usize)) else {
            return Err(Damage {
                offset: at,
                what: format!("this packet claims {captured} bytes, more than its block holds"),
            });
        };
        Ok(Some(Record {
            time_ns: interface.time_ns(units),
            link: interface.link,
            bytes: bytes.to_vec(),
            cut: captured < original,
        }))
    }
}

fn interface(order: Order, link: u16, snap_length: u32, mut options: &[u8]) -> Interface {
    let mut described = Interface {
        link,
        snap_length,
        resolution: 1_000_000,
        offset_s: 0,
    };
    while let (Some(code), Some(length)) = (order.half(options, 0), order.half(options, 2)) {
        let length = usize::from(length);
        let Some(value) = options.get(4..4 + length) else {
            break;
        };
        match (code, value) {
            (END_OF_OPTIONS, _) => break,
            (TIME_RESOLUTION, [exponent, ..]) => {
                let base: u64 = if exponent & 0x80 == 0 { 10 } else { 2 };
                described.resolution = base
                    .checked_pow(u32::from(exponent & 0x7f))
                    .unwrap_or(u64::MAX);
            }
            (TIME_OFFSET, value) => {
                if let (Some(a), Some(b)) = (order.word(value, 0), order.word(value, 4)) {
                    let (high, low) = match order {
                        Order::Big => (a, b),
                        Order::Little => (b, a),
                    };
                    described.offset_s = (u64::from(high) << 32 | u64::from(low)) as i64;
                }
            }
            _ => {}
        }
        options = options
            .get(4 + length.next_multiple_of(4)..)
            .unwrap_or_default();
    }
    described
}

/// A block's length must hold at least its frame and be a multiple of four.
fn check_length(at: u64, length: u32, least: u32) -> Result<(), Damage> {
    if length < least || !length.is_multiple_of(4) {
        return Err(Damage {
            offset: at,
            what: format!(
                "expected a block length of at least {least} and a multiple of 4, found {length}"
            ),
        });
    }
    Ok(())
}
