//! What a server would say to a request that a rule knows: told by the phone itself, where the user wants that.

use super::error::{Problem, Problems};
use super::yaml::{Content, Node};

/// Longest body in bytes: what registrations are answered with has some dozens.
const LONGEST_BODY: usize = 4096;

/// Longest media type in bytes.
const LONGEST_TYPE: usize = 100;

/// The statuses there are, with their phrases: only such as have a body and ask for nothing more.
const STATUSES: [(u16, &str); 7] = [
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (400, "Bad Request"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (410, "Gone"),
];

/// An answer of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    phrase: &'static str,
    content_type: String,
    body: String,
}

impl Answer {
    pub(super) fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let keys = ["status", "content_type", "body"];
        let entries = problems.keep(node.map_of("answer", &keys))?;
        let need = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key);
            let lacks = || Problem::at(node.line, format!("answer lacks the key `{key}`"));
            problems.keep(entry.map(|entry| &entry.value).ok_or_else(lacks))
        };
        let status = need("status").and_then(|node| problems.keep(status(node)));
        let content_type = need("content_type").and_then(|node| problems.keep(content_type(node)));
        let body = need("body").and_then(|node| problems.keep(body(node)));
        let (status, phrase) = status?;
        Some(Self {
            status,
            phrase,
            content_type: content_type?,
            body: body?,
        })
    }

    /// The bytes of the answer, after which the connection ends. One to HEAD has no body (RFC 9110, section 9.3.2).
    pub fn to_method(&self, method: &str) -> Vec<u8> {
        let body = match method {
            "HEAD" => "",
            _ => &self.body,
        };
        let (status, phrase, length) = (self.status, self.phrase, self.body.len());
        let head = format!(
            "HTTP/1.1 {status} {phrase}\r\nContent-Type: {}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            self.content_type
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }
}

fn status(node: &Node) -> Result<(u16, &'static str), Problem> {
    let number = node.number("status", u64::from(u16::MAX));
    let known = |number: u64| {
        STATUSES
            .iter()
            .find(|(status, _)| u64::from(*status) == number)
    };
    number.and_then(|number| {
        known(number).copied().ok_or_else(|| {
            let known: Vec<_> = STATUSES
                .iter()
                .map(|(status, _)| status.to_string())
                .collect();
            let text = format!(
                "status {number} cannot be answered; valid are: {}",
                known.join(", ")
            );
            Problem::at(node.line, text)
        })
    })
}

fn content_type(node: &Node) -> Result<String, Problem> {
    let text = node.text("content_type")?;
    // No control character: it would begin another header.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if is_plain && text.len() <= LONGEST_TYPE && text.split_once('/').is_some() {
        Ok(text.to_owned())
    } else {
        let told = format!(
            "content_type must be a media type of at most {LONGEST_TYPE} visible ASCII characters, such as application/json"
        );
        Err(Problem::at(node.line, told))
    }
}

fn body(node: &Node) -> Result<String, Problem> {
    match &node.content {
        Content::Scalar(text, _) if text.len() > LONGEST_BODY => {
            let told = format!("the body of an answer has at most {LONGEST_BODY} bytes");
            Err(Problem::at(node.line, told))
        }
        _ => Ok(node.text("body")?.to_owned()),
    }
}
