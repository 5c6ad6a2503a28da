//! Whom a request is for (RFC 9112, section 3.2).

use memchr::memchr;

/// A request target (RFC 9112, section 3.2).
#[derive(Default)]
pub(super) struct Target<'a> {
    pub(super) authority: Option<&'a [u8]>,
    pub(super) path: &'a [u8],
    pub(super) query: &'a [u8],
}

impl<'a> Target<'a> {
    pub(super) fn parse(target: &'a [u8], connect: bool) -> Self {
        if connect {
            return Self {
                authority: Some(target),
                ..Self::default()
            };
        }
        let (authority, rest) = match absolute(target) {
            Some(rest) => {
                let end = rest
                    .iter()
                    .position(|c| b"/?#".contains(c))
                    .unwrap_or(rest.len());
                let (authority, rest) = rest.split_at_checked(end).unwrap_or_default();
                (Some(authority), rest)
            }
            None => (None, target),
        };
        let end = memchr(b'?', rest).unwrap_or(rest.len());
        let (path, query) = rest.split_at_checked(end).unwrap_or_default();
        Self {
            authority,
            path,
            query: query.strip_prefix(b"?").unwrap_or(query),
        }
    }
}

/// What follows `scheme://`, if the target begins so.
fn absolute(target: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', target)?;
    let (scheme, rest) = target.split_at_checked(colon)?;
    let named = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|&c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    rest.strip_prefix(b"://").filter(|_| named)
}

/// Host and port in the form that rules compare: lower case, no user, no trailing dot on the name.
pub(super) fn authority(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.rsplit(|&c| c == b'@').next().unwrap_or(bytes);
    let mut authority = String::from_utf8_lossy(bytes).trim().to_ascii_lowercase();
    let colon = authority.rfind(':').filter(|colon| {
        authority
            .bytes()
            .skip(colon + 1)
            .all(|c| c.is_ascii_digit())
    });
    let end = colon.unwrap_or(authority.len());
    if colon == authority.len().checked_sub(1) {
        authority.truncate(end);
    }
    let name = authority.get(..end).unwrap_or_default();
    if matches!(name, "" | ".") {
        return None;
    }
    if name.ends_with('.') {
        authority.remove(end - 1);
    }
    Some(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_proxy_is_to_connect_to_is_all_of_the_target() {
        let target = Target::parse(b"api.example:443", true);
        assert_eq!(target.authority, Some(&b"api.example:443"[..]));
        assert_eq!((target.path, target.query), (&b""[..], &b""[..]));
    }
}
