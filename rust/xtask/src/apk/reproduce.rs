//! `cargo xtask apk --twice`: the same sources, in another folder, with nothing kept, give the same bytes.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::sign::Key;
use super::tool::Tool;
use super::zip::Archive;

/// Builds the APKs again from a copy of the sources and compares each with its like.
pub(crate) fn again(first: &[PathBuf], key: &Key, products: &Path) -> Result<()> {
    let folder = products.join("again");
    let (tree, target) = (folder.join("tree"), folder.join("target"));
    files::empty_folder(&folder)?;
    copy_sources(&tree)?;
    // What was fetched is verified again there; only the download is spared.
    let own = target.join("android");
    files::create_folder(&own)?;
    link(&products.join("libraries"), &own.join("libraries"))?;
    println!("building again in {}", tree.display());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Tool::new(cargo).called("the second build");
    build
        .args([
            "run",
            "--quiet",
            "--locked",
            "--package",
            "xtask",
            "--",
            "apk",
        ])
        .env("CARGO_TARGET_DIR", &target)
        .in_folder(&tree);
    for (name, value) in key.environment()? {
        build.env(name, value);
    }
    build.run()?;
    first
        .iter()
        .try_for_each(|apk| compare(apk, &target.join(apk.file_name().unwrap_or_default())))
}

/// Copies what git has, or would have, of the sources.
fn copy_sources(tree: &Path) -> Result<()> {
    let mut git = Tool::new("git");
    let listed = git
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .in_folder(crate::root())
        .run()?;
    for name in listed.lines() {
        let source = crate::root().join(name);
        if source.is_file() {
            files::write(&tree.join(name), files::read(&source)?)?;
        }
    }
    Ok(())
}

fn link(from: &Path, to: &Path) -> Result<()> {
    let from = from.canonicalize().map_err(Error::io("find", from))?;
    std::os::unix::fs::symlink(from, to).map_err(Error::io("link", to))
}

/// An error that names the members that differ.
fn compare(first: &Path, second: &Path) -> Result<()> {
    let hash = files::sha256(first)?;
    if hash == files::sha256(second)? {
        println!("  passed  reproducible: {hash} twice, {}", first.display());
        return Ok(());
    }
    let (one, two) = (Archive::open(first)?, Archive::open(second)?);
    let mut different = Vec::new();
    for name in one.names() {
        if !two.contains(name) || one.read(name)? != two.read(name)? {
            different.push(name);
        }
    }
    different.extend(two.names().filter(|name| !one.contains(name)));
    Err(Error::input(
        second.display(),
        format!(
            "differs from {}, in {}",
            first.display(),
            match different.is_empty() {
                true => "its signature or layout only".to_owned(),
                false => different.join(", "),
            }
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apk::zip::{Member, Packing, write};

    #[test]
    fn a_member_that_differs_is_named() {
        let folder = std::env::temp_dir().join(format!("gasket-again-{}", std::process::id()));
        let apk = |name: &str, dex: &[u8]| {
            let member = |name: &str, content: &[u8]| Member {
                name: name.to_owned(),
                content: content.to_vec(),
                packing: Packing::Deflated,
            };
            let members = [
                member("AndroidManifest.xml", b"same"),
                member("classes.dex", dex),
            ];
            let path = folder.join(name);
            files::write(&path, write(&members).unwrap()).unwrap();
            path
        };
        let (one, same, other) = (apk("1", b"a"), apk("2", b"a"), apk("3", b"b"));
        assert!(compare(&one, &same).is_ok());
        let error = compare(&one, &other).unwrap_err().to_string();
        files::remove(&folder).unwrap();
        assert!(error.ends_with("in classes.dex"), "{error}");
    }
}
