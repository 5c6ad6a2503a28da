use super::*;

fn all(bytes: &[u8]) -> (Vec<Record>, Option<Damage>) {
    let mut records = Vec::new();
    let mut capture = match Capture::open(bytes) {
        Ok(capture) => capture,
        Err(damage) => return (records, Some(damage)),
    };
    loop {
        match capture.next_record() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (records, None),
            Err(damage) => return (records, Some(damage)),
        }
    }
}

/// Writes words in one byte order.
struct Writer {
    order: Order,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(order: Order) -> Self {
        Self {
            order,
            bytes: Vec::new(),
        }
    }

    fn word(&mut self, value: u32) -> &mut Self {
        self.bytes.extend(match self.order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        });
        self
    }

    fn half(&mut self, value: u16) -> &mut Self {
        self.bytes.extend(match self.order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        });
        self
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = body.len() as u32 + 12;
        self.word(kind).word(length).raw(&body).word(length)
    }
}

fn classic(order: Order, magic: u32, fraction: u32) -> Vec<u8> {
    let mut file = Writer::new(order);
    file.word(magic)
        .half(2)
        .half(4)
        .word(0)
        .word(0)
        .word(65_535);
    file.word(0x1000_0065);
    file.word(9).word(fraction).word(3).word(5);
    if magic == 0xa1b2_cd34 {
        file.word(0).word(0);
    }
    file.raw(b"abc");
    file.bytes
}

fn section(order: Order, interface_options: &[u8]) -> Writer {
    let mut file = Writer::new(order);
    let mut body = Writer::new(order);
    body.word(0x1a2b_3c4d)
        .half(1)
        .half(0)
        .word(u32::MAX)
        .word(u32::MAX);
    file.block(u32::from_be_bytes(next_generation::SECTION), &body.bytes);
    let mut body = Writer::new(order);
    body.half(1).half(0).word(0).raw(interface_options);
    file.block(1, &body.bytes);
    file
}

fn enhanced(order: Order, interface: u32, units: u64, packet: &[u8]) -> Vec<u8> {
    let mut body = Writer::new(order);
    body.word(interface)
        .word((units >> 32) as u32)
        .word(units as u32);
    body.word(packet.len() as u32)
        .word(packet.len() as u32)
        .raw(packet);
    body.bytes
}

#[test]
fn every_classic_layout_is_read() {
    for order in [Order::Little, Order::Big] {
        for (magic, fraction) in [
            (0xa1b2_c3d4, 1_500),
            (0xa1b2_3c4d, 1_500_000),
            (0xa1b2_cd34, 1_500),
        ] {
            let (records, damage) = all(&classic(order, magic, fraction));
            assert_eq!(damage, None);
            assert_eq!(
                records,
                [Record {
                    time_ns: 9_001_500_000,
                    link: 101,
                    bytes: b"abc".to_vec(),
                    cut: true,
                }]
            );
        }
    }
}

#[test]
fn every_packet_block_is_read_in_both_orders() {
    for order in [Order::Little, Order::Big] {
        let mut file = section(order, &[]);
        file.block(5, b"statistics to pass over");
        file.block(6, &enhanced(order, 0, 2_000_001, b"enhanced"));
        let mut simple = Writer::new(order);
        simple.word(6).raw(b"simple");
        file.block(3, &simple.bytes);
        let mut old = Writer::new(order);
        old.half(0)
            .half(0)
            .word(0)
            .word(7)
            .word(3)
            .word(9)
            .raw(b"old");
        file.block(2, &old.bytes);
        let (records, damage) = all(&file.bytes);
        assert_eq!(damage, None);
        let texts: Vec<_> = records.iter().map(|r| r.bytes.as_slice()).collect();
        assert_eq!(texts, [b"enhanced".as_slice(), b"simple", b"old"]);
        assert_eq!(records[0].time_ns, 2_000_001_000);
        assert!(records[2].cut && !records[0].cut);
    }
}

#[test]
fn time_resolution_and_offset_count() {
    let order = Order::Big;
    let mut options = Writer::new(order);
    options.half(9).half(1).raw(&[9, 0, 0, 0]);
    options.half(14).half(8).word(0).word(100);
    options.half(0).half(0);
    let mut file = section(order, &options.bytes);
    file.block(6, &enhanced(order, 0, 7, b"x"));
    let (records, _) = all(&file.bytes);
    assert_eq!(records[0].time_ns, 100_000_000_007);
}

#[test]
fn a_second_section_may_have_the_other_byte_order() {
    let mut bytes = section(Order::Big, &[]).bytes;
    let mut second = section(Order::Little, &[]);
    second.block(6, &enhanced(Order::Little, 0, 0, b"two"));
    bytes.extend(second.bytes);
    let (records, damage) = all(&bytes);
    assert_eq!((records.len(), damage), (1, None));
}

#[test]
fn damage_names_its_place_and_what_came_before_is_kept() {
    let mut file = classic(Order::Little, 0xa1b2_c3d4, 0);
    let whole = file.len() as u64;
    file.extend([1, 2, 3]);
    let (records, damage) = all(&file);
    assert_eq!(records.len(), 1);
    let damage = damage.expect("damage");
    assert_eq!(damage.offset, whole);
    assert_eq!(
        damage.to_string(),
        format!("at byte {whole}: expected a record's header, 16 bytes, but the file ends after 3")
    );
}

#[test]
fn an_absurd_length_is_not_believed() {
    let mut file = classic(Order::Little, 0xa1b2_c3d4, 0);
    let mut record = Writer::new(Order::Little);
    record.word(0).word(0).word(u32::MAX).word(u32::MAX);
    file.extend(record.bytes);
    let (records, damage) = all(&file);
    assert_eq!(records.len(), 1);
    assert!(
        damage
            .expect("damage")
            .what
            .contains("claims 4294967295 bytes")
    );
}

#[test]
fn foreign_files_are_named_for_what_they_are_not() {
    for (bytes, words) in [
        (b"".as_slice(), "but the file ends here"),
        (b"GIF8", "expected a pcap or pcapng file, found 47 49 46 38"),
        (&[0x1f, 0x8b, 8, 0], "gzip"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
        (
            &[0xd4, 0xc3, 0xb2, 0xa1, 2],
            "the rest of the 24-byte pcap header",
        ),
    ] {
        let (_, damage) = all(bytes);
        let damage = damage.expect("damage").to_string();
        assert!(damage.contains(words), "{damage}");
    }
}

#[test]
fn an_undescribed_interface_and_a_false_trailer_are_refused() {
    let order = Order::Little;
    let mut file = section(order, &[]);
    file.block(6, &enhanced(order, 3, 0, b"x"));
    let (_, damage) = all(&file.bytes);
    assert!(damage.expect("damage").what.contains("interface 3"));

    let mut file = section(order, &[]);
    file.block(6, &enhanced(order, 0, 0, b"x"));
    *file.bytes.last_mut().expect("a byte") ^= 1;
    let (_, damage) = all(&file.bytes);
    assert!(damage.expect("damage").what.contains("length"));
}

#[test]
fn no_prefix_and_no_flipped_byte_panics() {
    let order = Order::Big;
    let mut file = section(order, &[0, 9, 0, 1, 0x94, 0, 0, 0]);
    file.block(6, &enhanced(order, 0, u64::MAX, b"packet"));
    for bytes in [file.bytes, classic(Order::Little, 0xa1b2_c3d4, 0)] {
        for end in 0..bytes.len() {
            all(&bytes[..end]);
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[end] ^= flip;
                all(&changed);
            }
        }
    }
}
