//! The boundary with Java, as a plain Java VM meets it: the host build of the library, loaded by a
//! VM that checks every JNI call, with real tunnels in a namespace of the test's own.
//!
//! What is asserted stands in `java/`; each test here runs one scenario of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use world::World;

#[expect(dead_code, reason = "the network level uses more of it")]
#[path = "../netns/world.rs"]
mod world;
#[expect(dead_code, reason = "the network level uses more of it")]
#[path = "../netns/zzhc.rs"]
mod zzhc;

/// What the scenarios start, besides what every world needs.
const NEEDS: [&str; 5] = ["java", "javac", "python3", "curl", "mkfifo"];

/// No scenario takes longer, in seconds.
const PATIENCE: &str = "120";

/// Runs a scenario with this many tunnels and more flags for the VM.
fn scenario(name: &str, tunnels: u32, flags: &[&str]) {
    let Some(world) = World::open(name, &NEEDS) else {
        return;
    };
    world.file("registration", zzhc::wrapped_base64(&zzhc::registration()));
    world.file("harmless", zzhc::wrapped_base64(&zzhc::harmless()));
    let launcher = world.file("launch.py", include_str!("launch.py"));
    let folder = world.folder().to_str().expect("a plain path");
    let [namespace, tunnels] = [format!("{folder}/app"), tunnels.to_string()];
    let mut command = world.inside(&["timeout", "--kill-after=5", PATIENCE]);
    command.args(["python3", &launcher, &namespace, &tunnels]);
    command
        .args([
            "java",
            "-Xcheck:jni",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
        ])
        .args(["--add-opens", "java.base/java.io=ALL-UNNAMED"])
        .args(flags)
        .arg(format!("-Dfolder={folder}"))
        .arg(concat!(
            "-Dplaces=",
            env!("CARGO_MANIFEST_DIR"),
            "/../data/places.bin"
        ))
        .arg(concat!("-Dversion=", env!("CARGO_PKG_VERSION")))
        .arg("-classpath")
        .arg(classes())
        .arg("app.gasket.bridge.Bridge")
        .arg(library())
        .arg(name)
        .stdin(Stdio::null());
    let output = command.output().expect("nsenter starts");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{}", output.status);
    assert!(said.contains(&format!("held: {name}")));
    // What -Xcheck:jni prints when a call breaks the rules.
    for complaint in ["WARNING", "FATAL ERROR"] {
        assert!(!said.contains(complaint), "{complaint}");
    }
}

/// The compiled scenarios.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/bridge/java/app/gasket/bridge");
        let sources: Vec<PathBuf> = fs::read_dir(sources)
            .expect("the scenarios are there")
            .map(|entry| entry.expect("the scenarios can be listed").path())
            .collect();
        let classes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bridge-classes");
        let status = Command::new("javac")
            .args(["-Xlint:all", "-Werror", "-d"])
            .arg(&classes)
            .args(sources)
            .status()
            .expect("javac starts");
        assert!(status.success(), "the scenarios do not compile");
        classes
    })
}

/// The library under test, with its probes: the one named by `GASKET_JNI`, else built now.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| std::env::var_os("GASKET_JNI").map_or_else(build_library, PathBuf::from))
}

fn build_library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Of the whole workspace, so that what the tests were built with is used again.
        .args(["build", "--locked", "--workspace", "--lib"])
        .args(["--features", "gasket-jni/probes"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the library does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut libraries = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let file = message["filenames"][0].as_str()?;
        file.ends_with("/libgasket_jni.so")
            .then(|| PathBuf::from(file))
    });
    libraries.next_back().expect("cargo names the library")
}

macro_rules! scenarios {
    ($($name:ident $tunnels:literal)*) => {
        $(
            #[test]
            fn $name() {
                scenario(stringify!($name), $tunnels, &[]);
            }
        )*
    };
}

scenarios! {
    relays 1
    blocks 1
    asks 1
    a_bad_config_keeps_the_old 1
    changes_tunnels 2
    an_unprotected_socket_is_not_used 1
    an_owner_that_is_not_told_is_unknown 1
    a_dead_engine_swallows 1
    bad_configs 0
    every_path_closes_the_descriptor 0
    a_stopped_engine_is_no_engine 0
    wrong_words 0
    places_are_taken_or_refused 0
    typed_identifiers_need_their_key 0
    what_was_learned_needs_its_key 0
    rules_are_listed_tried_or_refused 0
    evidence_is_made_or_refused 0
    captures_are_read_from_streams 0
    a_panic_is_an_exception 0
    stop_idle 1
    stop_while_events_are_awaited 1
    stop_while_the_host_hangs 1
    stop_while_the_owner_is_asked_for 1
    stop_from_within_a_question 1
    stop_after_its_death 1
    stop_after_the_tunnel_is_gone 0
    stop_with_much_untold 1
    stop_many_at_once 0
}

#[test]
fn a_thousand_times_without_growth() {
    // Interpreted, with its heap touched, so that what grows is not the VM warming up.
    let flags = ["-Xint", "-Xms64m", "-XX:+AlwaysPreTouch"];
    scenario("a_thousand_times_without_growth", 0, &flags);
}
