//! What every library is linked against: stubs of the phone's libraries, and libunwind.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::abi::Abi;
use super::bionic::{self, Exports, Kind};
use super::toolchain::Toolchain;
use crate::apk::error::Result;
use crate::apk::files;
use crate::apk::tool::Tool;

/// The sources of libunwind that unwind Rust on Android.
const UNWINDER: [&str; 7] = [
    "libunwind.cpp",
    "Unwind-EHABI.cpp",
    "UnwindLevel1.c",
    "UnwindLevel1-gcc-ext.c",
    "Unwind-sjlj.c",
    "UnwindRegistersRestore.S",
    "UnwindRegistersSave.S",
];

/// The C library's headers as far as libunwind looks into them.
fn headers() -> PathBuf {
    crate::root().join("rust/xtask/src/apk/native/include")
}

/// Makes the folder to link against, unless it is there and nothing it is made from has changed.
pub(super) fn prepare(abi: Abi, toolchain: &Toolchain, work: &Path) -> Result<PathBuf> {
    let folder = work.join("runtime").join(abi.name());
    let exports = bionic::exports(abi, work)?;
    let stubs: Vec<(&str, String)> = exports
        .iter()
        .map(|(name, exports)| (*name, stub(exports)))
        .collect();
    let key = key(abi, toolchain, &stubs)?;
    let stamp = folder.join("key");
    if files::read_text(&stamp).is_ok_and(|done| done == key) {
        return Ok(folder);
    }
    files::empty_folder(&folder)?;
    for (name, assembly) in &stubs {
        link_stub(abi, toolchain, &folder, name, assembly)?;
    }
    archive_unwinder(abi, toolchain, &folder)?;
    // Last, so that what was interrupted is made again.
    files::write(&stamp, key)?;
    Ok(folder)
}

/// All that the folder's content depends on, as one digest.
fn key(abi: Abi, toolchain: &Toolchain, stubs: &[(&str, String)]) -> Result<String> {
    let mut text = format!("{}\n{:?}\n", toolchain.versions, abi.clang());
    for flag in UNWINDER_FLAGS {
        text.push_str(flag);
    }
    for (name, assembly) in stubs {
        text.push_str(name);
        text.push_str(assembly);
    }
    for header in files::under(&headers())? {
        text.push_str(&files::read_text(&header)?);
    }
    Ok(digest(text.as_bytes()))
}

fn digest(bytes: &[u8]) -> String {
    files::hexadecimal(&Sha256::digest(bytes))
}

/// Assembly that defines the symbols, of no use but to be linked against.
fn stub(exports: &Exports) -> String {
    let mut text = String::new();
    for (name, kind) in exports {
        let (section, kind) = match kind {
            Kind::Function => (".text", "%function"),
            Kind::Object => (".data", "%object"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{section}\n.globl {name}\n.type {name}, {kind}\n{name}: .space 8\n.size {name}, 8"
        );
    }
    text
}

fn link_stub(
    abi: Abi,
    toolchain: &Toolchain,
    folder: &Path,
    name: &str,
    assembly: &str,
) -> Result<()> {
    let objects = folder.join("objects");
    let source = objects.join(name).with_extension("s");
    let object = objects.join(name).with_extension("o");
    files::write(&source, assembly)?;
    Tool::new(&toolchain.clang)
        .args(abi.clang())
        .arg("-c")
        .arg(&source)
        .arg("-o")
        .arg(&object)
        .run()?;
    toolchain
        .linker()
        .args(["-shared", "--hash-style=gnu", "-soname", name, "-o"])
        .arg(folder.join(name))
        .arg(&object)
        .run()?;
    Ok(())
}

/// Native unwinding only, nothing exported, and no C library but our headers.
const UNWINDER_FLAGS: [&str; 9] = [
    "-O2",
    "-fPIC",
    "-DNDEBUG",
    "-D_LIBUNWIND_IS_NATIVE_ONLY",
    "-D_LIBUNWIND_HIDE_SYMBOLS",
    "-fvisibility=hidden",
    "-funwind-tables",
    "-fno-stack-protector",
    "-nostdlibinc",
];

fn archive_unwinder(abi: Abi, toolchain: &Toolchain, folder: &Path) -> Result<()> {
    let sources = toolchain.libunwind();
    let mut objects = Vec::new();
    for name in UNWINDER {
        let source = sources.join("src").join(name);
        let object = folder.join("objects").join(name).with_extension("o");
        Tool::new(&toolchain.clang)
            .args(abi.clang())
            .args(UNWINDER_FLAGS)
            .args(language_flags(&source))
            .arg("-isystem")
            .arg(headers())
            .arg("-I")
            .arg(sources.join("include"))
            .arg("-I")
            .arg(sources.join("src"))
            .arg("-c")
            .arg(&source)
            .arg("-o")
            .arg(&object)
            .run()?;
        objects.push(object);
    }
    toolchain
        .archiver()
        .arg("rcsD")
        .arg(folder.join("libunwind.a"))
        .args(objects)
        .run()?;
    Ok(())
}

fn language_flags(source: &Path) -> &'static [&'static str] {
    match source.extension().and_then(|extension| extension.to_str()) {
        Some("cpp") => &["-std=c++17", "-nostdinc++", "-fno-exceptions", "-fno-rtti"],
        Some("c") => &["-std=c11", "-fexceptions"],
        _ => &[],
    }
}
