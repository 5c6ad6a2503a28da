//! Hand-laid messages for the tests. Independent of the code under test: nothing here reads.

use super::message::RecordType;

/// A message being laid out, names uncompressed.
pub(super) struct Sample {
    header: [u8; 12],
    question: Vec<u8>,
    records: Vec<u8>,
}

impl Sample {
    /// A recursive query for one name.
    pub(super) fn query(id: u16, name: &str, record_type: RecordType) -> Self {
        let mut header = [0, 0, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        header[..2].copy_from_slice(&id.to_be_bytes());
        let question = [
            &wire_name(name)[..],
            &record_type.0.to_be_bytes(),
            &1_u16.to_be_bytes(),
        ]
        .concat();
        Self {
            header,
            question,
            records: Vec::new(),
        }
    }

    /// A resolver's response, without records yet.
    pub(super) fn answer(id: u16, name: &str, record_type: RecordType) -> Self {
        let mut sample = Self::query(id, name, record_type);
        sample.header[2] = 0x81;
        sample.header[3] = 0x80;
        sample
    }

    pub(super) fn code(mut self, code: u8) -> Self {
        self.header[3] |= code;
        self
    }

    /// Records of the answer section, before any additional one.
    pub(super) fn record(
        self,
        owner: &str,
        record_type: RecordType,
        ttl: u32,
        rdata: &[u8],
    ) -> Self {
        self.push(7, &wire_name(owner), record_type, 1, ttl, rdata)
    }

    pub(super) fn additional(
        self,
        owner: &str,
        record_type: RecordType,
        ttl: u32,
        rdata: &[u8],
    ) -> Self {
        self.push(11, &wire_name(owner), record_type, 1, ttl, rdata)
    }

    pub(super) fn opt(self, udp_len: u16, flags: u16) -> Self {
        self.push(11, &[0], RecordType::OPT, udp_len, flags.into(), &[])
    }

    pub(super) fn opt_extended(self, udp_len: u16, extended_code: u8) -> Self {
        let ttl = u32::from(extended_code) << 24;
        self.push(11, &[0], RecordType::OPT, udp_len, ttl, &[])
    }

    pub(super) fn build(&self) -> Vec<u8> {
        [&self.header[..], &self.question, &self.records].concat()
    }

    fn push(
        mut self,
        count: usize,
        owner: &[u8],
        record_type: RecordType,
        class: u16,
        ttl: u32,
        rdata: &[u8],
    ) -> Self {
        self.header[count] += 1;
        self.records.extend(owner);
        self.records.extend(record_type.0.to_be_bytes());
        self.records.extend(class.to_be_bytes());
        self.records.extend(ttl.to_be_bytes());
        let len = u16::try_from(rdata.len()).unwrap();
        self.records.extend(len.to_be_bytes());
        self.records.extend(rdata);
        self
    }
}

pub(super) fn wire_name(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets
}

/// www.example.org is an alias of edge.example.org, which has 192.0.2.7; compressed as a resolver
/// would, with a name that is itself pointed to.
pub(super) fn aliased_answer() -> Vec<u8> {
    let mut octets = Sample::answer(0x1234, "www.example.org", RecordType::A).build();
    octets[7] = 2;
    // "example.org" of the question is at 16; the alias's target will be at 45.
    assert_eq!(octets.len(), 33);
    octets.extend(b"\xc0\x0c\0\x05\0\x01\0\0\x01\x2c\0\x07\x04edge\xc0\x10");
    octets.extend(b"\xc0\x2d\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\x00\x02\x07");
    octets
}

/// An HTTPS record with alpn, both hints and an EDNS part.
pub(super) fn service_answer() -> Vec<u8> {
    let mut rdata = b"\0\x01\0".to_vec();
    rdata.extend(b"\0\x01\0\x03\x02h2");
    rdata.extend(b"\0\x04\0\x08\xc0\x00\x02\x01\xc0\x00\x02\x02");
    rdata.extend(b"\0\x06\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01");
    Sample::answer(7, "svc.example", RecordType::HTTPS)
        .record("svc.example", RecordType::HTTPS, 300, &rdata)
        .opt(1232, 0)
        .build()
}
