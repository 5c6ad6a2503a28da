//! `cargo xtask apk`: all steps from the sources to the signed and examined APK.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::native::{self, Abi};
use super::pack;
use super::project::{Project, Variant};
use super::reproduce;
use super::shrink;
use super::sign::Key;
use super::unused;
use super::verify::{self, Subject};
use crate::packages;
use crate::report::Outcome;

/// What the build starts, beside what comes as Maven artifacts. Names of Debian 12.
pub(crate) const PACKAGES: [&str; 3] = ["apksigner", "maven", "openjdk-17-jdk-headless"];

/// An APK of a release: no phone has the processor of emulators, so none fetches what those need
/// (docs/decisions/0009).
struct Package {
    /// What follows the version in its name.
    suffix: &'static str,
    abis: &'static [&'static str],
}

const PHONES: Package = Package {
    suffix: "",
    abis: &["arm64-v8a", "armeabi-v7a"],
};
const EMULATORS: Package = Package {
    suffix: "-x86_64",
    abis: &["x86_64"],
};
/// A debug build is one for everything.
const DEBUG: Package = Package {
    suffix: "-debug",
    abis: &["arm64-v8a", "armeabi-v7a", "x86_64"],
};
const BARE: Package = Package {
    suffix: "-debug",
    abis: &[],
};

/// What is to be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    variant: Variant,
    without_native: bool,
    twice: bool,
}

impl Options {
    /// Reads the command line.
    pub(crate) fn parse(arguments: &[String]) -> std::result::Result<Self, String> {
        let mut options = Self {
            variant: Variant::Release,
            without_native: false,
            twice: false,
        };
        for argument in arguments {
            match argument.as_str() {
                "--debug" => options.variant = Variant::Debug,
                "--without-native" => options.without_native = true,
                "--twice" => options.twice = true,
                other => {
                    return Err(format!(
                        "apk: cannot read `{other}`; expected --debug, --without-native or --twice"
                    ));
                }
            }
        }
        if options.without_native && options.variant == Variant::Release {
            return Err(
                "apk: a release without its native library protects nobody; \
                        --without-native goes with --debug only"
                    .to_owned(),
            );
        }
        if options.twice && options.variant == Variant::Debug {
            return Err("apk: --twice is about the release, not about --debug".to_owned());
        }
        Ok(options)
    }
}

/// Builds, signs and examines the APK; `target` is where it is laid.
pub(crate) fn run(options: &Options, products: &Path, target: &Path) -> Result<()> {
    install(&PACKAGES)?;
    let native = native_libraries(options)?;
    let project = Project::open(products)?;
    let key = Key::find(&project.jdk, products)?;
    if options.variant == Variant::Release && key.is_debug() {
        println!("  signed with a debug key made here: fit for testing, not for publishing");
    }
    let app = project.compile(options.variant)?;
    let dexed = shrink::dex(&project, &app, options.variant)?;
    let packages: &[Package] = match options.variant {
        Variant::Release => &[PHONES, EMULATORS],
        Variant::Debug if options.without_native => &[BARE],
        Variant::Debug => &[DEBUG],
    };
    let resources = match options.variant {
        Variant::Debug => app.linked.archive.clone(),
        Variant::Release => {
            let folder = project.folder(options.variant);
            unused::optimize(&project.aapt2, &app.linked.archive, &dexed.dex, &folder)?
        }
    };
    let mut apks = Vec::new();
    for package in packages {
        let apk = target.join(format!("gasket-{}{}.apk", project.version, package.suffix));
        let libraries = native.iter().chain(&project.exploded().native);
        let libraries: Vec<_> = libraries
            .filter(|(abi, _)| package.abis.contains(&abi.as_str()))
            .cloned()
            .collect();
        let unsigned = project.folder(options.variant).join("unsigned.apk");
        pack::pack(&resources, &dexed, &libraries, &unsigned)?;
        key.sign(&unsigned, &apk)?;
        println!("examining {}", apk.display());
        let subject = Subject {
            apk: &apk,
            variant: options.variant,
            abis: package.abis,
        };
        verify::verify(&project, &subject, &dexed)?;
        apks.push(apk);
    }
    if options.twice {
        reproduce::again(&apks, &key, products)?;
    }
    for apk in &apks {
        println!("{}  {}", files::sha256(apk)?, apk.display());
    }
    Ok(())
}

/// Installs Debian packages where that is possible; else what is missing shows in the step that misses it.
pub(crate) fn install(wanted: &[&'static str]) -> Result<()> {
    match packages::ensure_these(wanted) {
        Outcome::Failed(how) => Err(Error::Missing(how)),
        Outcome::Passed | Outcome::Skipped(_) => Ok(()),
    }
}

/// Our native library for every ABI.
fn native_libraries(options: &Options) -> Result<Vec<(String, PathBuf)>> {
    if options.without_native {
        println!("  without native libraries: this APK starts, but protects nothing");
        return Ok(Vec::new());
    }
    let built = native::build(&Abi::ALL)?;
    let named = built
        .into_iter()
        .map(|(abi, library)| (abi.name().to_owned(), library));
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> std::result::Result<Options, String> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn a_release_without_native_libraries_is_refused() {
        assert!(parse(&["--without-native"]).is_err());
        assert!(parse(&["--debug", "--without-native"]).is_ok());
        assert!(parse(&["--debug", "--twice"]).is_err());
        assert!(parse(&["--fast"]).is_err());
        assert_eq!(parse(&[]).unwrap().variant, Variant::Release);
    }
}
