//! The readable payload of one request or datagram: decoded, bounded, searched for identifiers.

mod bounds;
mod decode;
mod identify;
pub mod known;
pub mod learned;
mod readers;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use bounds::BoundsHit;
use known::Known;
use learned::Learning;
use readers::Readers;

/// Confidence in percent from which a finding alerts.
pub const ALERT_CONFIDENCE: u8 = 50;

/// Reads `parts`: opens what is wrapped, and looks for identifiers in all of it.
///
/// Takes any bytes, never fails, and does a bounded amount of work; where a bound was in the way,
/// [`Content::bounds_hit`] says so.
pub fn examine(parts: &Parts<'_>) -> Content {
    Examiner::default().examine(parts, &Known::default())
}

/// Examines one request after another in the same memory, a megabyte at most.
#[derive(Default)]
pub struct Examiner {
    scratch: decode::Scratch,
    work: usize,
}

impl Examiner {
    /// Reads `parts` as [`examine`] does, and looks for the identifiers in `known`, too.
    pub fn examine(&mut self, parts: &Parts<'_>, known: &Known) -> Content {
        self.examine_learning(parts, known, None)
    }

    /// Reads `parts` as [`Examiner::examine`] does, while a memory of tokens reads along.
    pub fn examine_learning(
        &mut self,
        parts: &Parts<'_>,
        known: &Known,
        learning: Option<Learning<'_>>,
    ) -> Content {
        let mut readers = Readers::new(known, learning);
        let decoded = decode::open(parts, &mut readers, &mut self.scratch);
        log::trace!("content: {} bytes looked at", decoded.work);
        self.work += decoded.work;
        let (findings, left_out) = readers.finish();
        let mut bounds_hit = decoded.bounds_hit;
        bounds_hit.findings = left_out;
        Content {
            decoded: decoded.text,
            findings,
            bounds_hit,
        }
    }

    /// Bytes looked at since this was last asked, each time they were looked at.
    pub(crate) fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }
}

/// Kinds of identifier that can be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// International Mobile Equipment Identity, also IMEISV.
    Imei,
    /// Mobile Equipment Identifier of a CDMA device, recognised by its key.
    Meid,
    /// International Mobile Subscriber Identity.
    Imsi,
    /// SIM card serial number (ITU-T E.118).
    Iccid,
    /// MAC address of the device or BSSID of its access point.
    Mac,
    /// Cell identity: two or more of mcc, mnc, lac/tac, cid together.
    Cell,
    /// Android ID or another device id, recognised by its key.
    DeviceId,
    /// Hardware serial number, recognised by its key.
    Serial,
    /// Advertising id of the platform, recognised by its key.
    AdvertisingId,
    /// Phone number (ITU-T E.164, or national under a key that says so).
    Phone,
    /// Mailbox of the user (RFC 5322).
    Email,
    /// Latitude and longitude.
    Location,
    /// Name of a Wi-Fi network.
    Ssid,
    /// Package names of installed apps; what is shown of it is how many.
    AppList,
    /// A random token of no known format, learned: [`learned`].
    StableId,
}

/// What a finding rests on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It looks like one, by key, number range or check digit: suspected.
    #[default]
    Likeness,
    /// You typed this in: proven.
    Typed,
    /// The same token came again, over days, from several apps or to several receivers: warns only.
    Learned,
}

impl Basis {
    fn is_likeness(&self) -> bool {
        *self == Self::Likeness
    }
}

/// One identifier found in a payload. The value itself never leaves the core: it is masked here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it is.
    pub kind: IdentifierKind,
    /// First two and last character, the rest bullets: `35••••••••••••6`.
    pub masked: String,
    /// The way it was wrapped, outermost first: `form:d → base64 → json:SIM1ICCID`. Keys that
    /// could hold an identifier themselves are shown as a bullet.
    pub path: String,
    /// How sure the evidence makes us, in percent; 50 and above alerts.
    pub confidence: u8,
    /// What that rests on; not written where it is likeness alone.
    #[serde(default, skip_serializing_if = "Basis::is_likeness")]
    pub basis: Basis,
}

impl Finding {
    /// Whether it is sure enough to tell the user, and to block by.
    pub fn alerts(&self) -> bool {
        self.confidence >= ALERT_CONFIDENCE
    }

    /// Bytes that it takes, roughly.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.masked.len() + self.path.len()
    }

    /// Whether it is certain, because the user typed the value in.
    pub fn is_proven(&self) -> bool {
        self.basis == Basis::Typed
    }
}

/// The readable parts of one request or datagram, as handed to [`examine`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'a> {
    /// Path of the request target, without the query.
    pub path: &'a [u8],
    /// Query of the request target, without the question mark.
    pub query: &'a [u8],
    /// The header block, without the request line.
    pub headers: &'a [u8],
    /// Media type as sent, where sent.
    pub content_type: Option<&'a str>,
    /// Content coding as sent, where sent.
    pub content_encoding: Option<&'a str>,
    /// Body after transfer decoding, possibly cut at the hold limit.
    pub body: &'a [u8],
}

/// What [`examine`] read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Every text layer the decode chain reached in query and body, innermost included, joined by
    /// line feeds: what the rule field `body.decoded` is matched against.
    pub decoded: String,
    /// The identifiers found, the surest first, no duplicates of kind and value.
    pub findings: Vec<Finding>,
    /// The bounds of the decode chain that were hit.
    pub bounds_hit: BoundsHit,
}
