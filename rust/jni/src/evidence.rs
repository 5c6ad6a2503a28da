//! Bundles of evidence of lines of the app's history.

use gasket_core::evidence::{Quoted, StatedHead};
use gasket_core::rules::Pack;
use jni::Env;
use jni::objects::{JByteArray, JClass, JString};
use serde::Deserialize;

use crate::failure::Failure;
use crate::read_json;

/// What the app hands over of a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The event, byte for byte as the history has it.
    record: String,
    /// The number of the line.
    line: u64,
    /// The local time in full, with its offset from UTC.
    written_time: String,
    /// The language of all words.
    language: String,
    /// What happened and what became of it.
    sentence: String,
    sender: Option<String>,
    to: String,
    /// What that rests on, in lines.
    facts: Vec<String>,
    /// The gravest rule that matched.
    rule: Option<String>,
    /// Where the history's chains end.
    head: StatedHead,
}

/// A bundle of a line of the history: a zip file.
pub(crate) fn evidence<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    asked: JString<'local>,
) -> Result<JByteArray<'local>, Failure> {
    let asked: Asked = read_json(env, "what evidence is made of", &asked)?;
    let pack = Pack::embedded();
    let rule = asked.rule.as_deref().and_then(|id| pack.rule(id));
    let quoted = Quoted {
        record: &asked.record,
        line: asked.line,
        written_time: &asked.written_time,
        language: &asked.language,
        sentence: &asked.sentence,
        sender: asked.sender.as_deref(),
        to: &asked.to,
        facts: &asked.facts,
        rule: rule.and_then(|rule| Some((rule, Pack::source(&rule.file)?))),
        head: &asked.head,
        version: env!("CARGO_PKG_VERSION"),
    };
    let bundle = quoted
        .bundle()
        .map_err(|error| Failure::Argument(error.to_string()))?;
    Ok(env.byte_array_from_slice(&bundle.bytes)?)
}
