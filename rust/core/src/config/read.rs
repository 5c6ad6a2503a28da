//! Deserialisers that refuse what the types alone would let through. They run while serde_json
//! still knows the position, so that each refusal has its line and column.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{
    AppMode, CONFIG_VERSION, Config, ConfigError, MIN_MTU, MOST_ASK_SECONDS, RuleChoice, RuleMode,
    Target, Uid,
};

/// Longest host name in its textual form (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;
/// Longest label of a host name (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Only the version, whatever else there is: a document of a later version is refused for its
/// version, not for the first key that this build does not know.
#[derive(Deserialize)]
struct Versioned {
    #[serde(deserialize_with = "version")]
    #[expect(dead_code, reason = "reading it is the check")]
    version: u32,
}

pub(super) fn document(text: &str) -> Result<Config, ConfigError> {
    // serde would read a list as the fields in their order.
    if text.trim_start().starts_with('[') {
        return Err(ConfigError::not_an_object());
    }
    parse::<Versioned>(text)?;
    parse(text)
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, ConfigError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let read = T::deserialize(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    ));
    read.and_then(|value| json.end().map(|()| value))
        .map_err(|error| {
            ConfigError::new(text, serde_path_to_error::Error::new(track.path(), error))
        })
}

pub(super) fn version<'de, D: Deserializer<'de>>(json: D) -> Result<u32, D::Error> {
    match u32::deserialize(json)? {
        CONFIG_VERSION => Ok(CONFIG_VERSION),
        other => Err(D::Error::custom(format!(
            "version {other} is not one this build reads"
        ))),
    }
}

pub(super) fn mtu<'de, D: Deserializer<'de>>(json: D) -> Result<u16, D::Error> {
    let mtu = u64::deserialize(json)?;
    u16::try_from(mtu)
        .ok()
        .filter(|mtu| *mtu >= MIN_MTU)
        .ok_or_else(|| D::Error::custom(format!("an MTU of {mtu} bytes is out of range")))
}

pub(super) fn ask_seconds<'de, D: Deserializer<'de>>(json: D) -> Result<u8, D::Error> {
    let seconds = u64::deserialize(json)?;
    u8::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds <= MOST_ASK_SECONDS)
        .ok_or_else(|| D::Error::custom(format!("{seconds} seconds are out of range")))
}

struct Port(u16);

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        match u16::deserialize(json)? {
            0 => Err(D::Error::custom("port 0 is never dialled")),
            port => Ok(Self(port)),
        }
    }
}

pub(super) fn ports<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u16>, D::Error> {
    let ports = Vec::<Port>::deserialize(json)?;
    Ok(ports.into_iter().map(|Port(port)| port).collect())
}

struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let name = String::deserialize(json)?;
        match name_problem(&name) {
            Some(problem) => Err(D::Error::custom(format!("\"{name}\" {problem}"))),
            None => Ok(Self(name)),
        }
    }
}

pub(super) fn names<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<Name>::deserialize(json)?;
    Ok(names.into_iter().map(|Name(name)| name).collect())
}

/// What keeps a text from being a host name, if anything does.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.is_empty() {
        Some("is empty")
    } else if bare.contains('*') {
        Some("has a wildcard; a name always covers the names below it, so leave \"*.\" out")
    } else if bare.contains(['/', ':', '@', ' ']) {
        Some("is not a bare name; leave out scheme, port, path and spaces")
    } else if !bare.is_ascii() {
        Some("has letters that DNS does not carry; write its \"xn--\" form")
    } else if bare.len() > LONGEST_NAME {
        Some("is longer than 253 bytes")
    } else if bare.parse::<std::net::Ipv4Addr>().is_ok() {
        Some("is an address, not a name")
    } else if bare.split('.').any(|label| label.is_empty()) {
        Some("has an empty label; two dots stand together, or one stands in front")
    } else if bare.split('.').any(|label| label.len() > LONGEST_LABEL) {
        Some("has a label longer than 63 bytes")
    } else if !bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        Some("has a character that no host name has")
    } else {
        None
    }
}

pub(super) fn apps<'de, D: Deserializer<'de>>(
    json: D,
) -> Result<BTreeMap<String, AppMode>, D::Error> {
    json.deserialize_map(DistinctKeys(PhantomData))
}

pub(super) fn rules<'de, D: Deserializer<'de>>(
    json: D,
) -> Result<BTreeMap<String, RuleChoice>, D::Error> {
    json.deserialize_map(DistinctKeys(PhantomData))
}

pub(super) fn own_rules<'de, D: Deserializer<'de>>(
    json: D,
) -> Result<BTreeMap<Target, RuleMode>, D::Error> {
    json.deserialize_map(DistinctKeys(PhantomData))
}

pub(super) fn rule_files<'de, D: Deserializer<'de>>(
    json: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    json.deserialize_map(DistinctKeys(PhantomData))
}

pub(super) fn uids<'de, D: Deserializer<'de>>(json: D) -> Result<BTreeMap<u32, Uid>, D::Error> {
    json.deserialize_map(DistinctKeys(PhantomData))
}

/// What an object's key stands for.
trait Key: Ord + Sized {
    /// Reads it, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;
}

impl Key for String {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(String::from("an empty key"));
        }
        Ok(text.to_owned())
    }
}

impl Key for Target {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl Key for u32 {
    fn read(text: &str) -> Result<Self, String> {
        // Only the shortest form, so that two keys cannot stand for one id.
        let id = text.parse().ok().filter(|id: &Self| id.to_string() == text);
        id.ok_or_else(|| format!("\"{text}\" is not a user id"))
    }
}

/// A map that refuses the second of two equal keys, where serde would let it win.
struct DistinctKeys<K, V>(PhantomData<(K, V)>);

impl<'de, K: Key, V: Deserialize<'de>> Visitor<'de> for DistinctKeys<K, V> {
    type Value = BTreeMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(text) = entries.next_key::<String>()? {
            let key = K::read(&text).map_err(A::Error::custom)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("\"{text}\" is set twice")));
            }
            map.insert(key, entries.next_value()?);
        }
        Ok(map)
    }
}
