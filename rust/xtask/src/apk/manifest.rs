//! Manifests: the app's own is completed, the libraries' are examined, not merged.

use std::fmt;

use roxmltree::{Document, Node};

use super::error::{Error, Result};
use super::libraries::Artifact;

/// The application id.
pub(crate) const PACKAGE: &str = "app.gasket";

/// The oldest Android the app runs on: 8.0.
pub(crate) const MIN_SDK: u32 = 26;

/// The Android the app is made for.
pub(crate) const TARGET_SDK: u32 = 36;

const ANDROID: &str = "http://schemas.android.com/apk/res/android";

/// What libraries declare and the app does without, with the reason.
const LEFT_OUT: [(&str, &str, &str); 7] = [
    (
        "provider",
        "androidx.startup.InitializationProvider",
        "nothing of the app is started by a content provider before it",
    ),
    (
        "receiver",
        "androidx.profileinstaller.ProfileInstallReceiver",
        "an exported component; the APK carries no profile",
    ),
    (
        "uses-library",
        "androidx.window.extensions",
        "postures of foldable devices are not read",
    ),
    (
        "uses-library",
        "androidx.window.sidecar",
        "postures of foldable devices are not read",
    ),
    (
        "permission",
        "${applicationId}.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION",
        "only ContextCompat.registerReceiver below API 33 needs it",
    ),
    (
        "uses-permission",
        "${applicationId}.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION",
        "only ContextCompat.registerReceiver below API 33 needs it",
    ),
    (
        "meta-data",
        "com.google.android.gms.version",
        "no Google services are used",
    ),
];

/// Something a library's manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    library: Artifact,
    element: String,
    name: String,
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: <{} {}>", self.library, self.element, self.name)
    }
}

/// The package of a library, and what its manifest declares beyond that and SDK versions.
pub(crate) fn of_library(library: &Artifact, text: &str) -> Result<(String, Vec<Declared>)> {
    let place = format!("{library}: AndroidManifest.xml");
    let document = parse(&place, text)?;
    let root = document.root_element();
    let package = root
        .attribute("package")
        .ok_or_else(|| Error::input(&place, "<manifest> has no package"))?;
    let application = root
        .children()
        .filter(|node| node.has_tag_name("application"));
    let declared = root
        .children()
        .chain(application.flat_map(|node| node.children()))
        .filter(Node::is_element)
        .filter(|node| !matches!(node.tag_name().name(), "uses-sdk" | "application"))
        .map(|node| Declared {
            library: library.clone(),
            element: node.tag_name().name().to_owned(),
            name: node
                .attribute((ANDROID, "name"))
                .unwrap_or_default()
                .to_owned(),
        })
        .collect();
    Ok((package.to_owned(), declared))
}

/// Refuses what a library declares and nobody has decided on.
pub(crate) fn refuse_unknown(declared: &[Declared]) -> Result<()> {
    let unknown: Vec<String> = declared
        .iter()
        .filter(|declared| {
            !LEFT_OUT
                .iter()
                .any(|(element, name, _)| (*element, *name) == (&declared.element, &declared.name))
        })
        .map(ToString::to_string)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::input(
        "the libraries' manifests",
        format!(
            "{}\nManifests are not merged: what the app needs of this goes into its own manifest; \
             either way add it, with the reason, to LEFT_OUT in xtask's apk/manifest.rs",
            unknown.join("\n")
        ),
    ))
}

/// The app's manifest with what only the build knows.
pub(crate) fn complete(place: &str, text: &str, version: &Version) -> Result<String> {
    let document = parse(place, text)?;
    let root = document.root_element();
    if root.attribute("package") != Some(PACKAGE) {
        return Err(Error::input(
            place,
            format!("expected <manifest package=\"{PACKAGE}\">"),
        ));
    }
    for child in root.children() {
        if child.has_tag_name("uses-sdk") {
            return Err(Error::input(
                place,
                "has <uses-sdk>; the build adds it, leave it out",
            ));
        }
    }
    let added = format!(
        "<uses-sdk android:minSdkVersion=\"{MIN_SDK}\" android:targetSdkVersion=\"{TARGET_SDK}\"/>"
    );
    let first = root
        .first_child()
        .ok_or_else(|| Error::input(place, "<manifest> is empty"))?;
    let at = first.range().start;
    let attributes = format!(
        " android:versionCode=\"{}\" android:versionName=\"{}\"",
        version.code(),
        version
    );
    let mut complete = text.to_owned();
    complete.insert_str(at, &added);
    // `at` is just behind the `>` that closes the start tag.
    complete.insert_str(at.saturating_sub(1), &attributes);
    Ok(complete)
}

fn parse<'a>(place: &str, text: &'a str) -> Result<Document<'a>> {
    Document::parse(text).map_err(|error| Error::input(place, format!("is no XML: {error}")))
}

/// The app's version, three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version([u32; 3]);

impl Version {
    /// Reads `1.2.3`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u32> = text
            .split('.')
            .map(|number| number.parse().ok().filter(|n| *n < 1000))
            .collect::<Option<_>>()?;
        Some(Self(numbers.try_into().ok()?))
    }

    /// A number that rises with the version.
    pub(crate) fn code(&self) -> u32 {
        let [major, minor, patch] = self.0;
        major * 1_000_000 + minor * 1000 + patch
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Artifact {
        Artifact::parse("a.b:c:1:aar").unwrap()
    }

    fn version() -> Version {
        Version::parse("1.2.3").unwrap()
    }

    #[test]
    fn a_component_nobody_decided_on_is_refused_by_name() {
        let text = format!(
            "<manifest xmlns:android='{ANDROID}' package='x.y'><uses-sdk/>\
             <application><receiver android:name='x.y.Spy'/></application></manifest>"
        );
        let (package, declared) = of_library(&library(), &text).unwrap();
        assert_eq!(package, "x.y");
        let error = refuse_unknown(&declared).unwrap_err().to_string();
        assert!(error.contains("a.b:c:1:aar: <receiver x.y.Spy>"), "{error}");
    }

    #[test]
    fn what_is_known_to_be_left_out_is_accepted() {
        let text = format!(
            "<manifest xmlns:android='{ANDROID}' package='x.y'><application>\
             <provider android:name='androidx.startup.InitializationProvider'/>\
             </application></manifest>"
        );
        let (_, declared) = of_library(&library(), &text).unwrap();
        assert_eq!(declared.len(), 1);
        assert!(refuse_unknown(&declared).is_ok());
    }

    #[test]
    fn versions_are_added_to_the_apps_manifest() {
        let text = format!(
            "<?xml version='1.0'?>\n<manifest xmlns:android='{ANDROID}' package='{PACKAGE}'>\n\
             <application/></manifest>"
        );
        let complete = complete("m", &text, &version()).unwrap();
        let document = Document::parse(&complete).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute((ANDROID, "versionCode")), Some("1002003"));
        assert_eq!(root.attribute((ANDROID, "versionName")), Some("1.2.3"));
        let sdk = root.children().find(|node| node.has_tag_name("uses-sdk"));
        assert_eq!(
            sdk.unwrap().attribute((ANDROID, "targetSdkVersion")),
            Some("36")
        );
    }

    #[test]
    fn a_manifest_of_another_package_or_with_its_own_sdk_versions_is_refused() {
        for text in [
            "<manifest package='x.y'><application/></manifest>",
            "<manifest package='app.gasket'><uses-sdk/></manifest>",
            "<manifest package='app.gasket'/>",
        ] {
            assert!(complete("m", text, &version()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_later_version_has_a_higher_code() {
        let code = |text| Version::parse(text).unwrap().code();
        assert!(code("0.1.0") < code("0.1.1"));
        assert!(code("0.999.9") < code("1.0.0"));
        assert_eq!(Version::parse("1.2"), None);
        assert_eq!(Version::parse("1.2.1000"), None);
    }
}
