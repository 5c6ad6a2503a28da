//! What the native build needs from rustup and clang, fetched where it is missing.

use std::path::{Path, PathBuf};

use super::abi::Abi;
use crate::apk::error::{Error, Result};
use crate::apk::tool::Tool;
use crate::packages;

/// Names of clang, the plain one first. Any since 14 compiles libunwind.
const CLANGS: [&str; 2] = ["clang", "clang-14"];

/// Where the tools are.
#[derive(Debug)]
pub(super) struct Toolchain {
    /// Compiles C, C++ and assembly for every ABI.
    pub(super) clang: String,
    /// What says which compilers these are: part of the key of what they make.
    pub(super) versions: String,
    sysroot: PathBuf,
    host: String,
}

impl Toolchain {
    /// Finds the tools; has rustup and apt-get bring what is missing.
    pub(super) fn prepare(abis: &[Abi]) -> Result<Self> {
        let rustc = Tool::new("rustc")
            .in_folder(crate::root())
            .arg("-vV")
            .run()?;
        let host = rustc
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or_else(|| Error::input("rustc -vV", "names no host"))?
            .to_owned();
        let sysroot = Tool::new("rustc")
            .in_folder(crate::root())
            .args(["--print", "sysroot"])
            .run()?;
        let clang = clang()?;
        let version = Tool::new(&clang).arg("--version").run()?;
        let toolchain = Self {
            versions: format!("{rustc}{}", version.lines().next().unwrap_or_default()),
            clang,
            sysroot: PathBuf::from(sysroot.trim()),
            host,
        };
        toolchain.add_targets(abis)?;
        toolchain.add_components()?;
        Ok(toolchain)
    }

    /// LLVM's libunwind, as it comes with the sources of Rust's standard library.
    pub(super) fn libunwind(&self) -> PathBuf {
        self.library("src/rust/src/llvm-project/libunwind")
    }

    /// The linker that comes with Rust, as a Unix linker.
    pub(super) fn linker(&self) -> Tool {
        let mut linker = Tool::new(self.program("rust-lld"));
        linker.args(["-flavor", "gnu"]);
        linker
    }

    /// The archiver that comes with Rust.
    pub(super) fn archiver(&self) -> Tool {
        Tool::new(self.program("llvm-ar"))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.library(&self.host).join("bin").join(name)
    }

    fn library(&self, path: impl AsRef<Path>) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(path)
    }

    fn add_targets(&self, abis: &[Abi]) -> Result<()> {
        let targets = abis.iter().map(|abi| abi.target());
        let missing: Vec<_> = targets
            .filter(|target| !self.library(target).join("lib").is_dir())
            .collect();
        rustup(&["target", "add"], &missing)
    }

    fn add_components(&self) -> Result<()> {
        let components = [
            ("rust-src", self.libunwind()),
            ("llvm-tools", self.program("llvm-ar")),
        ];
        let missing: Vec<_> = components
            .into_iter()
            .filter(|(_, proof)| !proof.exists())
            .map(|(name, _)| name)
            .collect();
        rustup(&["component", "add"], &missing)
    }
}

/// `rustup COMMAND THINGS`, for the toolchain of this folder; nothing where there are none.
fn rustup(command: &[&str], things: &[&str]) -> Result<()> {
    if things.is_empty() {
        return Ok(());
    }
    println!("installing: {}", things.join(" "));
    let mut rustup = Tool::new("rustup");
    rustup.in_folder(crate::root()).args(command).args(things);
    let line = rustup.line();
    rustup.run().map_err(|error| {
        Error::Missing(format!(
            "Rust lacks {}: run {line}\n{error}",
            things.join(" ")
        ))
    })?;
    Ok(())
}

fn clang() -> Result<String> {
    let found = || CLANGS.into_iter().find(|name| packages::exists(name));
    if let Some(name) = found() {
        return Ok(name.to_owned());
    }
    let outcome = packages::ensure_these(&["clang-14"]);
    found().map(str::to_owned).ok_or_else(|| {
        Error::Missing(format!(
            "clang is missing, which compiles libunwind: {outcome}"
        ))
    })
}
