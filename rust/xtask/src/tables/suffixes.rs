//! The public suffix list, ordered by turned names.

use std::collections::BTreeMap;

use super::encode::number;

/// Rules in a block: what a look-up reads at most.
const BLOCK: usize = 16;

/// Blocks and rules.
pub(super) fn build(list: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut rules: BTreeMap<String, u8> = BTreeMap::new();
    for line in list.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        let (name, kind) = match (line.strip_prefix("*."), line.strip_prefix('!')) {
            (Some(name), _) => (name, 1),
            (_, Some(name)) => (name, 2),
            _ => (line, 0),
        };
        if name.contains(['*', '!']) {
            return Err(format!("public suffixes: cannot express `{line}`"));
        }
        let labels: Vec<String> = name.rsplit('.').map(ascii_label).collect();
        let kinds = rules.entry(labels.join(".")).or_insert(kind);
        if *kinds != kind {
            *kinds = 3;
        }
    }
    let (mut blocks, mut out) = (Vec::new(), Vec::new());
    let mut before = String::new();
    for (at, (name, kind)) in rules.iter().enumerate() {
        if at % BLOCK == 0 {
            number(&mut blocks, out.len() as u64, 3);
            before.clear();
        }
        let same = name
            .bytes()
            .zip(before.bytes())
            .take_while(|(a, b)| a == b)
            .count()
            .min(63);
        number(&mut out, same as u64 | u64::from(*kind) << 6, 1);
        number(&mut out, (name.len() - same) as u64, 1);
        out.extend(&name.as_bytes()[same..]);
        before.clone_from(name);
    }
    Ok((blocks, out))
}

/// A label as DNS carries it (RFC 5890); the list is in lower case already.
fn ascii_label(label: &str) -> String {
    if label.is_ascii() {
        return label.to_owned();
    }
    format!("xn--{}", punycode(label))
}

/// RFC 3492, section 6.3.
fn punycode(label: &str) -> String {
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = out.len() as u32;
    if basic > 0 {
        out.push('-');
    }
    let (mut code, mut delta, mut bias, mut handled) = (128, 0, 72, basic);
    let count = label.chars().count() as u32;
    while handled < count {
        let next = label
            .chars()
            .map(u32::from)
            .filter(|&c| c >= code)
            .min()
            .unwrap_or(code);
        delta += (next - code) * (handled + 1);
        code = next;
        for c in label.chars().map(u32::from) {
            if c < code {
                delta += 1;
            }
            if c != code {
                continue;
            }
            digits(&mut out, delta, bias);
            bias = adapted(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta += 1;
        code += 1;
    }
    out
}

fn digits(out: &mut String, mut value: u32, bias: u32) {
    let digit = |d: u32| {
        char::from(if d < 26 {
            b'a' + d as u8
        } else {
            b'0' + (d - 26) as u8
        })
    };
    let mut k = 36_u32;
    loop {
        let threshold = k.saturating_sub(bias).clamp(1, 26);
        if value < threshold {
            return out.push(digit(value));
        }
        out.push(digit(threshold + (value - threshold) % (36 - threshold)));
        value = (value - threshold) / (36 - threshold);
        k += 36;
    }
}

fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = delta / if is_first { 700 } else { 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_what_dns_carries() {
        assert_eq!(ascii_label("co"), "co");
        assert_eq!(ascii_label("bücher"), "xn--bcher-kva");
        assert_eq!(ascii_label("中国"), "xn--fiqs8s");
        assert_eq!(ascii_label("рф"), "xn--p1ai");
    }
}
