//! The app's project: its sources, libraries and tools, and the steps that both the APK and the tests begin with.

use std::path::{Path, PathBuf};

use super::aar::{self, Exploded};
use super::api::{self, Database};
use super::error::{Error, Result};
use super::files;
use super::jdk::Jdk;
use super::kotlin::{Kotlin, Module};
use super::libraries::{Libraries, Set};
use super::manifest::{self, Version};
use super::resources::{Aapt2, Linked, Sources};
use super::step::Step;

/// The oldest JDK that everything runs on.
pub(crate) const JDK: u32 = 17;

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// For the desk: quick to build, may be debugged. The tests run this.
    Debug,
    /// For phones: shrunk by R8.
    Release,
}

impl Variant {
    /// Its name, also of its folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// The project.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder of build products.
    pub(crate) products: PathBuf,
    /// The locked libraries.
    pub(crate) libraries: Libraries,
    /// The JDK that runs the tools.
    pub(crate) jdk: Jdk,
    /// The resource compiler.
    pub(crate) aapt2: Aapt2,
    /// The public API as a jar.
    pub(crate) api: PathBuf,
    /// R8 and D8.
    pub(crate) r8: PathBuf,
    /// The framework, hidden classes included.
    pub(crate) framework: PathBuf,
    /// The app's version.
    pub(crate) version: Version,
    kotlin: Kotlin,
    exploded: Exploded,
}

/// The app, compiled.
#[derive(Debug)]
pub(crate) struct App {
    /// The completed manifest.
    pub(crate) manifest: PathBuf,
    /// Linked resources.
    pub(crate) linked: Linked,
    /// Its classes.
    pub(crate) classes: PathBuf,
}

impl Project {
    /// Fetches and prepares what does not depend on the app's own sources.
    pub(crate) fn open(products: &Path) -> Result<Self> {
        let jdk = Jdk::find(JDK)?;
        let libraries = Libraries::open(products)?;
        let r8 = libraries.one(Set::Tool, "com.android.tools:r8")?;
        let framework = libraries.one(Set::Tool, "org.robolectric:android-all")?;
        let carrier = libraries.one(Set::Tool, "org.apktool:apktool-lib")?;
        let tools = products.join("tools");
        let aapt2 = Aapt2::unpack(&carrier, &tools)?;
        let api = api::build_stubs(&r8, &framework, &jdk, &tools)?.jar;
        let kotlin = Kotlin::open(&libraries, &jdk)?;
        let exploded = aar::explode(
            &libraries.fetch(&[Set::Runtime])?,
            &products.join("exploded"),
        )?;
        manifest::refuse_unknown(&exploded.declared)?;
        let version = env!("CARGO_PKG_VERSION");
        let version = Version::parse(version).ok_or_else(|| {
            Error::input(
                "Cargo.toml",
                format!("expected a version 1.2.3, not {version}"),
            )
        })?;
        Ok(Self {
            products: products.to_owned(),
            libraries,
            jdk,
            aapt2,
            api,
            r8,
            framework,
            version,
            kotlin,
            exploded,
        })
    }

    /// The app's sources.
    pub(crate) fn sources(part: &str) -> PathBuf {
        crate::root().join("android/app/src").join(part)
    }

    /// The folder of a variant's products.
    pub(crate) fn folder(&self, variant: Variant) -> PathBuf {
        self.products.join(variant.name())
    }

    /// The libraries that are part of the app.
    pub(crate) fn exploded(&self) -> &Exploded {
        &self.exploded
    }

    /// Manifest, resources and classes of a variant, checked for what the oldest Android lacks.
    pub(crate) fn compile(&self, variant: Variant) -> Result<App> {
        let folder = self.folder(variant);
        let source = Self::sources("main/AndroidManifest.xml");
        let place = "android/app/src/main/AndroidManifest.xml";
        let complete = manifest::complete(place, &files::read_text(&source)?, &self.version)?;
        let manifest = folder.join("AndroidManifest.xml");
        files::write(&manifest, complete)?;
        let linked = self.aapt2.build(
            &Sources {
                manifest: &manifest,
                own: &Self::sources("main/res"),
                assets: &[
                    &crate::root().join("data/places.bin"),
                    &crate::root().join("data/licences.json"),
                ],
                libraries: &self.exploded,
                framework: &self.framework,
                debuggable: variant == Variant::Debug,
            },
            &self.jdk,
            &folder,
        )?;
        // The API first: what a library might bring along of Android's must not hide it.
        let mut class_path = vec![self.api.clone(), linked.classes.clone()];
        class_path.extend(self.exploded.jars.iter().cloned());
        let module = Module {
            name: "app",
            sources: &Self::sources("main/kotlin"),
            class_path: &class_path,
            friend: None,
        };
        let classes = self.kotlin.compile(&module, &folder)?;
        let beside: Vec<PathBuf> = class_path.split_off(1);
        self.check_api_levels(&classes, &beside, &folder)?;
        Ok(App {
            manifest,
            linked,
            classes,
        })
    }

    /// Compiles the tests against the app's classes.
    pub(crate) fn compile_tests(&self, app: &App, class_path: &[PathBuf]) -> Result<PathBuf> {
        let module = Module {
            name: "tests",
            sources: &Self::sources("test/kotlin"),
            class_path,
            friend: Some(&app.classes),
        };
        self.kotlin.compile(&module, &self.folder(Variant::Debug))
    }

    fn check_api_levels(&self, classes: &Path, beside: &[PathBuf], folder: &Path) -> Result<()> {
        Step::new(folder, "api-levels")
            .text(include_str!("api/check.rs"))
            .file(&self.r8)?
            .folder(classes)?
            .run(&[], || {
                let database = Database::open(&self.r8)?;
                let count = api::check(classes, beside, &database)?;
                println!(
                    "    {count} classes, nothing newer than API {} unguarded",
                    manifest::MIN_SDK
                );
                Ok(())
            })
    }
}
