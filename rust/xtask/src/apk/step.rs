//! Steps that are skipped while nothing they depend on has changed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::error::Result;
use super::files;

/// One step: a name, everything its outcome depends on, and where it leaves what.
pub(crate) struct Step {
    name: &'static str,
    stamp: PathBuf,
    key: Sha256,
}

impl Step {
    /// A step whose stamp is kept in `folder`.
    pub(crate) fn new(folder: &Path, name: &'static str) -> Self {
        Self {
            name,
            stamp: folder.join(format!("{name}.stamp")),
            key: Sha256::new(),
        }
    }

    /// It depends on this text: arguments, versions, or the source of what does the step.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.add(text.as_bytes());
        self
    }

    /// It depends on what this file holds, or all files under this folder.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self> {
        if path.is_dir() {
            return self.folder(path);
        }
        self.add(path.to_string_lossy().as_bytes());
        self.add(files::sha256(path)?.as_bytes());
        Ok(self)
    }

    /// It depends on what these files hold.
    pub(crate) fn files<P: AsRef<Path>>(self, paths: &[P]) -> Result<Self> {
        paths
            .iter()
            .try_fold(self, |step, path| step.file(path.as_ref()))
    }

    /// It depends on all files under this folder, and on their names.
    pub(crate) fn folder(self, path: &Path) -> Result<Self> {
        self.files(&files::under(path)?)
    }

    /// Does the work, unless it was done for the same key and all outputs are still there.
    pub(crate) fn run(self, outputs: &[&Path], work: impl FnOnce() -> Result<()>) -> Result<()> {
        let key = files::hexadecimal(&self.key.finalize());
        let done = outputs.iter().all(|output| output.exists())
            && std::fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp == key);
        if done {
            println!("    unchanged  {}", self.name);
            return Ok(());
        }
        files::remove(&self.stamp)?;
        let start = Instant::now();
        work()?;
        files::write(&self.stamp, &key)?;
        println!("  {:7.1} s  {}", start.elapsed().as_secs_f64(), self.name);
        Ok(())
    }

    /// With its length, so that two inputs cannot run into each other.
    fn add(&mut self, bytes: &[u8]) {
        self.key.update((bytes.len() as u64).to_le_bytes());
        self.key.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_step_runs_again_only_when_an_input_changed_or_an_output_is_gone() {
        let folder = std::env::temp_dir().join(format!("gasket-step-{}", std::process::id()));
        let (input, output) = (folder.join("in"), folder.join("out"));
        let runs = Cell::new(0);
        let go = |arguments: &str| {
            let step = Step::new(&folder, "copy").text(arguments);
            let step = step.file(&input).unwrap();
            step.run(&[&output], || {
                runs.set(runs.get() + 1);
                files::write(&output, "made")
            })
            .unwrap();
        };
        files::write(&input, "one").unwrap();
        go("-x");
        go("-x");
        assert_eq!(runs.get(), 1);
        go("-y");
        assert_eq!(runs.get(), 2);
        files::write(&input, "two").unwrap();
        go("-y");
        assert_eq!(runs.get(), 3);
        files::remove(&output).unwrap();
        go("-y");
        assert_eq!(runs.get(), 4);
        files::remove(&folder).unwrap();
    }

    #[test]
    fn a_failed_step_is_tried_again() {
        let folder = std::env::temp_dir().join(format!("gasket-fail-{}", std::process::id()));
        let output = folder.join("out");
        let fail = || {
            files::write(&output, "half")?;
            Err(super::super::error::Error::Missing("no".into()))
        };
        assert!(Step::new(&folder, "fail").run(&[&output], fail).is_err());
        let ran = Cell::new(false);
        let succeed = || {
            ran.set(true);
            Ok(())
        };
        Step::new(&folder, "fail").run(&[&output], succeed).unwrap();
        assert!(ran.get());
        files::remove(&folder).unwrap();
    }
}
