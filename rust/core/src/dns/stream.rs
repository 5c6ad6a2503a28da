//! DNS over TCP (RFC 1035 section 4.2.2, RFC 7766): each message behind its length.

use super::message::Message;

/// The questions on one connection.
#[derive(Debug, Default)]
pub struct Questions {
    name: String,
}

impl Questions {
    /// Looks at the bytes not yet released. `None`: more are needed. Else the bytes of the next
    /// message, and the name it asks for if it is a question that can be read.
    ///
    /// `ended` says that no more will come; what is left then is taken as it is.
    pub fn step(&mut self, held: &[u8], ended: bool) -> Option<(usize, Option<&str>)> {
        let whole = held.split_first_chunk::<2>().and_then(|(len, rest)| {
            let len = usize::from(u16::from_be_bytes(*len));
            rest.get(..len)
        });
        let Some(octets) = whole else {
            return (ended && !held.is_empty()).then_some((held.len(), None));
        };
        self.name.clear();
        let name = Message::parse(octets).ok().map(|message| {
            self.name.push_str(&message.question().name);
            self.name.as_str()
        });
        Some((octets.len() + 2, name))
    }
}
