//! `cargo xtask emulate`: the phone's library in emulated ARM processors, with the C library of a real
//! Android 6. What is asserted stands in `tests/emulation/`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::abi::Abi;
use super::toolchain::Toolchain;
use super::{LIBRARY, build, compile, work};
use crate::apk::error::{Error, Result};
use crate::apk::files;
use crate::apk::tool::Tool;
use crate::packages;
use crate::report::Outcome;

/// What the emulator knows, with the width it calls them by.
const EMULATED: [(Abi, &str); 2] = [(Abi::Arm64, "64"), (Abi::Arm, "32")];

/// No run takes longer, in seconds. An unknown system call would wait for a debugger for ever.
const PATIENCE: &str = "240";

/// Programs this starts that a machine may lack.
const NEEDS: [&str; 5] = ["rustup", "mvn", "java", "javac", "jar"];

/// As a step of the tests: `all` processors, or only the one that nearly every phone has, because each
/// takes two long links.
pub(crate) fn check(all: bool) -> Outcome {
    if let Some(missing) = NEEDS.into_iter().find(|program| !packages::exists(program)) {
        return Outcome::Skipped(format!("{missing} is not installed"));
    }
    let some = if all { &EMULATED[..] } else { &EMULATED[..1] };
    match emulate(some) {
        Ok(()) => Outcome::Passed,
        Err(error) => error.into_outcome(),
    }
}

/// Builds, loads and calls; says what held.
pub(crate) fn run() -> ExitCode {
    match emulate(&EMULATED) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask emulate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn emulate(processors: &[(Abi, &str)]) -> Result<()> {
    let abis: Vec<Abi> = processors.iter().map(|(abi, _)| *abi).collect();
    let shipped = build(&abis)?;
    let toolchain = Toolchain::prepare(&abis)?;
    let work = work();
    let emulator = emulator(&work)?;
    let classes = classes(&work, &emulator)?;
    for (&(abi, width), (_, shipped)) in processors.iter().zip(shipped) {
        let probed = work.join("probed").join(abi.name()).join(LIBRARY);
        files::write(&probed, compile(abi, &toolchain, &work, &["probes"])?)?;
        let said = Tool::new("timeout")
            .called(&format!("emulation of {abi}"))
            .args(["--kill-after=5", PATIENCE, "java", "-classpath"])
            .arg(files::class_path(&[&classes, &emulator.join("*")]))
            .args(["app.gasket.emulation.Emulation", width])
            .arg(shipped)
            .arg(probed)
            .arg(env!("CARGO_PKG_VERSION"))
            .run()?;
        let held = format!("held: {width} bits");
        if !said.contains(&held) {
            let what = format!("did not say \"{held}\":\n{said}");
            return Err(Error::input(format!("emulation of {abi}"), what));
        }
        println!("{abi}: loaded and called");
    }
    Ok(())
}

fn sources() -> PathBuf {
    crate::root().join("tests/emulation")
}

/// The emulator's jars, as `pom.xml` names them.
fn emulator(work: &Path) -> Result<PathBuf> {
    let folder = work.join("emulator");
    let project = sources().join("pom.xml");
    let key = files::sha256(&project)?;
    let stamp = folder.join("key");
    if files::read_text(&stamp).is_ok_and(|done| done == key) {
        return Ok(folder);
    }
    files::empty_folder(&folder)?;
    Tool::new("mvn")
        .args(["-B", "-q", "-f"])
        .arg(&project)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", folder.display()))
        .run()?;
    files::write(&stamp, key)?;
    Ok(folder)
}

fn classes(work: &Path, emulator: &Path) -> Result<PathBuf> {
    let folder = work.join("emulation-classes");
    files::empty_folder(&folder)?;
    Tool::new("javac")
        .args(["-Xlint:all,-path,-processing", "-Werror", "-classpath"])
        .arg(emulator.join("*"))
        .arg("-d")
        .arg(&folder)
        .args(files::with_extension(&sources(), "java")?)
        .run()?;
    Ok(folder)
}
