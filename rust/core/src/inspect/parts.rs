//! Which parts of what was said are readable payload.

use super::Said;
use super::content::Parts;

/// The parts to decode and search; `None` where nothing is readable.
pub fn parts<'a>(said: &'a Said<'a>) -> Option<Parts<'a>> {
    match said {
        Said::Tls(_) | Said::Quic(_) | Said::Unframed(_) => None,
        Said::Http(request) => Some(Parts {
            path: request.path.as_bytes(),
            query: request.query.as_bytes(),
            headers: request.headers,
            content_type: request.content_type.as_deref(),
            content_encoding: request.content_encoding.as_deref(),
            body: &request.body,
        }),
        Said::HttpBody(body) | Said::Raw(body) => Some(Parts {
            body,
            ..Parts::default()
        }),
        Said::Coap(message) => Some(Parts {
            path: message.path.as_bytes(),
            query: message.query.as_bytes(),
            body: message.payload,
            ..Parts::default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::coap::{self, tests::message};

    #[test]
    fn of_a_body_and_of_raw_bytes_all_is_read() {
        for said in [Said::HttpBody(b"payload"), Said::Raw(b"payload")] {
            assert_eq!(parts(&said).map(|parts| parts.body), Some(&b"payload"[..]));
        }
    }

    #[test]
    fn of_coap_the_path_the_query_and_the_payload_are_read() {
        let options: [(u32, &[u8]); 3] = [(11, b"rd"), (11, b"x"), (15, b"ep=y")];
        let bytes = message(2, &options, b"payload");
        let said = Said::Coap(coap::parse(&bytes).expect("a message"));
        let parts = parts(&said).expect("readable");
        assert_eq!(
            (parts.path, parts.query, parts.body),
            (&b"/rd/x"[..], &b"ep=y"[..], &b"payload"[..])
        );
    }
}
