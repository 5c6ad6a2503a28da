//! What comes in pieces: the outcome does not depend on how it was cut.

use gasket_core::dns::forward::Frames;
use gasket_core::dns::stream::Questions;
use gasket_core::inspect::Said;
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::inspect::tls::{HelloReader, HelloStep};

/// Length and name of each question, from an app that sends `piece` bytes at a time.
fn questions(stream: &[u8], piece: usize) -> Vec<(usize, Option<String>)> {
    let mut questions = Questions::default();
    let mut all = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let held = stream.get(start..end).unwrap_or_default();
        match questions.step(held, end == stream.len()) {
            Some((len, name)) => {
                assert!((1..=held.len()).contains(&len));
                all.push((len, name.map(str::to_owned)));
                start += len;
            }
            None if end == stream.len() => return all,
            None => end = (end + piece).min(stream.len()),
        }
    }
}

/// Each message of a resolver that sends `piece` bytes at a time.
fn answers(stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let mut frames = Frames::new();
    let mut all = Vec::new();
    for mut piece in stream.chunks(piece) {
        while !piece.is_empty() {
            let taken = frames.push(piece);
            piece = piece.get(taken..).expect("no more than was offered");
            let before = all.len();
            all.extend(std::iter::from_fn(|| frames.pull()));
            assert!(taken > 0 || all.len() > before, "stuck");
        }
    }
    all
}

/// DNS over TCP, either way. The questions add up to the stream.
pub(super) fn dns(data: &[u8]) {
    let whole = data.len().max(1);
    let at_once = questions(data, whole);
    assert_eq!(
        at_once.iter().map(|(len, _)| len).sum::<usize>(),
        data.len()
    );
    assert_eq!(at_once, questions(data, 7));
    assert_eq!(answers(data, whole), answers(data, 7));
}

/// The units do not depend on how the stream was cut, up to where no protocol is known.
pub(super) fn http(data: &[u8]) {
    assert_eq!(units(data, data.len().max(1)), units(data, 7));
}

/// Length and text of each unit before the first of no known protocol.
fn units(stream: &[u8], piece: usize) -> Vec<(usize, String)> {
    let mut inspector = StreamInspector::new();
    let mut units = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let held = stream.get(start..end).unwrap_or_default();
        let ended = end == stream.len();
        match inspector.step(held, ended) {
            StreamStep::Pass => return units,
            StreamStep::Judge {
                said: Said::Raw(_), ..
            } => return units,
            StreamStep::Judge { len, said } => {
                assert!(len <= held.len());
                // Of several reasons to refuse a head, which one is told may depend on the cut.
                let text = match said {
                    Said::Unframed(_) => String::from("unframed"),
                    said => format!("{said:?}"),
                };
                units.push((len, text));
                start += len;
            }
            StreamStep::NeedMore | StreamStep::Expects => {
                assert!(
                    held.len() < StreamInspector::HOLD_MAX,
                    "held without a verdict"
                );
                if ended {
                    return units;
                }
                end = (end + piece).min(stream.len());
            }
        }
    }
}

/// A hello is the same however it arrives.
pub(super) fn tls(data: &[u8]) {
    let at_once = HelloReader::new().read(data);
    let mut reader = HelloReader::new();
    for end in 1..data.len() {
        let step = reader.read(data.get(..end).unwrap_or_default());
        if step != HelloStep::NeedMore {
            assert_eq!(step, at_once);
            return;
        }
    }
    assert_eq!(reader.read(data), at_once);
}
