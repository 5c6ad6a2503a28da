//! Captures (pcap, pcapng) that the user has the app look into.

use std::io::{self, Read};

use gasket_capture::flows::Flows;
use gasket_capture::scan::{Ending, Examiner, Limits, Summary, Teller, scan as read_capture};
use gasket_core::event::{Event, RequestLine};
use gasket_core::inspect::content::learned::Learned;
use jni::objects::{JByteArray, JClass, JString};
use jni::sys::jlong;
use jni::{Env, errors};
use serde::Serialize;

use crate::failure::Failure;
use crate::java::Stream;
use crate::{known, read_config};

/// Lines that are handed over; nobody reads more, and a million of them would not fit into memory.
const MOST_LINES: usize = 1_000;

/// Flows that are followed: some hundred bytes each, and more than a phone has in a day.
const MOST_FLOWS: u64 = 50_000;

/// Bytes asked for at once: a call up costs about as much as reading a page.
const CHUNK: usize = 64 << 10;

/// What the crate `jni` writes for an exception without a message.
const NO_MESSAGE: &str = "<NULL>";

/// What came of a capture.
#[derive(Serialize)]
struct Scanned {
    events: Vec<Event>,
    /// Which of `events` name no host, and came to an address no look-up had led to.
    nameless: Vec<usize>,
    /// Events beyond those.
    left_out: u64,
    ending: Ending,
    summary: Summary,
}

/// Reads a capture from `source`, at most `most_bytes` of it, and judges it by this config. What is wrong
/// with it is in the result, with its offset; what came before is, too.
pub(crate) fn scan<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    source: Stream<'local>,
    config: JString<'local>,
    most_bytes: jlong,
) -> Result<JByteArray<'local>, Failure> {
    if source.is_null() {
        return Err(Failure::Argument("the capture is null".to_owned()));
    }
    let bytes = u64::try_from(most_bytes)
        .map_err(|_| Failure::Argument(format!("{most_bytes} is no number of bytes")))?;
    let config = read_config(env, &config)?;
    let limits = Limits {
        bytes,
        flows: MOST_FLOWS,
    };
    let mut learned = Learned::unsaved(0);
    let mut list = List::default();
    let examiner = Examiner::new(
        config,
        gasket_core::rules::Pack::embedded(),
        known::places(),
        &mut learned,
        &mut list,
    );
    let input = Input::new(env, &source)?;
    let (ending, summary, _) = read_capture(input, limits, Flows::new(1), examiner);
    let scanned = Scanned {
        events: list.events,
        nameless: list.nameless,
        left_out: list.left_out,
        ending,
        summary,
    };
    let json = serde_json::to_vec(&scanned)
        .map_err(|error| Failure::State(format!("what was found cannot be written: {error}")))?;
    Ok(env.byte_array_from_slice(&json)?)
}

/// Keeps the first events.
#[derive(Default)]
struct List {
    events: Vec<Event>,
    nameless: Vec<usize>,
    left_out: u64,
}

impl Teller for List {
    fn event(&mut self, event: &Event, nameless: bool) {
        if self.events.len() >= MOST_LINES {
            self.left_out += 1;
            return;
        }
        if nameless {
            self.nameless.push(self.events.len());
        }
        self.events.push(event.clone());
    }

    fn request(&mut self, _: u64, _: &str, _: &RequestLine) {}
}

/// A stream of Java's as Rust reads.
struct Input<'call, 'local> {
    env: &'call mut Env<'local>,
    stream: &'call Stream<'local>,
    buffer: JByteArray<'local>,
    held: Vec<i8>,
    at: usize,
}

impl<'call, 'local> Input<'call, 'local> {
    fn new(env: &'call mut Env<'local>, stream: &'call Stream<'local>) -> errors::Result<Self> {
        let buffer = env.new_byte_array(CHUNK)?;
        Ok(Self {
            env,
            stream,
            buffer,
            held: Vec::new(),
            at: 0,
        })
    }

    /// The next chunk; an empty one at the end.
    fn fetch(&mut self) -> errors::Result<()> {
        let count = self.stream.read(self.env, &self.buffer)?;
        // Negative is Java's end of a stream.
        let count = usize::try_from(count).unwrap_or(0).min(CHUNK);
        self.held.resize(count, 0);
        self.at = 0;
        self.buffer.get_region(self.env, 0, &mut self.held)
    }

    /// What Java threw, in its own words.
    fn thrown(&self, error: &errors::Error) -> io::Error {
        match self.env.exception_catch() {
            Err(errors::Error::CaughtJavaException { name, msg, .. }) => {
                io::Error::other(if msg == NO_MESSAGE { name } else { msg })
            }
            _ => io::Error::other(error.to_string()),
        }
    }
}

impl Read for Input<'_, '_> {
    fn read(&mut self, wanted: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.held.len() {
            self.fetch().map_err(|error| self.thrown(&error))?;
        }
        let rest = self.held.get(self.at..).unwrap_or_default();
        let pairs = wanted.iter_mut().zip(rest);
        let count = pairs.map(|(to, from)| *to = from.cast_unsigned()).count();
        self.at += count;
        Ok(count)
    }
}
