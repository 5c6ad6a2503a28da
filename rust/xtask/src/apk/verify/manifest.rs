//! The manifest of a built APK.

use std::collections::BTreeSet;

use super::xml_tree::{self, Element};
use super::{Subject, wrong};
use crate::apk::error::Result;
use crate::apk::manifest::{MIN_SDK, PACKAGE, TARGET_SDK};
use crate::apk::project::{Project, Variant};

/// Everything the app may ask for, each with its reason in the manifest or in docs/SECURITY.
const PERMISSIONS: [&str; 9] = [
    "android.permission.ACCESS_NETWORK_STATE",
    "android.permission.CHANGE_NETWORK_STATE",
    "android.permission.FOREGROUND_SERVICE",
    "android.permission.FOREGROUND_SERVICE_SPECIAL_USE",
    "android.permission.FOREGROUND_SERVICE_SYSTEM_EXEMPTED",
    "android.permission.INTERNET",
    "android.permission.POST_NOTIFICATIONS",
    "android.permission.QUERY_ALL_PACKAGES",
    "android.permission.RECEIVE_BOOT_COMPLETED",
];

const COMPONENTS: [&str; 5] = [
    "activity",
    "activity-alias",
    "provider",
    "receiver",
    "service",
];

/// All assertions on the manifest.
pub(super) fn checks(
    project: &Project,
    subject: &Subject<'_>,
    manifest: &Element,
) -> Vec<(&'static str, Result<String>)> {
    let application = manifest.child("application");
    let about = |check: &dyn Fn(&Element) -> Result<String>| match application {
        Some(application) => check(application),
        None => Err(wrong("there is no <application>")),
    };
    vec![
        ("identity", identity(manifest, &project.version.to_string())),
        ("permissions", permissions(manifest)),
        ("exported components", about(&exported)),
        (
            "debuggable",
            about(&|found| debuggable(found, subject.variant)),
        ),
        ("backup", about(&backup)),
        (
            "network security",
            about(&|found| network_security(project, subject, found)),
        ),
        ("native libraries", about(&native_libraries)),
    ]
}

fn identity(manifest: &Element, version: &str) -> Result<String> {
    let sdk = manifest.child("uses-sdk");
    let sdk = |name| sdk.and_then(|sdk| sdk.attribute(name)).unwrap_or_default();
    let found = (
        manifest.attribute("package").unwrap_or_default(),
        manifest.attribute("versionName").unwrap_or_default(),
        sdk("minSdkVersion"),
        sdk("targetSdkVersion"),
    );
    let (min, target) = (MIN_SDK.to_string(), TARGET_SDK.to_string());
    let expected = (PACKAGE, version, min.as_str(), target.as_str());
    match found == expected {
        true => Ok(format!("{PACKAGE} {version}, API {min} to {target}")),
        false => Err(wrong(format!("expected {expected:?}, found {found:?}"))),
    }
}

fn permissions(manifest: &Element) -> Result<String> {
    let asked = ["uses-permission", "uses-permission-sdk-23"];
    let found: BTreeSet<&str> = asked
        .into_iter()
        .flat_map(|element| manifest.all(element))
        .filter_map(|permission| permission.attribute("name"))
        .collect();
    let expected: BTreeSet<&str> = PERMISSIONS.into_iter().collect();
    let more: Vec<_> = found.difference(&expected).collect();
    let less: Vec<_> = expected.difference(&found).collect();
    match more.is_empty() && less.is_empty() {
        true => Ok(format!("{}, each expected", found.len())),
        false => Err(wrong(format!("unexpected: {more:?}; missing: {less:?}"))),
    }
}

/// Others may start the launcher's activity, and what only the system may bind to.
fn exported(application: &Element) -> Result<String> {
    let mut doors = Vec::new();
    for component in COMPONENTS
        .into_iter()
        .flat_map(|kind| application.all(kind))
    {
        let name = component.attribute("name").unwrap_or("?");
        match component.attribute("exported") {
            Some("false") => continue,
            Some("true") => {}
            // Without the attribute an intent filter exports, before API 31.
            _ if component.child("intent-filter").is_none() => continue,
            _ => return Err(wrong(format!("{name} does not say whether it is exported"))),
        }
        let permission = component.attribute("permission").unwrap_or_default();
        if !permission.starts_with("android.permission.BIND_") && !is_launcher(component) {
            return Err(wrong(format!(
                "{} {name} is exported, without a permission that only the system has",
                component.name
            )));
        }
        doors.push(name);
    }
    Ok(doors.join(", "))
}

fn is_launcher(component: &Element) -> bool {
    let category = "android.intent.category.LAUNCHER";
    let filters = component.all("intent-filter");
    filters.into_iter().any(|filter| {
        filter
            .all("category")
            .any(|found| found.attribute("name") == Some(category))
    })
}

fn debuggable(application: &Element, variant: Variant) -> Result<String> {
    let found = application.attribute("debuggable") == Some("true");
    match found == (variant == Variant::Debug) {
        true => Ok(found.to_string()),
        false => Err(wrong(format!("{found} in a {} build", variant.name()))),
    }
}

fn backup(application: &Element) -> Result<String> {
    let off = application.attribute("allowBackup") == Some("false");
    let rules = application.attribute("dataExtractionRules").is_some();
    match off && rules {
        true => Ok("off, with rules for the transfer to another phone".to_owned()),
        false => Err(wrong(
            "expected allowBackup=\"false\" and dataExtractionRules",
        )),
    }
}

fn network_security(
    project: &Project,
    subject: &Subject<'_>,
    application: &Element,
) -> Result<String> {
    if application.attribute("networkSecurityConfig").is_none() {
        return Err(wrong("expected a networkSecurityConfig"));
    }
    if application.attribute("usesCleartextTraffic") == Some("true") {
        return Err(wrong("cleartext traffic is allowed"));
    }
    let file = "res/xml/network_security_config.xml";
    let config = xml_tree::read(&project.aapt2, subject.apk, file)?;
    let closed = config
        .child("base-config")
        .and_then(|base| base.attribute("cleartextTrafficPermitted"))
        == Some("false");
    match closed && config.child("domain-config").is_none() {
        true => Ok("closed".to_owned()),
        false => Err(wrong(
            "expected a base-config without cleartext and no exception of a domain",
        )),
    }
}

fn native_libraries(application: &Element) -> Result<String> {
    match application.attribute("extractNativeLibs") {
        Some("true") => Ok("extracted by the installer".to_owned()),
        other => Err(wrong(format!(
            "extractNativeLibs is {}; expected true, for the libraries are deflated",
            other.unwrap_or("missing")
        ))),
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
