//! What there is to measure, and what each figure is called.

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
    /// It only explains another figure.
    Neither,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Its name, which the targets and `--only` go by.
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    pub(crate) decimals: usize,
}

impl Figure {
    pub(crate) fn new(
        name: impl Into<String>,
        unit: &'static str,
        better: Better,
        decimals: usize,
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            better,
            decimals,
        }
    }
}

/// MTUs of the tunnel, in bytes.
pub(crate) const MTUS: [u16; 3] = [1500, 9000, 65_520];

/// Idle connections, in the order they are reached.
pub(crate) const IDLE: [u64; 3] = [10, 1000, 10_000];

/// One thing to do for each contender in each round; gives one or more figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// A bulk transfer.
    Bulk { is_down: bool, flows: u64 },
    /// Connect, 64 B there and back, close; so many at a time.
    Connections { at_a_time: u64 },
    /// 64 B there and back on an open connection.
    PingPong,
    /// UDP echoes, so many outstanding.
    Echo { outstanding: u64 },
    /// UDP one way.
    Datagrams { is_down: bool },
}

/// Transfers, made at every MTU.
pub(crate) const TRANSFERS: [Task; 4] = [
    Task::Bulk {
        is_down: true,
        flows: 1,
    },
    Task::Bulk {
        is_down: false,
        flows: 1,
    },
    Task::Bulk {
        is_down: true,
        flows: 10,
    },
    Task::Bulk {
        is_down: false,
        flows: 10,
    },
];

/// What the MTU does not change, made at the first.
pub(crate) const SHORT: [Task; 7] = [
    Task::Connections { at_a_time: 1 },
    Task::Connections { at_a_time: 16 },
    Task::PingPong,
    Task::Echo { outstanding: 1 },
    Task::Echo { outstanding: 64 },
    Task::Datagrams { is_down: true },
    Task::Datagrams { is_down: false },
];

impl Task {
    /// Whether it is about time and not about amounts.
    pub(crate) fn is_round_trip(self) -> bool {
        matches!(
            self,
            Self::Connections { .. } | Self::PingPong | Self::Echo { .. }
        )
    }

    /// The name of its main figure at an MTU.
    pub(crate) fn name(self, mtu: u16) -> String {
        let way = |is_down| if is_down { "down" } else { "up" };
        match self {
            Self::Bulk { is_down, flows } => format!("{}{flows}@{mtu}", way(is_down)),
            Self::Connections { at_a_time } => format!("connect{at_a_time}"),
            Self::PingPong => String::from("pingpong"),
            Self::Echo { outstanding } => format!("echo{outstanding}"),
            Self::Datagrams { is_down } => format!("datagrams-{}", way(is_down)),
        }
    }
}
