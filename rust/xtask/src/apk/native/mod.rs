//! `libgasket_jni.so` for each ABI, without Google's NDK: rustc's own linker, libunwind from the
//! sources of Rust's standard library, and stubs that export what a real phone exports.

mod abi;
mod bionic;
mod check;
mod elf;
pub(crate) mod emulate;
mod runtime;
mod toolchain;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

pub(crate) use abi::Abi;

use super::error::{Error, Result};
use super::files;
use toolchain::Toolchain;

/// The library's file name and soname.
pub(crate) const LIBRARY: &str = "libgasket_jni.so";

/// The cargo profile that phones get.
const PROFILE: &str = "android";

/// `cargo xtask native [--abi ABI]…`: builds the libraries, all by default, and says where they are.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let abis = match read(arguments) {
        Ok(abis) => abis,
        Err(why) => {
            eprintln!("xtask native: {why}");
            return ExitCode::from(2);
        }
    };
    match build(&abis) {
        Ok(built) => {
            for (abi, path) in built {
                let size = path.metadata().map_or(0, |file| file.len());
                println!("{abi:<12} {size:>9} bytes  {}", path.display());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask native: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> std::result::Result<Vec<Abi>, String> {
    let mut abis = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word != "--abi" {
            return Err(format!(
                "cannot read `{word}`; write --abi ABI, or nothing for all"
            ));
        }
        let name = words.next().map_or("", String::as_str);
        let abi = Abi::named(name).ok_or_else(|| {
            let names = Abi::ALL.map(Abi::name).join(", ");
            format!("\"{name}\" is not an ABI; use one of {names}")
        })?;
        abis.push(abi);
    }
    if abis.is_empty() {
        abis.extend(Abi::ALL);
    }
    abis.sort_unstable();
    abis.dedup();
    Ok(abis)
}

/// Builds and checks the library for each of `abis`; where they are.
pub(crate) fn build(abis: &[Abi]) -> Result<Vec<(Abi, PathBuf)>> {
    let toolchain = Toolchain::prepare(abis)?;
    let work = work();
    abis.iter()
        .map(|&abi| {
            let file = compile(abi, &toolchain, &work, &[])?;
            let problems = check::problems(&file, &bionic::exports(abi, &work)?);
            if !problems.is_empty() {
                let library = format!("{LIBRARY} for {abi}");
                return Err(Error::input(library, problems.join("\n")));
            }
            let path = super::products().join(abi.name()).join(LIBRARY);
            files::write(&path, file)?;
            Ok((abi, path))
        })
        .collect()
}

/// Where intermediate products are kept.
fn work() -> PathBuf {
    super::products().join("native")
}

/// The library for the ABI, with these cargo features.
fn compile(abi: Abi, toolchain: &Toolchain, work: &Path, features: &[&str]) -> Result<Vec<u8>> {
    let runtime = runtime::prepare(abi, toolchain, work)?;
    cargo_build(abi, &runtime, features)?;
    let built = super::target().join(abi.target()).join(PROFILE);
    files::read(&built.join(LIBRARY))
}

/// `cargo build` for the ABI; what it prints is shown as it comes.
fn cargo_build(abi: Abi, runtime: &Path, features: &[&str]) -> Result<()> {
    println!("compiling for {abi} {}", features.join(" "));
    let mut build = crate::cargo();
    build
        .args([
            "build",
            "--quiet",
            "--locked",
            "--lib",
            "--package",
            "gasket-jni",
        ])
        .args(["--profile", PROFILE, "--target", abi.target()])
        .args(["--features", &features.join(" ")])
        .env("CARGO_ENCODED_RUSTFLAGS", encoded(&rust_flags(runtime)))
        .env(linker_variable(abi), "rust-lld")
        .stdin(Stdio::null());
    let status = build
        .env("CARGO_PROFILE_ANDROID_OPT_LEVEL", abi.optimisation())
        .status()
        .map_err(Error::io("start", Path::new("cargo")))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Tool {
        tool: format!("cargo build for {abi}"),
        how: status.to_string(),
        output: String::new(),
    })
}

/// The linker is called directly; a symbol that no stub has is an error; pages may have 16 KiB;
/// and no path of this machine stays in the library.
fn rust_flags(runtime: &Path) -> Vec<OsString> {
    let mut flags: Vec<OsString> = [
        "-Clinker-flavor=ld.lld",
        "-Clink-arg=-zdefs",
        "-Clink-arg=-zmax-page-size=16384",
        "-Clink-arg=--build-id=sha1",
        "-Clink-arg=--hash-style=gnu",
        // Functions of the same code once: 1 % smaller. Rust promises no function an address of its own.
        "-Clink-arg=--icf=all",
        // Android's own packing of relocations, which bionic reads since API 23.
        "-Clink-arg=--pack-dyn-relocs=android",
    ]
    .map(OsString::from)
    .to_vec();
    flags.push(format!("-Clink-arg=-soname={LIBRARY}").into());
    let mut joined = |start: &str, path: &Path, end: &str| {
        let mut flag = OsString::from(start);
        flag.push(path);
        flag.push(end);
        flags.push(flag);
    };
    joined("-Lnative=", runtime, "");
    joined("--remap-path-prefix=", crate::root(), "=gasket");
    // Each registry has a folder named by its address, which is the machine's own affair.
    for registry in registries() {
        joined("--remap-path-prefix=", &registry, "=crates");
    }
    flags
}

/// Where cargo keeps the sources of crates. There are some by now: this program was built from them.
fn registries() -> Vec<PathBuf> {
    let default = || std::env::home_dir().map(|home| home.join(".cargo"));
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(default);
    let entries = home.and_then(|home| home.join("registry/src").read_dir().ok());
    let mut folders: Vec<_> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders
}

/// As cargo wants flags that may hold spaces: a unit separator between them.
fn encoded(flags: &[OsString]) -> OsString {
    flags.join("\u{1f}".as_ref())
}

fn linker_variable(abi: Abi) -> String {
    let target = abi.target().to_uppercase().replace('-', "_");
    format!("CARGO_TARGET_{target}_LINKER")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn abis_are_read_by_name() {
        assert_eq!(read(&[]), Ok(Abi::ALL.to_vec()));
        assert_eq!(
            read(&words("--abi x86_64 --abi arm64-v8a --abi x86_64")),
            Ok(vec![Abi::Arm64, Abi::X86_64])
        );
        for (line, told) in [
            ("--abi", "\"\" is not an ABI"),
            ("--abi arm64", "use one of arm64-v8a, armeabi-v7a, x86_64"),
            ("arm64-v8a", "cannot read `arm64-v8a`"),
        ] {
            let error = read(&words(line)).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn the_linker_is_named_as_cargo_reads_it() {
        assert_eq!(
            linker_variable(Abi::Arm),
            "CARGO_TARGET_ARMV7_LINUX_ANDROIDEABI_LINKER"
        );
    }
}
