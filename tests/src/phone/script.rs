//! What happens to the phone, read from bytes: every input means something.

use gasket_core::config::AppMode;

use super::model::{APPS, Rules, Settings};
use super::questions::Topic;
use crate::fuzz::input::Input;

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// An app connects to one of `SERVERS`, or to the last decoy.
    Open { app: usize, to: usize },
    /// An app writes one more request (or stretch of noise) to one of its connections.
    Say {
        line: u8,
        what: What,
        piece: usize,
        gap_ms: u64,
    },
    /// An app opens a connection and says at once what the user may be asked about.
    Try { app: usize, to: usize, topic: Topic },
    /// The user answers.
    Answer { which: u8, reply: Reply },
    /// An app ends a connection, or stops and starts reading from it.
    Finish { line: u8, how: Finish },
    /// An app sends a datagram.
    Datagram { app: usize, to: usize, leak: bool },
    /// An app asks for a name.
    Ask { app: usize, name: usize },
    /// Time passes.
    Pass(u64),
    /// How the platform answers for owners from now on.
    Owners(OwnerMood),
    /// How a server behaves to connections from now on.
    Server { to: usize, mood: Mood },
    /// New settings.
    Settings(Settings),
    /// Every socket of the phone dies.
    Network,
    /// The wall clock is set.
    Clock(u64),
    /// The driver is out of descriptors.
    Evict,
}

/// What an app writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Get,
    Post,
    /// Larger than any ring.
    Large,
    Leak,
    /// A leak whose body comes late.
    StalledLeak,
    /// Identifiers, in a shape that no rule is about.
    Told(Topic),
}

/// What the user does about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// Answers one that is open.
    Open(bool),
    /// Answers any that ever was.
    Any(bool),
    /// Answers with a number that no question has.
    Wrong(bool),
    /// Lets the time of the oldest run out.
    Silence,
    /// Answers the oldest in its last millisecond.
    Last(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    Close,
    Abort,
    Deaf,
    Hearing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnerMood {
    /// After so many milliseconds.
    After(u64),
    /// After so many milliseconds: nobody.
    Unknown(u64),
    Never,
}

/// How a server treats a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mood {
    pub(super) dial: Dial,
    /// Bytes of its answer to each request.
    pub(super) answer: usize,
    /// It ends its half after the first answer.
    pub(super) ends: bool,
    /// Bytes it takes at a time; then it pauses.
    pub(super) appetite: Option<usize>,
    /// It resets once it has so many bytes.
    pub(super) resets_at: Option<usize>,
    /// It speaks first.
    pub(super) greets: bool,
    /// A salt for what happens to datagrams.
    pub(super) salt: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Dial {
    #[default]
    Accept,
    AcceptLate,
    Refuse,
    NoNetwork,
    Silent,
    /// The driver fails to make a socket.
    NoSocket,
}

impl Mood {
    fn read(input: &mut Input<'_>) -> Self {
        let (dial, talk) = (input.byte(), input.byte());
        Self {
            dial: match dial % 12 {
                0..6 => Dial::Accept,
                6 | 7 => Dial::AcceptLate,
                8 => Dial::Refuse,
                9 => Dial::NoNetwork,
                10 => Dial::Silent,
                _ => Dial::NoSocket,
            },
            answer: [0, 90, 3000, 150_000][usize::from(talk & 3)],
            ends: talk & 4 != 0,
            appetite: [None, Some(1000), Some(20_000), None][usize::from(talk >> 3 & 3)],
            resets_at: (talk >> 5 & 3 == 3).then_some(500),
            greets: talk & 0x80 != 0,
            salt: dial,
        }
    }
}

fn settings(input: &mut Input<'_>) -> Settings {
    let (modes, rest) = (input.byte(), input.byte());
    let mode = |at: usize| match modes >> (2 * at) & 3 {
        0 => AppMode::Guard,
        1 => AppMode::Watch,
        2 => AppMode::Trust,
        _ => AppMode::Block,
    };
    let mode = |at: usize| match rest >> (4 + at) & 1 {
        0 => mode(at),
        _ => AppMode::Ask,
    };
    Settings {
        modes: std::array::from_fn(mode),
        rules: match rest & 7 {
            0 => Rules::Off,
            1 => Rules::Warn,
            _ => Rules::Block,
        },
        blocks_address: rest & 8 != 0,
    }
}

/// Kinds from here on are about questions to the user.
const ASKING: u8 = 224;

fn asking(kind: u8, which: u8, how: u8) -> Step {
    let topic = Topic::read(how);
    match kind - ASKING {
        0..17 => Step::Try {
            app: usize::from(which & 15) % APPS,
            to: usize::from(which >> 4),
            topic,
        },
        17..21 => Step::Say {
            line: which,
            what: What::Told(topic),
            piece: [usize::MAX, 37][usize::from(which >> 7)],
            gap_ms: [0, 40][usize::from(which >> 6 & 1)],
        },
        21 | 22 => Step::Finish {
            line: which,
            how: [Finish::Close, Finish::Abort][usize::from(how & 1)],
        },
        23..31 => {
            let is_yes = how >> 6 == 0;
            let reply = match how & 7 {
                0..3 => Reply::Open(is_yes),
                3 => Reply::Any(is_yes),
                4 => Reply::Wrong(is_yes),
                5 | 6 => Reply::Silence,
                _ => Reply::Last(is_yes),
            };
            Step::Answer { which, reply }
        }
        _ => Step::Settings(Settings {
            modes: [AppMode::Ask; APPS],
            rules: [Rules::Block, Rules::Warn, Rules::Off, Rules::Block][usize::from(how & 3)],
            blocks_address: false,
        }),
    }
}

/// The next step of a script.
pub(super) fn next(input: &mut Input<'_>) -> Step {
    let kind = input.byte();
    let which = input.byte();
    if kind >= ASKING {
        return asking(kind, which, input.byte());
    }
    let app = usize::from(which & 15) % APPS;
    let to = usize::from(which >> 4);
    match kind % 32 {
        0..7 => Step::Open { app, to },
        7..16 => {
            let how = input.byte();
            Step::Say {
                line: which,
                what: match how & 7 {
                    0 | 1 => What::Get,
                    2 | 3 => What::Post,
                    4 => What::Large,
                    5 | 6 => What::Leak,
                    _ => What::StalledLeak,
                },
                piece: [usize::MAX, 1, 37, 500][usize::from(how >> 3 & 3)],
                gap_ms: [0, 0, 0, 1, 1, 40, 300, 0][usize::from(how >> 5)],
            }
        }
        16 | 17 => Step::Finish {
            line: which,
            how: match input.byte() & 7 {
                0..4 => Finish::Close,
                4 => Finish::Abort,
                5 => Finish::Deaf,
                _ => Finish::Hearing,
            },
        },
        18..21 => Step::Datagram {
            app,
            to,
            leak: input.byte() & 3 == 0,
        },
        21 | 22 => Step::Ask { app, name: to },
        23..26 => Step::Pass(u64::from(which) * 4),
        26 => match which {
            0..100 => Step::Pass(u64::from(which) * 500),
            100..160 => Step::Pass(u64::from(which) * 60_000),
            160.. => Step::Owners(match which % 8 {
                0..4 => OwnerMood::After(0),
                4 => OwnerMood::After(100),
                5 => OwnerMood::After(700),
                6 => OwnerMood::Unknown(u64::from(which % 3) * 200),
                _ => OwnerMood::Never,
            }),
        },
        27 | 28 => Step::Server {
            to,
            mood: Mood::read(input),
        },
        29 => Step::Settings(settings(input)),
        30 => match which % 4 {
            0 => Step::Network,
            1 => Step::Evict,
            _ => Step::Clock(u64::from(input.word()) * 3_600_000),
        },
        _ => Step::Owners(OwnerMood::After(u64::from(which) * 2)),
    }
}
