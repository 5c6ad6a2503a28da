//! A request as its parts, and as the bytes that go to the wire.

/// One HTTP/1.1 request (RFC 9112).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Where it comes from: `capture: …` or the name of an authored shape.
    pub(crate) name: String,
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// In order; without Content-Length, which [`Request::to_bytes`] writes.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads one whole request; `None` where it is not one.
    pub(crate) fn read(name: &str, bytes: &[u8]) -> Option<Self> {
        let head_len = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(bytes.get(..head_len)?).ok()?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if !version.starts_with("HTTP/1.") {
            return None;
        }
        let fields = lines.map(|line| {
            let (key, value) = line.split_once(':')?;
            Some((key.to_owned(), value.trim().to_owned()))
        });
        let fields: Vec<(String, String)> = fields.collect::<Option<_>>()?;
        let body = bytes.get(head_len + 4..)?;
        let length = fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("content-length"));
        let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
        Some(Self {
            name: name.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            body: body.get(..length)?.to_vec(),
            fields: fields
                .into_iter()
                .filter(|(key, _)| !key.eq_ignore_ascii_case("content-length"))
                .collect(),
        })
    }

    /// The bytes on the wire.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (key, value) in &self.fields {
            bytes.extend(format!("{key}: {value}\r\n").into_bytes());
        }
        if !self.body.is_empty() || self.method == "POST" || self.method == "PUT" {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Adds a field.
    pub(crate) fn add(&mut self, key: &str, value: &str) {
        self.fields.push((key.to_owned(), value.to_owned()));
    }

    /// Makes it a POST with another body.
    pub(crate) fn post(&mut self, media_type: &str, body: Vec<u8>) {
        self.method = "POST".to_owned();
        self.fields.retain(|(key, _)| {
            let key = key.to_ascii_lowercase();
            !key.starts_with("content-") && key != "transfer-encoding" && key != "range"
        });
        self.add("Content-Type", media_type);
        self.body = body;
    }

    /// Adds a pair to the query; `value` is written as it is.
    pub(crate) fn query(&mut self, key: &str, value: &str) {
        let joint = if self.target.contains('?') { '&' } else { '?' };
        self.target = format!("{}{joint}{key}={value}", self.target);
    }
}
