//! What is kept between runs: random codes that come again, and who speaks when (`--learned FILE`).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use gasket_core::memory::{Memory, STATE_MAX};
use gasket_engine::Engine;

use crate::args::KeptArguments;
use crate::failure::Failure;
use crate::identifiers::key_file;
use crate::whole_file;

/// Permissions of the file: its owner's alone.
const MODE: u32 = 0o600;

/// The memory, and where it is kept, if anywhere.
pub(crate) struct Kept {
    pub(crate) memory: Memory,
    place: Option<PathBuf>,
}

/// Where the memory that an engine now has is kept, if anywhere.
pub(crate) struct Lent(Option<PathBuf>);

impl Kept {
    /// Reads the file that is named, or begins anew. One that cannot be read starts nothing.
    pub(crate) fn open(arguments: &KeptArguments) -> Result<Self, Failure> {
        let memory = match arguments.learned.as_deref() {
            Some(path) => read(path)?,
            None => Memory::new(&key_file::random()?),
        };
        Ok(Self {
            memory,
            place: arguments.learned.clone(),
        })
    }

    /// Writes the file, if one was named.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        match &self.place {
            Some(path) => write(path, &self.memory.state()),
            None => Ok(()),
        }
    }

    /// Has `engine` go on with the memory.
    pub(crate) fn hand_to(self, engine: &Engine) -> Lent {
        engine.set_memory(self.memory);
        Lent(self.place)
    }
}

impl Lent {
    /// Writes what `engine`, which still runs, has learned, if a file was named.
    pub(crate) fn save(&self, engine: &Engine) -> Result<(), Failure> {
        let Some(path) = &self.0 else {
            return Ok(());
        };
        let gone = || {
            Failure::Other(format!(
                "{}: the engine did not say what it had learned; the file is as it was",
                path.display()
            ))
        };
        write(path, &engine.memory().ok_or_else(gone)?)
    }
}

fn read(path: &Path) -> Result<Memory, Failure> {
    let refuse = |what: String| Failure::Usage(format!("--learned {}: {what}", path.display()));
    let key_path = key_file::beside(path);
    let key = key_file::find(&key_path)?;
    let file = match File::open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(refuse(error.to_string())),
    };
    match (file, key) {
        (None, None) => Ok(Memory::new(&key_file::create(&key_path)?)),
        (None, Some(key)) => Ok(Memory::new(&key)),
        (Some(_), None) => Err(refuse(format!(
            "its key {} is not there. Put it back, or remove the file to learn from anew",
            key_path.display()
        ))),
        (Some(file), Some(key)) => {
            let state = whole_file::beginning(file, STATE_MAX as u64)
                .map_err(|error| refuse(error.to_string()))?;
            Memory::restore(&state, &key).map_err(|error| refuse(error.to_string()))
        }
    }
}

/// Writes the file whole, or leaves it as it is.
fn write(path: &Path, state: &[u8]) -> Result<(), Failure> {
    whole_file::replace(path, state, MODE).map_err(|error| {
        Failure::Other(format!(
            "what was learned cannot be written to {}: {error}",
            path.display()
        ))
    })
}
