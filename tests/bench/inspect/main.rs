//! What inspection costs: times by criterion, allocations by a counting allocator, instructions by
//! callgrind where valgrind is installed. `cargo xtask bench inspect` runs it.

mod counts;
mod known;
mod packs;
mod report;
mod requests;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use gasket_core::config::Config;
use gasket_core::facts::{Facts, Protocol};
use gasket_core::inspect::content::Examiner;
use gasket_core::inspect::content::learned::{Learned, Sender};
use gasket_core::inspect::parts;
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Judge};

use requests::Sample;

/// Bytes of the body of which nothing can be read: what is held of one.
const OPAQUE: usize = 64 * 1024;

/// When it happens: always in the same hour, so that what is learned stays as it is.
const NOON_MS: u64 = 1_767_268_800_000;

/// By what requests are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The shipped rules.
    Shipped,
    /// Ten times as many.
    Tenfold,
    /// The shipped rules, and identifiers that the user typed in.
    Known,
    /// The shipped rules, and nothing is learned: what learning costs is the difference.
    Unlearned,
}

/// One bench for each [`Setting`], in its order.
pub(crate) type Benches = [Bench; 4];

/// What the guard has at hand when it judges a request.
pub(crate) struct Bench {
    judge: Judge,
    learns: bool,
    examiner: RefCell<Examiner>,
    learned: RefCell<Learned>,
    owner: Owner,
    destination: SocketAddr,
}

impl Bench {
    pub(crate) fn new(setting: Setting) -> Self {
        let (shipped, tenfold) = packs::both();
        let (config, pack) = match setting {
            Setting::Shipped | Setting::Unlearned => (Config::default(), shipped),
            Setting::Tenfold => (Config::default(), tenfold),
            Setting::Known => (known::config(), shipped),
        };
        Self {
            judge: Judge::new(config, pack),
            learns: setting != Setting::Unlearned,
            examiner: RefCell::default(),
            learned: RefCell::new(Learned::unsaved(1)),
            owner: Owner {
                uid: 10_123,
                // Of nobody whose server it asks, or nothing would be learned.
                packages: vec![String::from("test.sunshine.weather")],
                system: false,
            },
            destination: SocketAddr::from(([203, 0, 113, 7], 80)),
        }
    }

    /// From the bytes that a new connection holds to the verdict, as the guard's gate does it.
    pub(crate) fn verdict(&self, wire: &[u8]) -> Decision {
        let mut inspector = StreamInspector::new();
        let StreamStep::Judge { len, said } = inspector.step(wire, false) else {
            panic!("not a whole request");
        };
        assert_eq!(len, wire.len());
        let facts = Facts {
            owner: Some(&self.owner),
            owner_asked: true,
            trigger: None,
            protocol: Protocol::Tcp,
            destination: self.destination,
            country: Some("NO"),
            asn: Some(64_496),
            dns_query: Some("telemetry.example.com"),
            said: Some(&said),
            content: None,
        };
        let mut learned = self.learned.borrow_mut();
        let learning = self
            .learns
            .then(|| learned.at(Sender::new(facts, None), NOON_MS));
        let content = parts(&said).map(|parts| {
            let mut examiner = self.examiner.borrow_mut();
            examiner.examine_learning(&parts, self.judge.known(), learning)
        });
        let verdict = self.judge.judge(&Facts {
            content: content.as_ref(),
            ..facts
        });
        assert!(content.is_some_and(|content| content.findings.is_empty()));
        verdict.decision
    }
}

/// Every measured case by name: the request, and by what it is judged.
pub(crate) fn cases() -> Vec<(String, Sample, Setting)> {
    let opaque = || requests::opaque(OPAQUE);
    let shipped = requests::ordinary()
        .into_iter()
        .chain([opaque()])
        .map(|sample| (sample.name.to_owned(), sample, Setting::Shipped));
    let tenfold = requests::ordinary()
        .into_iter()
        .map(|sample| (format!("{} tenfold", sample.name), sample, Setting::Tenfold));
    let known = requests::ordinary()
        .into_iter()
        .chain([opaque()])
        .map(|sample| (format!("{} known", sample.name), sample, Setting::Known));
    let unlearned = requests::ordinary()
        .into_iter()
        .chain([opaque()])
        .map(|sample| {
            (
                format!("{} unlearned", sample.name),
                sample,
                Setting::Unlearned,
            )
        });
    shipped
        .chain(tenfold)
        .chain(known)
        .chain(unlearned)
        .collect()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, case, times] = arguments.as_slice()
        && flag == counts::REPEAT
    {
        counts::repeat(case, times.parse().unwrap_or_default());
        return ExitCode::SUCCESS;
    }
    let (shipped, tenfold) = packs::both();
    println!(
        "{} rules shipped, {} in the tenfold pack\n",
        shipped.rules().len(),
        tenfold.rules().len()
    );
    let benches: Benches = [
        Setting::Shipped,
        Setting::Tenfold,
        Setting::Known,
        Setting::Unlearned,
    ]
    .map(Bench::new);
    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    let mut group = criterion.benchmark_group(report::GROUP);
    for (name, sample, setting) in cases() {
        let bench = &benches[setting as usize];
        assert_eq!(bench.verdict(&sample.wire), Decision::Allow, "{name}");
        group.throughput(Throughput::Bytes(sample.wire.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(&name), &sample, |b, sample| {
            b.iter(|| bench.verdict(std::hint::black_box(&sample.wire)));
        });
    }
    group.finish();
    criterion.final_summary();
    if report::print(&benches) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
