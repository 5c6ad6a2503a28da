//! Programs that are not ours, through `gasket run` as its users start it, beside the harness's own transfer
//! by the same way.

use std::fs::File;
use std::io;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::contender::Contender;
use crate::figures::{Better, Figure};
use crate::remote::Remote;
use crate::results::Results;
use crate::wire::{GIGABYTE, PAGE_REQUESTS, PAGES};
use crate::world::{self, ENGINE, SERVER, SERVER_ADDRESS};

/// How each transfer is made.
const MEANS: [Means; 3] = [Means::Harness, Means::Iperf3, Means::Curl];

/// Rounds, and how long a transfer runs that is not measured by bytes.
const WHOLE: (usize, Duration) = (3, Duration::from_secs(2));
const QUICK: (usize, Duration) = (1, Duration::from_secs(1));

/// Before a transfer of the harness is counted.
const WARM_UP: Duration = Duration::from_millis(150);

/// As Debian's package of this name has it, and where it keeps its things.
const BROWSER: &str = "chromium-headless-shell";
const PROFILE: &str = "/run/browser";

/// How many pages are loaded in a round: one is over in a moment.
const PAGES_A_ROUND: usize = 5;

/// Where curl finds the gigabyte that it sends: in memory, and nothing but a hole.
const UPLOAD: &str = "/run/gigabyte";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    Harness,
    Iperf3,
    Curl,
}

/// Milliseconds until a page and all its parts are there, in a browser of its own each time.
pub(crate) const PAGE: &str = "page by a browser";

/// What a figure of this part is called.
pub(crate) fn name(is_down: bool, means: Means) -> String {
    let way = if is_down { "down" } else { "up" };
    let means = match means {
        Means::Harness => "harness",
        Means::Iperf3 => "iperf3",
        Means::Curl => "curl",
    };
    format!("{way} by {means}")
}

/// Measures all means in turn, straight and through `gasket run`.
pub(crate) fn run(
    server: &mut Remote,
    arguments: &Arguments,
    results: &mut Results,
) -> io::Result<()> {
    let missing = ["iperf3", "curl", BROWSER]
        .into_iter()
        .find(|p| !world::exists(p));
    if let Some(program) = missing {
        return Err(io::Error::other(format!("{program} is not installed")));
    }
    File::create(UPLOAD)?.set_len(GIGABYTE)?;
    let mut iperf3 = world::inside(SERVER, &["iperf3", "--server"])
        .stdout(Stdio::null())
        .spawn()?;
    let outcome = in_turn(server, arguments, results);
    iperf3.kill()?;
    iperf3.wait()?;
    outcome
}

/// Pages straight and through `gasket run`, in turn.
fn pages(rounds: usize, gasket: &str, results: &mut Results) -> io::Result<()> {
    for _ in 0..rounds * PAGES_A_ROUND {
        for contender in [Contender::Veth, Contender::Gasket] {
            let took = page(&before(contender, gasket))?;
            results.add(Figure::new(PAGE, "ms", Better::Lower, 1), contender, took);
        }
    }
    Ok(())
}

/// What a contender's command begins with.
fn before(contender: Contender, gasket: &str) -> Vec<&str> {
    match contender {
        Contender::Gasket => vec![gasket, "run", "--"],
        _ => Vec::new(),
    }
}

/// Milliseconds from asking for the page to its last part, as the browser has them.
fn page(before: &[&str]) -> io::Result<f64> {
    let url = format!("http://{SERVER_ADDRESS}:{PAGES}/page");
    let profile = format!("--user-data-dir={PROFILE}");
    let mut words = before.to_vec();
    words.extend([
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--dump-dom",
        &profile,
        &url,
    ]);
    if let Err(error) = std::fs::remove_dir_all(PROFILE)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let said = world::says(&mut world::inside(ENGINE, &words))?;
    let expected = format!("parts={} took=", PAGE_REQUESTS - 1);
    said.split_once(&expected)
        .and_then(|(_, rest)| rest.split_once(';'))
        .and_then(|(took, _)| took.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no `{expected}` in the page: {said}")))
}

fn in_turn(server: &mut Remote, arguments: &Arguments, results: &mut Results) -> io::Result<()> {
    let (rounds, span) = if arguments.is_quick { QUICK } else { WHOLE };
    let gasket = arguments.gasket.to_string_lossy();
    for round in 0..rounds {
        for is_down in [true, false] {
            for means in MEANS {
                for contender in [Contender::Veth, Contender::Gasket] {
                    let before = &before(contender, &gasket);
                    let rate = match means {
                        Means::Harness => harness(before, is_down, span, server)?,
                        Means::Iperf3 => iperf3(before, is_down, span)?,
                        Means::Curl => curl(before, is_down)?,
                    };
                    let name = name(is_down, means);
                    eprintln!(
                        "round {}  {name:<16} {contender:<12} {rate:>9.2} Gbit/s",
                        round + 1
                    );
                    let figure = Figure::new(name, "Gbit/s", Better::Higher, 2);
                    results.add(figure, contender, rate);
                }
            }
        }
    }
    pages(rounds, &gasket, results)
}

/// The agent's transfer, in Gbit/s.
fn harness(before: &[&str], is_down: bool, span: Duration, server: &mut Remote) -> io::Result<f64> {
    let mut agent = Remote::start_by(ENGINE, before, &["agent", SERVER_ADDRESS])?;
    agent.ask(if is_down { "down 1" } else { "up 1" })?;
    thread::sleep(WARM_UP);
    let mut count = || -> io::Result<u64> {
        if is_down {
            let [bytes] = agent.numbers("count")?;
            return Ok(bytes);
        }
        let [bytes, _] = server.numbers("count")?;
        Ok(bytes)
    };
    let (start, first) = (Instant::now(), count()?);
    thread::sleep(span);
    let bytes = count()? - first;
    let seconds = start.elapsed().as_secs_f64();
    let _: [u64; 3] = agent.numbers("stop")?;
    Ok(bytes as f64 * 8.0 / 1e9 / seconds)
}

fn iperf3(before: &[&str], is_down: bool, span: Duration) -> io::Result<f64> {
    let seconds = span.as_secs().to_string();
    let mut words = before.to_vec();
    words.extend([
        "iperf3",
        "--client",
        SERVER_ADDRESS,
        "--json",
        "--time",
        &seconds,
    ]);
    if is_down {
        words.push("--reverse");
    }
    let said = world::says(&mut world::inside(ENGINE, &words))?;
    let report: serde_json::Value = serde_json::from_str(&said).map_err(io::Error::other)?;
    let bits = report
        .pointer("/end/sum_received/bits_per_second")
        .and_then(serde_json::Value::as_f64)
        .ok_or_else(|| io::Error::other(format!("no rate in what iperf3 says: {said}")))?;
    Ok(bits / 1e9)
}

fn curl(before: &[&str], is_down: bool) -> io::Result<f64> {
    let url = format!("http://{SERVER_ADDRESS}:{PAGES}/gigabyte");
    let mut words = before.to_vec();
    words.extend(["curl", "--silent", "--show-error", "--fail"]);
    words.extend(["--output", "/dev/null", "--write-out"]);
    if is_down {
        words.push("%{size_download} %{time_total}");
    } else {
        words.extend(["%{size_upload} %{time_total}", "--upload-file", UPLOAD]);
    }
    words.push(&url);
    let said = world::says(&mut world::inside(ENGINE, &words))?;
    let unread = || io::Error::other(format!("cannot read what curl says: {said}"));
    let (bytes, seconds) = said.trim().split_once(' ').ok_or_else(unread)?;
    let bytes: u64 = bytes.parse().map_err(|_| unread())?;
    let seconds: f64 = seconds.parse().map_err(|_| unread())?;
    if bytes != GIGABYTE {
        return Err(io::Error::other(format!("curl moved {bytes} bytes")));
    }
    Ok(bytes as f64 * 8.0 / 1e9 / seconds)
}
