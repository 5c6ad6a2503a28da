//! The app's tests on the JVM: JUnit and Robolectric, on several versions of Android's framework.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::test::stretches;

use super::aar;
use super::api::ClassFile;
use super::build;
use super::error::{Error, Result};
use super::files;
use super::jdk::Jdk;
use super::libraries::Set;
use super::manifest::PACKAGE;
use super::project::{Project, Variant};
use super::step::Step;
use super::surroundings;
use super::tool::Tool;

const RUNNER: &str = "TestRunner";

/// The framework of API 36 is made of classes of Java 21.
const TEST_JDK: u32 = 21;

/// How the JVM begins to tell a misuse of JNI.
const JNI_MISUSE: [&str; 2] = ["WARNING in native method", "FATAL ERROR in native method"];

/// What Robolectric reaches into.
const OPENED: [&str; 6] = [
    "java.lang",
    "java.util",
    "java.io",
    "java.net",
    "java.nio",
    "jdk.internal.access",
];

/// How the tests ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ran and did what they should.
    pub(crate) passed: usize,
    /// Did not.
    pub(crate) failed: usize,
    /// Did not run.
    pub(crate) skipped: usize,
    /// What those that failed said, line by line, the first of each.
    pub(crate) failures: Vec<String>,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            failures: [self.failures, other.failures].concat(),
        }
    }
}

/// What draws every screen in every look takes minutes, and is no part of the everyday tests.
pub(crate) const SCREENS: &str = "app.gasket.screens.";

/// Which tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which<'a> {
    /// All but [`SCREENS`], if their name contains this.
    Everyday(&'a str),
    /// [`SCREENS`] alone, if their name contains this.
    Screens(&'a str),
}

impl<'a> Which<'a> {
    fn filter(self) -> &'a str {
        match self {
            Self::Everyday(filter) | Self::Screens(filter) => filter,
        }
    }

    fn has(self, class: &str) -> bool {
        class.starts_with(SCREENS) == matches!(self, Self::Screens(_))
    }
}

/// Builds and runs the tests.
pub(crate) fn run(products: &Path, which: Which<'_>) -> Result<Tally> {
    build::install(&build::PACKAGES)?;
    let jdk = Jdk::find_or_install(TEST_JDK)?;
    let project = Project::open(products)?;
    let app = project.compile(Variant::Debug)?;
    let folder = project.folder(Variant::Debug);
    let libraries = aar::explode(
        &project.libraries.fetch(&[Set::Test])?,
        &products.join("exploded-tests"),
    )?;
    let mut class_path = vec![app.classes.clone(), app.linked.classes.clone()];
    class_path.extend(libraries.jars.iter().cloned());
    let mut compile_path = vec![project.api.clone()];
    compile_path.extend(class_path.iter().cloned());
    let classes = project.compile_tests(&app, &compile_path)?;
    let runner = runner(&project, &libraries.jars, &folder)?;
    let configuration = configuration(&app.manifest, &app.linked.archive, &folder)?;
    let frameworks = frameworks(&project)?;
    let tests = TestClasses::find(&classes, which)?;
    if tests.plain.is_empty() && tests.robolectric.is_empty() {
        return Err(Error::input(
            classes.display(),
            "holds no test; expected methods marked @org.junit.Test",
        ));
    }
    class_path.splice(
        0..0,
        [
            runner,
            configuration,
            classes,
            Project::sources("test/resources"),
        ],
    );
    // Behind everything: the names of Android's classes, for what loads before Robolectric replaces them.
    class_path.push(project.framework.clone());
    let host = Host::build()?;
    let scratch = Scratch::new(folder.join("temporary"))?;
    let mut total = Tally::default();
    for (names, is_plain) in [(&tests.plain, true), (&tests.robolectric, false)] {
        if names.is_empty() {
            continue;
        }
        let mut java = java(&jdk, &class_path, products);
        java.arg(format!("-Djava.io.tmpdir={}", scratch.0.display()));
        if is_plain {
            java.arg("-Xcheck:jni");
        } else {
            java.args(robolectric(&frameworks));
            java.arg(format!("-Dgasket.library={}", host.library.display()));
            java.arg(format!("-Dgasket.program={}", host.program.display()));
        }
        java.arg(RUNNER).arg(which.filter()).args(names);
        if !is_plain {
            java = surroundings::around(java, &folder);
        }
        total = total.plus(watch(&mut java)?);
    }
    if total == Tally::default() {
        return Err(Error::Missing(format!(
            "no test has `{}` in its name, which is CLASS.METHOD",
            which.filter()
        )));
    }
    Ok(total)
}

/// A folder for what tests and their framework leave behind: a fifth of a gigabyte each time, which nobody
/// else clears away when the runner stops all threads at once.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: PathBuf) -> Result<Self> {
        files::empty_folder(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be cleared away is no reason to fail a test; the next run tries again.
        let _ = files::remove(&self.0);
    }
}

/// What the tests use on this machine.
struct Host {
    /// The engine's library, as they load it.
    library: PathBuf,
    /// `gasket`, which is to verify what the app shares.
    program: PathBuf,
}

impl Host {
    fn build() -> Result<Self> {
        let mut cargo = Tool::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--locked", "--package", "gasket-jni", "--lib"])
            .args(["--package", "gasket-cli", "--bin", "gasket"])
            .in_folder(crate::root());
        println!("building the library and `gasket` for this machine");
        cargo.run()?;
        let built = super::target().join("debug");
        Ok(Self {
            library: built.join("libgasket_jni.so"),
            program: built.join("gasket"),
        })
    }
}

fn java(jdk: &Jdk, class_path: &[PathBuf], products: &Path) -> Tool {
    let mut java = jdk.program("java");
    java.args(["-Xmx3g", "--enable-native-access=ALL-UNNAMED"])
        .arg(format!("-Dgasket.products={}", products.display()))
        .arg("-cp")
        .arg(files::class_path(class_path))
        .in_folder(&crate::root().join("android"));
    java
}

fn robolectric(frameworks: &Path) -> Vec<String> {
    let mut options: Vec<String> = OPENED
        .iter()
        .map(|package| format!("--add-opens=java.base/{package}=ALL-UNNAMED"))
        .collect();
    options.push("-Drobolectric.offline=true".to_owned());
    options.push(format!(
        "-Drobolectric.dependency.dir={}",
        frameworks.display()
    ));
    options
}

/// Runs the tests, shows each line as it comes, and reads the last.
fn watch(java: &mut Tool) -> Result<Tally> {
    let failed = |how: String| Error::Tool {
        tool: "tests".into(),
        how,
        output: String::new(),
    };
    let mut child = java
        .command()
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("java cannot be started: {error}")))?;
    let (mut tally, mut misuses) = (None, 0);
    let mut lines = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output)
            .split(b'\n')
            .map_while(std::result::Result::ok)
        {
            let line = String::from_utf8_lossy(&line).into_owned();
            match line.strip_prefix("TALLY ") {
                Some(numbers) => tally = read_tally(numbers),
                None => println!("{line}"),
            }
            if JNI_MISUSE.iter().any(|start| line.starts_with(start)) {
                misuses += 1;
            }
            if !is_frame_of_others(&line) {
                lines.push(line);
            }
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let mut tally: Tally =
        tally.ok_or_else(|| failed(format!("ended before their end: {status}")))?;
    tally.failures = failures(&lines);
    if misuses > 0 {
        return Err(failed(format!(
            "{misuses} misuses of JNI, told above as `in native method`"
        )));
    }
    if status.success() == (tally.failed == 0) {
        Ok(tally)
    } else {
        Err(failed(format!("{status} after {tally:?}")))
    }
}

/// What the tests that failed said.
fn failures(lines: &[String]) -> Vec<String> {
    stretches(
        lines,
        |line| line.starts_with("FAILED  "),
        |line| line.starts_with("passed  ") || line.starts_with("skipped: "),
    )
}

/// Whether a line of a stack trace is of others' code, which says little of what failed.
fn is_frame_of_others(line: &str) -> bool {
    line.starts_with("\tat ") && !line.contains(PACKAGE)
}

fn read_tally(text: &str) -> Option<Tally> {
    let numbers: Vec<usize> = text
        .split(' ')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [passed, failed, skipped] = numbers[..] else {
        return None;
    };
    Some(Tally {
        passed,
        failed,
        skipped,
        failures: Vec::new(),
    })
}

/// Compiles the program that runs the tests.
fn runner(project: &Project, jars: &[PathBuf], folder: &Path) -> Result<PathBuf> {
    let classes = folder.join("runner");
    let source = folder.join("runner-source").join(format!("{RUNNER}.java"));
    let text = include_str!("java/TestRunner.java");
    Step::new(folder, "test-runner")
        .text(text)
        .run(&[&classes], || {
            files::empty_folder(&classes)?;
            files::write(&source, text)?;
            let mut javac = project.jdk.program("javac");
            javac.args(["-Xlint:all", "-Werror", "--release", "17", "-proc:none"]);
            javac.arg("-cp").arg(files::class_path(jars));
            javac.arg("-d").arg(&classes).arg(&source).run()?;
            Ok(())
        })?;
    Ok(classes)
}

/// Where Robolectric finds the app's manifest and resources.
fn configuration(manifest: &Path, resources: &Path, folder: &Path) -> Result<PathBuf> {
    let root = folder.join("robolectric");
    let text = format!(
        "android_merged_manifest={}\nandroid_resource_apk={}\nandroid_custom_package={PACKAGE}\n",
        absolute(manifest)?.display(),
        absolute(resources)?.display()
    );
    files::write(&root.join("com/android/tools/test_config.properties"), text)?;
    Ok(root)
}

/// A folder with the instrumented frameworks side by side, as Robolectric looks for them.
fn frameworks(project: &Project) -> Result<PathBuf> {
    let folder = project.products.join("frameworks");
    files::empty_folder(&folder)?;
    for (_, path) in project.libraries.fetch(&[Set::Sdk])? {
        let name = path.file_name().unwrap_or_default();
        let link = folder.join(name);
        std::os::unix::fs::symlink(absolute(&path)?, &link).map_err(Error::io("link", &link))?;
    }
    Ok(folder)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(Error::io("find", path))
}

/// The names of classes that hold tests.
#[derive(Debug, Default)]
struct TestClasses {
    /// For a plain JVM, where every call between Java and native code is checked.
    plain: Vec<String>,
    /// For Robolectric, whose own native code does not pass that check.
    robolectric: Vec<String>,
}

impl TestClasses {
    fn find(folder: &Path, which: Which<'_>) -> Result<Self> {
        let mut contents = Vec::new();
        for file in files::with_extension(folder, "class")? {
            contents.push((files::read(&file)?, file));
        }
        let mut classes = BTreeMap::new();
        for (bytes, file) in &contents {
            let class = ClassFile::parse(bytes)
                .ok_or_else(|| Error::input(file.display(), "is no class file"))?;
            classes.insert(class.name().to_owned(), class);
        }
        // A test may inherit its runner and its methods.
        let inherits = |class: &ClassFile<'_>, text: &str| {
            let above =
                std::iter::successors(Some(class), |class| classes.get(class.supertypes().next()?));
            above.into_iter().any(|class| class.mentions(text))
        };
        let mut found = Self::default();
        for class in classes.values() {
            if class.is_abstract() || !inherits(class, "Lorg/junit/Test;") {
                continue;
            }
            let name = class.name().replace('/', ".");
            if !which.has(&name) {
                continue;
            }
            if inherits(class, "Lorg/robolectric/RobolectricTestRunner;")
                || inherits(
                    class,
                    "Lorg/robolectric/ParameterizedRobolectricTestRunner;",
                )
            {
                found.robolectric.push(name);
            } else {
                found.plain.push(name);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screens_are_drawn_only_when_asked_for() {
        let (drawn, tested) = (
            "app.gasket.screens.RenderedScreens",
            "app.gasket.ui.ScreensTest",
        );
        assert!(Which::Screens("").has(drawn) && !Which::Screens("").has(tested));
        assert!(Which::Everyday("").has(tested) && !Which::Everyday("").has(drawn));
    }

    #[test]
    fn what_failed_tests_said_ends_where_the_next_test_does() {
        let said = [
            "passed  A.good  1 ms",
            "FAILED  A.bad  2 ms",
            "java.lang.AssertionError: no",
            "\tat org.junit.Assert.fail(Assert.java:89)",
            "\tat app.gasket.A.bad(A.kt:7)",
            "passed  A.better  1 ms",
            "FAILED  A.worse  3 ms",
        ];
        let lines: Vec<String> = said
            .into_iter()
            .filter(|line| !is_frame_of_others(line))
            .map(str::to_owned)
            .collect();
        assert_eq!(failures(&lines), [said[1], said[2], said[4], said[6]]);
    }

    #[test]
    fn the_runners_last_line_is_read() {
        let expected = Tally {
            passed: 12,
            failed: 0,
            skipped: 3,
            failures: Vec::new(),
        };
        assert_eq!(read_tally("12 0 3"), Some(expected));
        assert_eq!(read_tally("12 0"), None);
        assert_eq!(read_tally("twelve 0 3"), None);
    }
}
