//! `places.bin`: countries, networks and public suffixes, as `gasket_core::tables::Places` reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::encode::{length, number, small};
use super::suffixes;

/// A network is kept if it announces at least this many IPv4 addresses: a /12's worth. The APK has
/// no room for all 84,000; these hold three quarters of the announced space.
const SMALLEST_NETWORK: u128 = 1 << 20;

/// Bytes of a network's name: what a receipt's line has room for.
const LONGEST_NAME: usize = 40;

/// Ranges in a block: what a look-up walks at most.
const BLOCK: usize = 256;

/// One address in this many ranges is kept as a sample for the core's tests.
const SAMPLED: usize = 400;

/// Bits of an address below a unit.
const BELOW_V4: u32 = 8;
const BELOW_V6: u32 = 80;

pub(super) struct Built {
    pub(super) file: Vec<u8>,
    pub(super) samples: Vec<u8>,
}

/// First and last address, and what holds for them.
struct Range {
    first: u128,
    last: u128,
    value: String,
    name: String,
}

/// Where the units begin at which something else holds.
type Starts = Vec<(u64, Option<String>)>;

pub(super) fn build(
    country4: &str,
    country6: &str,
    network4: &str,
    network6: &str,
    suffix_list: &str,
) -> Result<Built, String> {
    let (country4, country6) = (read(country4)?, read(country6)?);
    let (mut network4, mut network6) = (read(network4)?, read(network6)?);
    let mut space: BTreeMap<String, u128> = BTreeMap::new();
    for range in &network4 {
        *space.entry(range.value.clone()).or_default() += range.last - range.first + 1;
    }
    let is_kept = |range: &Range| {
        space
            .get(&range.value)
            .is_some_and(|&n| n >= SMALLEST_NETWORK)
    };
    let (kept, all): (u128, u128) = space.values().fold((0, 0), |(kept, all), &n| {
        (kept + if n >= SMALLEST_NETWORK { n } else { 0 }, all + n)
    });
    println!(
        "networks kept hold {} % of the announced IPv4 addresses",
        kept * 100 / all.max(1)
    );
    network4.retain(is_kept);
    network6.retain(is_kept);
    let v4 = joined(&starts(&country4, BELOW_V4), &starts(&network4, BELOW_V4));
    let v6 = joined(&starts(&country6, BELOW_V6), &starts(&network6, BELOW_V6));

    let codes: BTreeSet<&str> = country4
        .iter()
        .chain(&country6)
        .map(|r| r.value.as_str())
        .collect();
    let mut names: BTreeMap<u64, &str> = BTreeMap::new();
    for range in network4.iter().chain(&network6) {
        let asn = range
            .value
            .parse()
            .map_err(|_| format!("no number: {}", range.value))?;
        names.entry(asn).or_insert(&range.name);
    }
    let codes: Vec<&str> = codes.into_iter().collect();
    let numbers: Vec<u64> = names.keys().copied().collect();

    let mut uses: BTreeMap<&Pair, usize> = BTreeMap::new();
    v4.iter()
        .chain(&v6)
        .for_each(|(_, pair)| *uses.entry(pair).or_default() += 1);
    let mut order: Vec<&Pair> = uses.keys().copied().collect();
    order.sort_by_key(|pair| std::cmp::Reverse(uses[pair]));
    let index: BTreeMap<&Pair, u64> = (0..).zip(&order).map(|(at, pair)| (*pair, at)).collect();

    let (mut parts, mut ends) = (vec![codes.concat().into_bytes()], Vec::new());
    let mut text = String::new();
    let mut asns = Vec::new();
    for (asn, name) in &names {
        number(&mut asns, *asn, 4);
        text.push_str(&name[..name.floor_char_boundary(LONGEST_NAME)]);
        number(&mut ends, text.len() as u64, 3);
    }
    let mut pairs = Vec::new();
    for (country, network) in order {
        let country = country
            .as_ref()
            .and_then(|c| codes.iter().position(|code| code == c));
        let asn = network
            .as_ref()
            .and_then(|n| numbers.binary_search(&n.parse().ok()?).ok());
        number(&mut pairs, country.map_or(0, |at| at as u64 + 1), 1);
        number(&mut pairs, asn.map_or(0, |at| at as u64 + 1), 2);
    }
    parts.extend([asns, ends, text.into_bytes(), pairs]);
    parts.extend(ranges(&v4, &index));
    parts.extend(ranges(&v6, &index));
    let (blocks, rules) = suffixes::build(suffix_list)?;
    parts.extend([blocks, rules]);

    let mut file = b"GSKTPLC1".to_vec();
    parts
        .iter()
        .for_each(|part| number(&mut file, part.len() as u64, 4));
    println!(
        "parts: {:?}",
        parts.iter().map(Vec::len).collect::<Vec<_>>()
    );
    parts.iter().for_each(|part| file.extend(part));
    let mut samples = String::new();
    sample(&mut samples, &country4, BELOW_V4, "country");
    sample(&mut samples, &country6, BELOW_V6, "country");
    sample(&mut samples, &network4, BELOW_V4, "asn");
    sample(&mut samples, &network6, BELOW_V6, "asn");
    Ok(Built {
        file,
        samples: samples.into_bytes(),
    })
}

fn read(csv: &str) -> Result<Vec<Range>, String> {
    let mut ranges: Vec<Range> = Vec::new();
    for (at, line) in csv.lines().enumerate() {
        let wrong = || {
            format!(
                "line {} of a table: expected first, last, value: {line}",
                at + 1
            )
        };
        let mut fields = line.splitn(4, ',');
        let mut field = || fields.next().ok_or_else(wrong);
        let (first, last) = (field()?, field()?);
        let value = field()?.to_owned();
        let name = fields.next().unwrap_or_default();
        let name = name.trim_matches('"').replace("\"\"", "\"");
        let parse = |text: &str| text.parse::<u128>().map_err(|_| wrong());
        let (mut first, last) = (parse(first)?, parse(last)?);
        // One pair of rows overlaps: the earlier one holds.
        if let Some(before) = ranges.last() {
            first = first.max(before.last + 1);
        }
        if first <= last {
            ranges.push(Range {
                first,
                last,
                value,
                name,
            });
        }
    }
    Ok(ranges)
}

/// What holds for each unit: where several ranges share one, the one with most of its addresses.
/// Between two ranges with the same value it holds for the gap, too, where nobody can be.
fn starts(ranges: &[Range], below: u32) -> Starts {
    let mut whole: Vec<(u64, u64, &str)> = Vec::new();
    let mut shares: BTreeMap<u64, BTreeMap<&str, u128>> = BTreeMap::new();
    let unit = |address: u128| u64::try_from(address >> below).unwrap_or(u64::MAX);
    for range in ranges {
        let size = 1_u128 << below;
        let (mut from, mut to) = (unit(range.first), unit(range.last) + 1);
        for edge in [from, to - 1] {
            let start = u128::from(edge) << below;
            let held = range.last.min(start + size - 1) - range.first.max(start) + 1;
            if held < size && from <= edge && edge < to {
                *shares
                    .entry(edge)
                    .or_default()
                    .entry(&range.value)
                    .or_default() += held;
                if edge == from { from += 1 } else { to -= 1 }
            }
        }
        if from < to {
            whole.push((from, to, &range.value));
        }
    }
    for (edge, held) in shares {
        let none = (1_u128 << below) - held.values().sum::<u128>();
        let most = held.into_iter().max_by_key(|(_, count)| *count);
        if let Some((value, _)) = most.filter(|(_, count)| *count >= none) {
            whole.push((edge, edge + 1, value));
        }
    }
    whole.sort_unstable();
    let mut starts: Starts = vec![(0, None)];
    let mut end = 0;
    for (at, (from, to, value)) in whole.iter().enumerate() {
        let last = starts.last().and_then(|(_, value)| value.clone());
        if at == 0 || last.as_deref() != Some(value) {
            if *from > end && at > 0 {
                starts.push((end, None));
            }
            starts.push((*from, Some((*value).to_owned())));
        }
        end = *to;
    }
    starts.push((end, None));
    starts
}

type Pair = (Option<String>, Option<String>);

fn joined(countries: &Starts, networks: &Starts) -> Vec<(u64, Pair)> {
    let units: BTreeSet<u64> = countries
        .iter()
        .chain(networks)
        .map(|(unit, _)| *unit)
        .collect();
    let holds = |starts: &Starts, unit: u64| {
        let after = starts.partition_point(|(start, _)| *start <= unit);
        starts[after - 1].1.clone()
    };
    let mut joined: Vec<(u64, Pair)> = Vec::new();
    for unit in units {
        let pair = (holds(countries, unit), holds(networks, unit));
        if joined.last().is_none_or(|(_, last)| *last != pair) {
            joined.push((unit, pair));
        }
    }
    joined
}

/// Blocks, lengths and values.
fn ranges(starts: &[(u64, Pair)], index: &BTreeMap<&Pair, u64>) -> [Vec<u8>; 3] {
    let (mut blocks, mut lengths, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (unit, pair)) in starts.iter().enumerate() {
        if at % BLOCK == 0 {
            number(&mut blocks, *unit, 6);
            number(&mut blocks, lengths.len() as u64, 3);
            number(&mut blocks, values.len() as u64, 3);
        }
        if let Some((next, _)) = starts.get(at + 1) {
            length(&mut lengths, next - unit);
        }
        small(&mut values, index[pair]);
    }
    [blocks, lengths, values]
}

/// Lines of address, field and value, straight from the rows that fill whole units.
fn sample(out: &mut String, ranges: &[Range], below: u32, field: &str) {
    let unit = 1_u128 << below;
    let whole = ranges
        .iter()
        .filter(|r| r.first % unit == 0 && (r.last + 1) % unit == 0);
    for range in whole.step_by(SAMPLED) {
        for address in [range.first, range.last] {
            let address = match below {
                BELOW_V4 => std::net::Ipv4Addr::from_bits(address as u32).to_string(),
                _ => std::net::Ipv6Addr::from_bits(address).to_string(),
            };
            out.push_str(&format!("{address} {field} {}\n", range.value));
        }
    }
}
