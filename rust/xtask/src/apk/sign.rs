//! Signing: the schemes v2 and v3, by a key from the environment, or by one made for debugging.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::jdk::Jdk;
use super::manifest::MIN_SDK;
use super::tool::Tool;

const KEYSTORE: &str = "GASKET_KEYSTORE";
const KEYSTORE_PASSWORD: &str = "GASKET_KEYSTORE_PASSWORD";
const KEY_ALIAS: &str = "GASKET_KEY_ALIAS";
const KEY_PASSWORD: &str = "GASKET_KEY_PASSWORD";

/// Of a key that protects nothing.
const DEBUG_PASSWORD: &str = "android";
const DEBUG_ALIAS: &str = "debug";

/// What signs.
#[derive(Debug)]
pub(crate) struct Key {
    keystore: PathBuf,
    alias: Option<OsString>,
    /// Whether the passwords are in the environment; else they are the debug key's.
    secret: bool,
    own_password: bool,
}

impl Key {
    /// The key that the environment names, or the debug key, made where there is none yet.
    pub(crate) fn find(jdk: &Jdk, products: &Path) -> Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(keystore) = variable(KEYSTORE) {
            if variable(KEYSTORE_PASSWORD).is_none() {
                return Err(Error::Missing(format!(
                    "{KEYSTORE} is set, but {KEYSTORE_PASSWORD} is not"
                )));
            }
            return Ok(Self {
                keystore: keystore.into(),
                alias: variable(KEY_ALIAS),
                secret: true,
                own_password: variable(KEY_PASSWORD).is_some(),
            });
        }
        let keystore = products.join("debug.p12");
        if !keystore.is_file() {
            make_debug_key(jdk, &keystore)?;
        }
        Ok(Self {
            keystore,
            alias: Some(DEBUG_ALIAS.into()),
            secret: false,
            own_password: false,
        })
    }

    /// Whether this is the key made for debugging.
    pub(crate) fn is_debug(&self) -> bool {
        !self.secret
    }

    /// Variables that make another build sign with the same key.
    pub(crate) fn environment(&self) -> Result<Vec<(&'static str, OsString)>> {
        let keystore = self.keystore.canonicalize();
        let keystore = keystore.map_err(Error::io("find", &self.keystore))?;
        let mut variables = vec![(KEYSTORE, keystore.into_os_string())];
        if !self.secret {
            variables.push((KEYSTORE_PASSWORD, DEBUG_PASSWORD.into()));
            variables.push((KEY_ALIAS, DEBUG_ALIAS.into()));
        }
        Ok(variables)
    }

    /// Signs `unsigned` into `output`.
    pub(crate) fn sign(&self, unsigned: &Path, output: &Path) -> Result<()> {
        let mut apksigner = Tool::new("apksigner");
        apksigner.arg("sign").arg("--ks").arg(&self.keystore);
        if let Some(alias) = &self.alias {
            apksigner.arg("--ks-key-alias").arg(alias);
        }
        // By name: on the command line every process of the machine could read them.
        if self.secret {
            apksigner.args(["--ks-pass", &format!("env:{KEYSTORE_PASSWORD}")]);
        } else {
            apksigner.args(["--ks-pass", &format!("pass:{DEBUG_PASSWORD}")]);
        }
        if self.own_password {
            apksigner.args(["--key-pass", &format!("env:{KEY_PASSWORD}")]);
        }
        apksigner
            .args(["--min-sdk-version", &MIN_SDK.to_string()])
            .args(["--v1-signing-enabled", "false"])
            .args(["--v2-signing-enabled", "true"])
            .args(["--v3-signing-enabled", "true"])
            .args(["--v4-signing-enabled", "false"])
            .arg("--out")
            .arg(output)
            .arg(unsigned)
            .run()?;
        Ok(())
    }
}

fn make_debug_key(jdk: &Jdk, keystore: &Path) -> Result<()> {
    if let Some(folder) = keystore.parent() {
        files::create_folder(folder)?;
    }
    let mut keytool = jdk.program("keytool");
    // RSA: its signatures of the same bytes are the same, so that a build can be compared byte for byte.
    keytool
        .args(["-genkeypair", "-keyalg", "RSA", "-keysize", "3072"])
        .args(["-storetype", "PKCS12", "-validity", "10950"])
        .args(["-storepass", DEBUG_PASSWORD, "-keypass", DEBUG_PASSWORD])
        .args(["-alias", DEBUG_ALIAS, "-dname", "CN=Gasket debug"])
        .arg("-keystore")
        .arg(keystore)
        .run()?;
    Ok(())
}
