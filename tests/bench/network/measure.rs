//! How each task is measured.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::contender::Running;
use crate::figures::{Better, Figure, IDLE, Task};
use crate::remote::Remote;
use crate::results::{Endurance, Results};
use crate::usage::{Cpu, Usage};
use crate::wire::DATAGRAM;

/// How long a transfer runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(150);

/// The same over the lossy path: until the first losses have told the sender how fast it may go.
const LOSSY_WARM_UP: Duration = Duration::from_secs(1);

/// How long connections may take to come to rest before they count as idle: longer than any timer of
/// ours that a silent connection arms.
const SETTLING: Duration = Duration::from_secs(1);

/// Connections of the endurance run, and how many at a time.
const ENDURANCE: (u64, u64) = (100_000, 16);

/// One flow up and down over the lossy path.
pub(crate) const LOSSY: [&str; 2] = ["up1 lossy", "down1 lossy"];

/// The figure that says which share of an engine's processor time the kernel took.
pub(crate) fn kernel_share(figure: &str) -> String {
    format!("{figure} in the kernel")
}

/// What all measurements share.
pub(crate) struct Bench {
    pub(crate) server: Remote,
    pub(crate) window: Duration,
}

/// What went through one measured window.
struct Flowed {
    bytes: f64,
    seconds: f64,
    cpu: Option<Cpu>,
    packets: u64,
    drops: u64,
}

impl Flowed {
    fn gigabits(&self) -> f64 {
        self.bytes * 8.0 / 1e9 / self.seconds
    }
}

impl Bench {
    /// Measures one task for one contender.
    pub(crate) fn measure(
        &mut self,
        task: Task,
        mtu: u16,
        running: &mut Running,
        results: &mut Results,
    ) -> io::Result<()> {
        let name = task.name(mtu);
        let contender = running.contender;
        match task {
            Task::Bulk { is_down, flows } => {
                let flowed = self.transfer(is_down, flows, running, results)?;
                let figure = Figure::new(&name, "Gbit/s", Better::Higher, 2);
                results.add(figure, contender, flowed.gigabits());
                if let Some(cpu) = flowed.cpu {
                    let figure = Figure::new(format!("{name} CPU"), "s/GB", Better::Lower, 2);
                    results.add(figure, contender, cpu.seconds() / (flowed.bytes / 1e9));
                    let figure = Figure::new(kernel_share(&name), "%", Better::Neither, 0);
                    results.add(figure, contender, 100.0 * cpu.system_s / cpu.seconds());
                    let figure = Figure::new(format!("{name} drops"), "%", Better::Lower, 3);
                    let offered = (flowed.packets + flowed.drops).max(1);
                    results.add(
                        figure,
                        contender,
                        100.0 * flowed.drops as f64 / offered as f64,
                    );
                }
            }
            Task::Connections { at_a_time } => {
                let span = self.window.as_millis();
                let ask = format!("requests {at_a_time} {} {span}", u64::MAX);
                let start = Instant::now();
                let [done, failed, p50, p99] = running.agent.numbers(&ask)?;
                let rate = done as f64 / start.elapsed().as_secs_f64() / 1e3;
                results.add(
                    Figure::new(&name, "k/s", Better::Higher, 2),
                    contender,
                    rate,
                );
                latencies(results, &name, running, p50, p99);
                let figure = Figure::new(format!("{name} failed"), "", Better::Lower, 0);
                results.add(figure, contender, failed as f64);
            }
            Task::PingPong => {
                let ask = format!("pingpong {}", self.window.as_millis());
                let [_, failed, p50, p99] = running.agent.numbers(&ask)?;
                if failed > 0 {
                    return Err(io::Error::other("the connection broke"));
                }
                latencies(results, &name, running, p50, p99);
            }
            Task::Echo { outstanding } => {
                let ask = format!("echo {outstanding} {}", self.window.as_millis());
                let start = Instant::now();
                let [done, lost, p50, p99] = running.agent.numbers(&ask)?;
                let rate = done as f64 / start.elapsed().as_secs_f64() / 1e3;
                results.add(
                    Figure::new(&name, "k/s", Better::Higher, 1),
                    contender,
                    rate,
                );
                latencies(results, &name, running, p50, p99);
                let figure = Figure::new(format!("{name} lost"), "%", Better::Lower, 2);
                let share = 100.0 * lost as f64 / (done + lost).max(1) as f64;
                results.add(figure, contender, share);
            }
            Task::Datagrams { is_down } => {
                let count = self.datagrams(is_down, running)?;
                let gigabits = count as f64 * DATAGRAM as f64 * 8.0 / 1e9;
                let rate = gigabits / self.window.as_secs_f64();
                results.add(
                    Figure::new(&name, "Gbit/s", Better::Higher, 2),
                    contender,
                    rate,
                );
            }
        }
        Ok(())
    }

    fn transfer(
        &mut self,
        is_down: bool,
        flows: u64,
        running: &mut Running,
        results: &mut Results,
    ) -> io::Result<Flowed> {
        let (flowed, ends) = self.window_of(is_down, flows, WARM_UP, running)?;
        if !is_down {
            results.add_uploads(running.contender, ends);
        }
        flowed
    }

    /// What one window of a transfer carried once it had run for `warm_up`, and how its flows ended.
    fn window_of(
        &mut self,
        is_down: bool,
        flows: u64,
        warm_up: Duration,
        running: &mut Running,
    ) -> io::Result<(io::Result<Flowed>, [u64; 3])> {
        let way = if is_down { "down" } else { "up" };
        running.agent.ask(&format!("{way} {flows}"))?;
        thread::sleep(warm_up);
        let flowed = self.flowing(is_down, running);
        Ok((flowed, running.agent.numbers("stop")?))
    }

    /// One flow each way over the lossy path.
    pub(crate) fn lossy(&mut self, running: &mut Running, results: &mut Results) -> io::Result<()> {
        // Up first: what is still under way of it then is gone before the next upload is counted.
        for (name, is_down) in LOSSY.into_iter().zip([false, true]) {
            // How it ends does not count here: full buffers take longer over such a path than an end may take.
            let (flowed, _) = self.window_of(is_down, 1, LOSSY_WARM_UP, running)?;
            let figure = Figure::new(name, "Mbit/s", Better::Higher, 2);
            results.add(figure, running.contender, flowed?.gigabits() * 1e3);
        }
        Ok(())
    }

    fn flowing(&mut self, is_down: bool, running: &mut Running) -> io::Result<Flowed> {
        let pid = running.pid();
        let cpu = || pid.map(Cpu::of).transpose();
        let [packets, drops] = running.packets_and_drops()?;
        let (start, cpu_before) = (Instant::now(), cpu()?);
        let before = self.received(is_down, running)?;
        thread::sleep(self.window);
        let after = self.received(is_down, running)?;
        let (seconds, cpu_after) = (start.elapsed().as_secs_f64(), cpu()?);
        let [packets_after, drops_after] = running.packets_and_drops()?;
        if after == before {
            return Err(io::Error::other("nothing came through"));
        }
        Ok(Flowed {
            bytes: (after - before) as f64,
            seconds,
            cpu: cpu_after
                .zip(cpu_before)
                .map(|(after, before)| after.since(before)),
            packets: packets_after - packets,
            drops: drops_after - drops,
        })
    }

    /// Bytes at the receiving end so far.
    fn received(&mut self, is_down: bool, running: &mut Running) -> io::Result<u64> {
        if is_down {
            let [bytes] = running.agent.numbers("count")?;
            return Ok(bytes);
        }
        let [bytes, _] = self.server.numbers("count")?;
        Ok(bytes)
    }

    /// Datagrams that arrived in one window.
    fn datagrams(&mut self, is_down: bool, running: &mut Running) -> io::Result<u64> {
        let millis = self.window.as_millis();
        if is_down {
            let [received] = running.agent.numbers(&format!("receive {millis}"))?;
            return Ok(received);
        }
        let [_, before] = self.server.numbers("count")?;
        let [_sent] = running.agent.numbers(&format!("send {millis}"))?;
        // What is still on its way through the engine.
        thread::sleep(Duration::from_millis(50));
        let [_, after] = self.server.numbers("count")?;
        Ok(after - before)
    }

    /// What open connections that say nothing cost, and what they cost the others. `running` is fresh.
    pub(crate) fn idle(&mut self, running: &mut Running, results: &mut Results) -> io::Result<()> {
        let contender = running.contender;
        let lower = |name: String, unit, decimals| Figure::new(name, unit, Better::Lower, decimals);
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        if let Some(pid) = running.pid() {
            let usage = Usage::of(pid)?;
            for (name, bytes) in [
                ("idle0 memory", usage.resident),
                ("idle0 memory of its own", usage.own),
            ] {
                results.add(lower(name.to_owned(), "MB", 1), contender, megabytes(bytes));
            }
        }
        let mut per_flow = Vec::new();
        for flows in IDLE {
            let [open, _failed] = running.agent.numbers(&format!("hold {flows}"))?;
            if open < flows {
                return Err(io::Error::other(format!(
                    "{open} of {flows} connections stayed open"
                )));
            }
            let Some(pid) = running.pid() else { continue };
            thread::sleep(SETTLING);
            let (start, before) = (Instant::now(), Usage::of(pid)?);
            thread::sleep(2 * self.window);
            let (seconds, after) = (start.elapsed().as_secs_f64(), Usage::of(pid)?);
            let name = |what: &str| format!("idle{flows} {what}");
            let resident = megabytes(after.resident);
            results.add(lower(name("memory"), "MB", 1), contender, resident);
            results.add(
                lower(name("descriptors"), "", 0),
                contender,
                after.descriptors as f64,
            );
            let share = 100.0 * after.cpu.since(before.cpu).seconds() / seconds;
            results.add(lower(name("CPU"), "%", 1), contender, share);
            let wakes = (after.sleeps - before.sleeps) as f64 / seconds;
            results.add(lower(name("wake-ups"), "1/s", 1), contender, wakes);
            per_flow.push((flows, after.resident));
        }
        if let (Some((few, small)), Some((many, large))) = (per_flow.first(), per_flow.last()) {
            let bytes = large.saturating_sub(*small) as f64 / (many - few) as f64;
            let figure = lower("memory per idle flow".to_owned(), "KB", 2);
            results.add(figure, contender, bytes / 1024.0);
        }
        self.beside(IDLE[2], running, results)?;
        running.agent.ask("release")?;
        thread::sleep(SETTLING);
        let _: [u64; 2] = running.agent.numbers(&format!("hold {}", IDLE[0]))?;
        self.beside(IDLE[0], running, results)?;
        running.agent.ask("release")?;
        Ok(())
    }

    /// Throughput of one flow beside idle ones.
    fn beside(
        &mut self,
        idle: u64,
        running: &mut Running,
        results: &mut Results,
    ) -> io::Result<()> {
        for _ in 0..3 {
            for is_down in [true, false] {
                let flowed = self.transfer(is_down, 1, running, results)?;
                let way = if is_down { "down" } else { "up" };
                let name = format!("{way}1 beside {idle}");
                let figure = Figure::new(name, "Gbit/s", Better::Higher, 2);
                results.add(figure, running.contender, flowed.gigabits());
            }
        }
        Ok(())
    }
}

/// Many short connections, and what stays behind.
pub(crate) fn endure(running: &mut Running) -> io::Result<Option<Endurance>> {
    let Some(pid) = running.pid() else {
        return Ok(None);
    };
    let (count, at_a_time) = ENDURANCE;
    let mut run = |count| {
        let [done, failed, ..]: [u64; 4] = running
            .agent
            .numbers(&format!("requests {at_a_time} {count} 600000"))?;
        io::Result::Ok([done, failed])
    };
    // What is grown once and kept is no leak.
    run(count / 10)?;
    let before = Usage::of(pid)?;
    let [done, failed] = run(count)?;
    thread::sleep(SETTLING);
    let after = Usage::of(pid)?;
    Ok(Some(Endurance {
        done,
        failed,
        descriptors: [before.descriptors, after.descriptors],
        resident: [before.resident, after.resident],
    }))
}

fn latencies(results: &mut Results, name: &str, running: &Running, p50: u64, p99: u64) {
    for (percentile, nanos) in [("p50", p50), ("p99", p99)] {
        let figure = Figure::new(format!("{name} {percentile}"), "µs", Better::Lower, 0);
        results.add(figure, running.contender, nanos as f64 / 1e3);
    }
}
