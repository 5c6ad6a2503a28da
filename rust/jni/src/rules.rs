//! What the app shows of rules, and what it asks before it takes one.

use std::collections::BTreeMap;

use gasket_core::config::Target;
use gasket_core::rules::{Imported, Pack, hindsight as look_back, listing};
use jni::Env;
use jni::objects::{JClass, JString};

use crate::failure::Failure;
use crate::{read_json, read_text};

/// The rules that ship and those of `files` (`{"name": "text"}`), and what is wrong with the rest of these.
pub(crate) fn rules<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    files: JString<'local>,
) -> Result<JString<'local>, Failure> {
    let files: BTreeMap<String, String> = read_json(env, "the rule files", &files)?;
    let pack = Pack::embedded();
    let json = listing(&pack, &Imported::read(&files, &pack)).map_err(unwritten)?;
    Ok(JString::from_str(env, json)?)
}

/// What the rule of this file would have done to lines of the history.
pub(crate) fn hindsight<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    file: JString<'local>,
    text: JString<'local>,
    lines: JString<'local>,
) -> Result<JString<'local>, Failure> {
    let file = read_text(env, "the rule file's name", &file)?;
    let text = read_text(env, "the rule file", &text)?;
    let lines = read_text(env, "the lines of the history", &lines)?;
    let outcome = look_back(&file, &text, &lines);
    let outcome = outcome.map_err(|error| Failure::Argument(error.to_string()))?;
    let json = serde_json::to_string(&outcome).map_err(unwritten)?;
    Ok(JString::from_str(env, json)?)
}

/// A name or a range of addresses, as the user typed it, in the form that the config has it.
pub(crate) fn target<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    typed: JString<'local>,
) -> Result<JString<'local>, Failure> {
    let typed = read_text(env, "the name or address", &typed)?;
    let target = Target::parse(&typed).map_err(Failure::Argument)?;
    Ok(JString::from_str(env, target.to_string())?)
}

fn unwritten(error: serde_json::Error) -> Failure {
    Failure::State(format!("rules cannot be written: {error}"))
}
