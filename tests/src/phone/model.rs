//! The reference: what should have happened, said as simply as possible. Of the core it shares only the names of
//! things, none of its code.

use gasket_core::Instant;
use gasket_core::config::AppMode;
use gasket_core::policy::{Decision, Reason};

/// Apps on the phone.
pub(super) const APPS: usize = 3;

/// What the user has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) modes: [AppMode; APPS],
    pub(super) rules: Rules,
    /// Whether nothing may go to `BLOCKABLE`.
    pub(super) blocks_address: bool,
}

/// What all rules do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    Block,
    Warn,
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            modes: [AppMode::Guard; APPS],
            rules: Rules::Block,
            blocks_address: false,
        }
    }
}

/// Whose a flow is, as far as the guard was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Asked { until: Instant },
    App(usize),
    Unknown,
}

/// What becomes of a flow as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing is known yet, nothing may leave.
    Wait,
    Refuse(Reason),
    /// All of it passes.
    Trust,
    /// Each request is judged; `true` if what is blocked passes all the same, and is told.
    Judge(bool),
}

impl Settings {
    fn some_app_blocked(&self) -> bool {
        self.modes.contains(&AppMode::Block)
    }

    /// Whether the owner can make a difference before the first byte.
    pub(super) fn owner_matters(&self) -> bool {
        self.modes.iter().any(|mode| *mode != AppMode::Guard)
    }

    pub(super) fn flow(&self, owner: Owner, is_blockable: bool) -> Fate {
        let mode = match owner {
            Owner::Asked { .. } => return Fate::Wait,
            Owner::Unknown if self.some_app_blocked() => return Fate::Refuse(Reason::OwnerUnknown),
            Owner::Unknown => AppMode::Guard,
            Owner::App(app) => self.modes[app],
        };
        match mode {
            AppMode::Block => Fate::Refuse(Reason::AppBlocked),
            AppMode::Trust => Fate::Trust,
            AppMode::Guard if is_blockable && self.blocks_address => Fate::Refuse(Reason::OwnRule),
            // A life does not ask: tests/sim/asking.rs does.
            AppMode::Guard | AppMode::Ask => Fate::Judge(false),
            AppMode::Watch => Fate::Judge(true),
        }
    }

    /// What becomes of one request (or datagram, or question) of a flow that is not refused.
    pub(super) fn request(
        &self,
        owner: Owner,
        is_blockable: bool,
        is_question: bool,
        nature: Nature,
    ) -> Option<Decision> {
        let watched = match self.flow(owner, is_blockable) {
            // Nobody goes without names because the platform does not know him.
            Fate::Refuse(Reason::OwnerUnknown) if is_question => false,
            Fate::Refuse(_) if is_question => return Some(Decision::Block),
            Fate::Wait | Fate::Refuse(_) => return None,
            Fate::Trust => return Some(Decision::Allow),
            Fate::Judge(watched) => watched,
        };
        if is_blockable && self.blocks_address {
            return Some(Decision::Warn);
        }
        let unwatched = match (nature, self.rules) {
            (Nature::Harmless, _) | (Nature::Named, Rules::Off) => Decision::Allow,
            (Nature::Listed, _) | (Nature::Leak | Nature::Named, Rules::Block) => Decision::Block,
            // The identifiers themselves are told without any rule.
            (Nature::Leak, Rules::Warn | Rules::Off) | (Nature::Named, Rules::Warn) => {
                Decision::Warn
            }
        };
        Some(match unwatched {
            Decision::Block if watched => Decision::Warn,
            other => other,
        })
    }
}

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    Harmless,
    /// It holds identifiers, in the shape that a rule blocks.
    Leak,
    /// It holds nothing but the name that a rule blocks.
    Named,
    /// It asks for a name on the user's own list.
    Listed,
}

/// One request, datagram or question, and what may become of it: more than one thing where the settings changed, or
/// the owner came, while it was under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) nature: Nature,
    is_question: bool,
    pub(super) may_block: bool,
    pub(super) may_warn: bool,
    pub(super) may_pass: bool,
}

impl Request {
    pub(super) fn new(nature: Nature) -> Self {
        Self {
            nature,
            is_question: false,
            may_block: false,
            may_warn: false,
            may_pass: false,
        }
    }

    /// A question for a name.
    pub(super) fn question(nature: Nature) -> Self {
        Self {
            is_question: true,
            ..Self::new(nature)
        }
    }

    /// Adds what would become of it by these settings.
    pub(super) fn judge(&mut self, settings: &Settings, owner: Owner, is_blockable: bool) {
        match settings.request(owner, is_blockable, self.is_question, self.nature) {
            Some(Decision::Block) => self.may_block = true,
            Some(Decision::Warn) => self.may_warn = true,
            Some(Decision::Allow) => self.may_pass = true,
            None => {}
        }
    }

    /// Whether any of it may leave.
    pub(super) fn may_leave(&self) -> bool {
        self.may_warn || self.may_pass
    }

    /// Whether it must be blocked.
    pub(super) fn must_stay(&self) -> bool {
        self.may_block && !self.may_leave()
    }

    /// Whether it must be told of once it has left.
    pub(super) fn must_be_told(&self) -> bool {
        self.may_warn && !self.may_block && !self.may_pass
    }
}
