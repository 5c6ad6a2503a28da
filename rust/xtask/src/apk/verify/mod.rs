//! What is promised of a built APK, asserted on the file itself.

mod dex;
mod manifest;
mod package;
mod xml_tree;

use std::path::Path;

use super::error::{Error, Result};
use super::project::{Project, Variant};
use super::shrink::Dexed;
use super::tool::Tool;
use super::zip::Archive;

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    /// The signed APK.
    pub(crate) apk: &'a Path,
    /// What was asked for.
    pub(crate) variant: Variant,
    /// The ABIs it must hold; none where it was built without native libraries.
    pub(crate) abis: &'a [&'a str],
}

/// Prints each assertion with its outcome; an error if one failed.
pub(crate) fn verify(project: &Project, subject: &Subject<'_>, dexed: &Dexed) -> Result<()> {
    let archive = Archive::open(subject.apk)?;
    let mut checks: Vec<(&str, Result<String>)> = vec![
        ("signature", signature(subject.apk)),
        ("alignment", package::alignment(&archive)),
        (
            "size",
            package::size(subject.apk, &archive, subject.variant),
        ),
        ("ABIs", package::abis(&archive, subject.abis)),
        ("contents", package::contents(&archive)),
    ];
    match xml_tree::read(&project.aapt2, subject.apk, "AndroidManifest.xml") {
        Ok(tree) => checks.extend(manifest::checks(project, subject, &tree)),
        Err(error) => checks.push(("manifest", Err(error))),
    }
    checks.push(("linkage", dex::linkage(project, &archive, subject.variant)));
    if let Some(shrunk) = &dexed.shrunk {
        checks.push(("verification", dex::load(project, shrunk)));
    }
    let mut failed = 0;
    for (name, outcome) in &checks {
        match outcome {
            Ok(found) => println!("  passed  {name}: {found}"),
            Err(error) => {
                failed += 1;
                println!("  FAILED  {name}: {error}");
            }
        }
    }
    if failed == 0 {
        return Ok(());
    }
    Err(Error::input(
        subject.apk.display(),
        format!("{failed} of {} assertions failed", checks.len()),
    ))
}

/// An assertion that does not hold.
fn wrong(what: impl Into<String>) -> Error {
    Error::Missing(what.into())
}

fn signature(apk: &Path) -> Result<String> {
    let mut apksigner = Tool::new("apksigner");
    let output = apksigner
        .args(["verify", "--verbose", "--min-sdk-version"])
        .arg(super::manifest::MIN_SDK.to_string())
        .arg(apk)
        .run()?;
    let verified = |scheme: &str| {
        output.lines().any(|line| {
            line.starts_with(&format!("Verified using {scheme} scheme")) && line.ends_with("true")
        })
    };
    match (verified("v1"), verified("v2"), verified("v3")) {
        (false, true, true) => Ok("v2 and v3".to_owned()),
        found => Err(wrong(format!(
            "expected v2 and v3, found v1, v2, v3: {found:?}\n{output}"
        ))),
    }
}
