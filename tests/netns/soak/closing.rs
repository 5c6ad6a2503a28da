//! The end: nothing begins any more, all ends, and what must be true then is looked at.

use std::thread;
use std::time::{Duration, Instant};

use super::devices;
use super::report::{self, Report};
use super::scene::Scene;

/// How long what goes on may take to end, once nothing new begins; what is idle goes on for longer.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// A datagram's socket is remembered for three minutes (`guard::udp`), and looked after at intervals.
const SETTLES_WITHIN: Duration = Duration::from_secs(240);

/// So often, and in one of fifty transfers, an owner may be named too late because the machine has other things to do.
const STALLS_MAX: u64 = 20;

impl Scene<'_> {
    /// Ends all, once nothing is under way any more; what it came to.
    pub(super) fn close(mut self) -> Report {
        if let Some((fault, _)) = self.fault.take() {
            self.set_fault(fault, false);
            self.book.open().close(fault);
        }
        let ran = self.start.elapsed();
        let patience = ENDS_WITHIN + Duration::from_secs(self.plan.idle_max_s as u64);
        let ended = self.wait(patience, |scene| scene.book.open().all_busy() == 0);
        if !ended {
            let busy = self.book.open().all_busy();
            self.book.open().fail(format!("{busy} actions do not end"));
        }
        self.settle();
        // What was sent last has come by then, or will not.
        self.wait(Duration::from_secs(3), |_| false);
        self.look(Instant::now(), true);
        let memory = self.usage.verdict();
        devices::close(self.world, "phone.events");
        devices::close(self.world, "run.events");
        if let Some(app) = self.command.take() {
            app.end();
        }
        let lost = self.wire.end();
        let mut book = self.book.open();
        memory.into_iter().for_each(|what| book.fail(what));
        let (begun, whole, _) = report::totals(&book);
        let leaks: u64 = book.forms.values().map(|form| form.told_once).sum();
        // Half of what was asked for, and a fifth of that leaks, of which some are lost with `gasket run`.
        let asked = self.plan.length.as_secs() * u64::from(self.plan.per_second);
        if whole < asked / 6 || leaks < asked / 20 || self.controls_seen == 0 {
            let controls = self.controls_seen;
            book.fail(format!(
                "too little happened to prove anything: {whole} transfers, {leaks} leaks, {controls} controls"
            ));
        }
        if book.stalls > STALLS_MAX + begun / 50 {
            let what = format!(
                "{} owners were named too late, and nobody made them late",
                book.stalls
            );
            book.fail(what);
        }
        if lost > 0 {
            book.fail(format!("the capture has lost {lost} packets"));
        }
        for leak in self.wire.seen().leaks.drain(..) {
            book.fail(format!("a leak is seen outside: {leak}"));
        }
        let seen = self.wire.seen();
        Report::new(self.plan, ran, &book, &self.usage, &self.faults)
            .with_wire(seen.packets, seen.bytes, self.controls_seen)
            .with_runs(self.command_runs)
    }

    /// Descriptors must come back to what they were: all of them, or all but those of datagrams not yet forgotten.
    fn settle(&mut self) {
        let first = self.usage.first.descriptors;
        let remembered = usize::try_from(self.datagrams).expect("few");
        let most = if self.plan.settles {
            first
        } else {
            first + remembered
        };
        let patience = if self.plan.settles {
            SETTLES_WITHIN
        } else {
            Duration::from_secs(20)
        };
        let settled = self.wait(patience, |scene| scene.usage.now().descriptors <= most);
        let now = self.usage.now();
        if !settled {
            let what = format!(
                "{} descriptors at rest, {first} at first, {most} allowed",
                now.descriptors
            );
            self.book.open().fail(what);
        }
        if now.threads > self.usage.first.threads {
            let what = format!(
                "{} threads at rest, {} at first",
                now.threads, self.usage.first.threads
            );
            self.book.open().fail(what);
        }
    }

    /// Looks on until `done`, but no longer than `patience`.
    fn wait(&mut self, patience: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let since = Instant::now();
        while since.elapsed() < patience {
            if done(self) {
                return true;
            }
            thread::sleep(Duration::from_millis(200));
            if self.sampled.elapsed() >= Duration::from_secs(1) {
                self.sampled = Instant::now();
                self.look(Instant::now(), false);
            }
        }
        false
    }
}
