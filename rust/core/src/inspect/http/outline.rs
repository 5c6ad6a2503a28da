//! What a head says, kept while its bytes come and go.

use std::borrow::Cow;

use super::super::HttpRequest;

/// What a head says, by where in it that stands: it is kept while the bytes come and go.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) method: Span,
    pub(super) path: Span,
    pub(super) query: Span,
    pub(super) host: Option<String>,
    pub(super) content_type: Option<Value>,
    pub(super) content_encoding: Option<Value>,
    pub(super) user_agent: Option<Value>,
    pub(super) headers: Span,
}

impl Outline {
    /// The request, its body still empty; `head` is what the outline was made of.
    pub(super) fn request<'a>(&'a self, head: &'a [u8]) -> HttpRequest<'a> {
        let text = |span: &Span| String::from_utf8_lossy(span.of(head));
        let value = |value: &'a Option<Value>| value.as_ref().map(|value| value.text(head));
        HttpRequest {
            method: text(&self.method),
            host: self.host.clone(),
            path: text(&self.path),
            query: text(&self.query),
            content_type: value(&self.content_type),
            content_encoding: value(&self.content_encoding),
            user_agent: value(&self.user_agent),
            headers: self.headers.of(head),
            body: Cow::Borrowed(&[]),
            complete: false,
        }
    }
}

/// A part of a head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// Where `part` stands in `head`, which it was cut from.
    pub(super) fn within(head: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
        Self {
            start,
            end: start.wrapping_add(part.len()),
        }
    }

    fn of<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.start..self.end).unwrap_or_default()
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    At(Span),
    /// Put together from more than one line.
    Joined(Vec<u8>),
}

impl Value {
    pub(super) fn of(head: &[u8], value: Cow<'_, [u8]>) -> Self {
        match value {
            Cow::Borrowed(part) => Self::At(Span::within(head, part)),
            Cow::Owned(joined) => Self::Joined(joined),
        }
    }

    fn text<'a>(&'a self, head: &'a [u8]) -> Cow<'a, str> {
        String::from_utf8_lossy(match self {
            Self::At(span) => span.of(head),
            Self::Joined(joined) => joined,
        })
    }
}
