//! A namespace that plays the internet for one test.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

pub(crate) use gasket_tests::namespace::is_root;
use gasket_tests::namespace::unshared;

/// Where the programs of Debian are; what a version manager put in front of it is not wanted.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// No command of a test takes longer, in seconds, unless the test says so.
const PATIENCE_S: u32 = 60;

/// The first process of a world. It ends when the test does, since the pipe it reads from closes
/// then, and takes every process of its PID namespace along.
const INIT: &str = r#"
ip link set lo up
for a in 203.0.113.10 203.0.113.11 203.0.113.53 198.51.100.20 198.51.100.250 42.99.2.15; do
    ip address add $a/32 dev lo
done
for a in 2001:db8::10 2001:db8::9999; do
    ip -6 address add $a/128 dev lo nodad
done
# 192.0.2.50 answers nothing: it has a link-layer address that nobody has.
ip link add out0 type veth peer name out1
ip link set out0 addrgenmode none up
ip link set out1 addrgenmode none up
ip address add 192.0.2.1/24 dev out0
ip neighbour add 192.0.2.50 lladdr 02:00:00:00:00:99 dev out0 nud permanent
ip route add unreachable 203.0.113.77/32
echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range
echo "nameserver 203.0.113.53" > "$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
echo ready
exec cat
"#;

/// By which way a program reaches the fake internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Straight: the positive control.
    Direct,
    /// Through `gasket run`.
    Gasket,
}

impl Way {
    /// The control first, so that a broken server is not taken for a verdict.
    pub(crate) const BOTH: [Self; 2] = [Self::Direct, Self::Gasket];
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// The exit code; `None` after a signal.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// One namespace, its processes and its folder; all gone when this is dropped.
#[derive(Debug)]
pub(crate) struct World {
    init: Child,
    folder: PathBuf,
    runs: AtomicU32,
}

impl World {
    /// The helper program of these tests.
    pub(crate) const PEER: &str = env!("CARGO_BIN_EXE_netns-peer");

    /// Opens a world for `test`, or says why the test is skipped here: a program of `needs` or the
    /// right to make namespaces is missing.
    pub(crate) fn open(test: &str, needs: &[&str]) -> Option<Self> {
        let missing = needs.iter().find(|program| !exists(program));
        if let Some(program) = missing {
            return skip(test, &format!("{program} is not installed"));
        }
        match Self::new() {
            Ok(world) => Some(world),
            Err(error) => skip(test, &format!("no namespaces here: {error}")),
        }
    }

    fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("gasket-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let mut command = unshared();
        command
            .args(["sh", "-ec", INIT, "init"])
            .arg(&folder)
            .env("PATH", PATH);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut world = Self {
            init: command.spawn()?,
            folder,
            runs: AtomicU32::new(0),
        };
        let mut line = String::new();
        BufReader::new(world.init.stdout.take().expect("piped")).read_line(&mut line)?;
        if line == "ready\n" {
            return Ok(world);
        }
        let mut why = String::new();
        world
            .init
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut why)?;
        Err(io::Error::other(why.trim().replace('\n', "; ")))
    }

    /// A folder of this world's own.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `name` into the folder; its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.join(name);
        fs::write(&path, content).expect("the world's folder takes files");
        path.to_str().expect("a plain path").to_owned()
    }

    /// `words` as a command inside the world, not through Gasket.
    pub(crate) fn inside<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let pid = self.init.id();
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={pid}"));
        if !is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        // The target is `unshare`, which made the PID namespace for its child and is not in it.
        command.args([
            "--net",
            "--mount",
            &format!("--pid=/proc/{pid}/ns/pid_for_children"),
        ]);
        // A working directory does not survive the change of namespaces.
        command.args(["--", "env", "--chdir"]).arg(&self.folder);
        command.args(words).env_clear();
        command
            .env("PATH", PATH)
            .env("HOME", &self.folder)
            .env("LC_ALL", "C.UTF-8");
        for kept in ["RUST_LOG", "RUST_BACKTRACE", "ASAN_OPTIONS"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        command
    }

    /// `words` by `way`, with a fresh event file for Gasket.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, way: Way, words: &[S]) -> Command {
        self.command_within(way, PATIENCE_S, words)
    }

    fn command_within<S: AsRef<OsStr>>(&self, way: Way, seconds: u32, words: &[S]) -> Command {
        let mut command = self.inside(&["timeout", "--kill-after=5", &seconds.to_string()]);
        if way == Way::Gasket {
            command.args(self.gasket_words());
        }
        command.args(words);
        command
    }

    /// `gasket run … --`, with a config of its own and a new event file.
    pub(crate) fn gasket_words(&self) -> Vec<String> {
        let config = self.folder.join("config.json");
        if !config.exists() {
            self.file("config.json", r#"{"version": 1, "report_flows": true}"#);
        }
        self.runs.fetch_add(1, Ordering::Relaxed);
        let words = [
            gasket(),
            "run",
            "--config",
            config.to_str().expect("a plain path"),
        ];
        let mut words = words.map(str::to_owned).to_vec();
        words.extend(["--events".to_owned(), self.events_path(), "--".to_owned()]);
        words
    }

    fn events_path(&self) -> String {
        let name = format!("events-{}.jsonl", self.runs.load(Ordering::Relaxed));
        self.folder
            .join(name)
            .to_str()
            .expect("a plain path")
            .to_owned()
    }

    /// The events of the last run through Gasket.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let lines = fs::read_to_string(self.events_path()).unwrap_or_default();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("an event is JSON"))
            .collect()
    }

    /// Runs `words` by `way` to the end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, way: Way, words: &[S]) -> Ended {
        finish(&mut self.command(way, words), &[])
    }

    /// As [`World::run`], with another limit in seconds.
    pub(crate) fn run_within<S: AsRef<OsStr>>(&self, way: Way, limit: u32, words: &[S]) -> Ended {
        finish(&mut self.command_within(way, limit, words), &[])
    }

    /// As [`World::run`], with `input` as standard input.
    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, way: Way, words: &[S], input: &[u8]) -> Ended {
        finish(&mut self.command(way, words), input)
    }

    /// Runs `words` by `way`; they must exit 0. Standard output.
    pub(crate) fn expect<S: AsRef<OsStr>>(&self, way: Way, words: &[S]) -> String {
        self.checked(way, words, &self.run(way, words))
    }

    /// Fails the test, with all that is known, unless `ended` well. Standard output.
    pub(crate) fn checked<S: AsRef<OsStr>>(&self, way: Way, words: &[S], ended: &Ended) -> String {
        let words: Vec<_> = words
            .iter()
            .map(|word| word.as_ref().to_string_lossy())
            .collect();
        assert!(
            ended.status.success(),
            "{way:?}: {} ended with {}\nstdout: {}\nstderr: {}\nevents: {:#?}",
            words.join(" "),
            ended.status,
            tail(&ended.text()),
            tail(&ended.stderr),
            if way == Way::Gasket {
                self.events()
            } else {
                Vec::new()
            },
        );
        ended.text()
    }

    /// A step of the set-up: straight, and it must exit 0.
    pub(crate) fn run_ok<S: AsRef<OsStr>>(&self, words: &[S]) -> String {
        self.expect(Way::Direct, words)
    }

    /// Starts a server. It is ready when it has printed a line with `ready` on stdout or stderr.
    pub(crate) fn serve<S: AsRef<OsStr>>(&self, words: &[S], ready: &str) {
        let mut command = self.inside(&["sh", "-c", "exec \"$@\" 2>&1", "sh"]);
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut server = command.spawn().expect("nsenter starts");
        let output = BufReader::new(server.stdout.take().expect("piped"));
        let mut lines = output.lines().map_while(Result::ok);
        let mut said = Vec::new();
        let found = lines.by_ref().any(|line| {
            let found = line.contains(ready);
            said.push(line);
            found
        });
        assert!(found, "the server did not come up:\n{}", said.join("\n"));
        // A server whose pipe is full stops; and its outer process must be waited for.
        thread::spawn(move || {
            lines.for_each(drop);
            server.wait()
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.init.stdin.take());
        let _ = self.init.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reports `test` as skipped, past the capture of the test runner.
pub(crate) fn skip<T>(test: &str, why: &str) -> Option<T> {
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
    None
}

/// Whether the long measurements are asked for.
pub(crate) fn full() -> bool {
    std::env::var_os("GASKET_TEST_FULL").is_some()
}

pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("nsenter starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // A program that does not read its input is no error of the test.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child
        .wait_with_output()
        .expect("the program can be waited for");
    let _ = writer.join();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ended {
        status: output.status,
        stdout: output.stdout,
        stderr,
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let line = |line: &&str| line.chars().take(300).collect::<String>();
    lines[lines.len().saturating_sub(30)..]
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

pub(crate) fn exists(program: &str) -> bool {
    PATH.split(':')
        .any(|folder| Path::new(folder).join(program).exists())
}

/// The `gasket` under test: the one `cargo xtask test` built, else built now.
pub(crate) fn gasket() -> &'static str {
    static GASKET: OnceLock<String> = OnceLock::new();
    GASKET.get_or_init(|| std::env::var("GASKET_BIN").unwrap_or_else(|_| build_gasket()))
}

fn build_gasket() -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "build",
            "--profile",
            "ci",
            "--package",
            "gasket-cli",
            "--bin",
            "gasket",
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "gasket does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut messages = messages.lines().filter_map(|line| {
        serde_json::from_str::<serde_json::Value>(line).ok()?["executable"]
            .as_str()
            .map(str::to_owned)
    });
    messages.next_back().expect("cargo names the executable")
}
