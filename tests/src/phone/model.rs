//! The reference: what should have happened, said as simply as possible. Of the core it shares only the names of
//! things, none of its code.

use gasket_core::Instant;
use gasket_core::config::AppMode;
use gasket_core::policy::Reason;

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

impl Owner {
    /// Whose share of questions it takes: its app's, or the one of all that are not named.
    pub(super) fn party(self) -> usize {
        match self {
            Self::App(app) => app,
            Self::Asked { .. } | Self::Unknown => APPS,
        }
    }
}

/// What becomes of a flow as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing is known yet, nothing may leave.
    Wait,
    Refuse(Reason),
    /// All of it passes.
    Trust,
    /// Each request is judged.
    Judge(Manner),
}

/// How requests are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Guarded,
    /// What is blocked passes all the same, and is told.
    Watched,
    /// What would be told waits for the user.
    Asked,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    Warn,
    Block,
    /// The user is asked; of a datagram: it is blocked because he cannot be.
    Ask,
}

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Stream,
    Datagram,
    /// It asks for a name.
    Question,
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
            // He counts as one of those who are asked about.
            Owner::Unknown if self.modes.contains(&AppMode::Ask) => AppMode::Ask,
            Owner::Unknown => AppMode::Guard,
            Owner::App(app) => self.modes[app],
        };
        match mode {
            AppMode::Block => Fate::Refuse(Reason::AppBlocked),
            AppMode::Trust => Fate::Trust,
            AppMode::Guard | AppMode::Ask if is_blockable && self.blocks_address => {
                Fate::Refuse(Reason::OwnRule)
            }
            AppMode::Guard => Fate::Judge(Manner::Guarded),
            AppMode::Ask => Fate::Judge(Manner::Asked),
            AppMode::Watch => Fate::Judge(Manner::Watched),
        }
    }

    /// Whether the user is asked about what an owner sends.
    pub(super) fn asks(&self, owner: Owner) -> bool {
        match owner {
            Owner::Asked { .. } => false,
            Owner::App(app) => self.modes[app] == AppMode::Ask,
            Owner::Unknown => self.modes.contains(&AppMode::Ask),
        }
    }

    /// What becomes of one request (or datagram, or question) of a flow that is not refused.
    pub(super) fn request(
        &self,
        owner: Owner,
        is_blockable: bool,
        carrier: Carrier,
        nature: Nature,
    ) -> Option<Outcome> {
        let is_question = carrier == Carrier::Question;
        let manner = match self.flow(owner, is_blockable) {
            // Nobody goes without names because the platform does not know him.
            Fate::Refuse(Reason::OwnerUnknown) if is_question => Manner::Guarded,
            Fate::Refuse(_) if is_question => return Some(Outcome::Block),
            Fate::Wait | Fate::Refuse(_) => return None,
            Fate::Trust => return Some(Outcome::Pass),
            Fate::Judge(manner) => manner,
        };
        if is_blockable && self.blocks_address {
            return Some(Outcome::Warn);
        }
        let guarded = match (nature, self.rules) {
            (Nature::Harmless, _) | (Nature::Named, Rules::Off) => Outcome::Pass,
            (Nature::Listed, _) | (Nature::Leak | Nature::Named, Rules::Block) => Outcome::Block,
            // The identifiers themselves are told without any rule.
            (Nature::Leak, Rules::Warn | Rules::Off)
            | (Nature::Named, Rules::Warn)
            | (Nature::Told, _) => Outcome::Warn,
        };
        Some(match (guarded, manner) {
            (Outcome::Block, Manner::Watched) => Outcome::Warn,
            // Names are looked up as ever.
            (Outcome::Warn, Manner::Asked) if !is_question => Outcome::Ask,
            (other, _) => other,
        })
    }
}

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    Harmless,
    /// It holds identifiers, in the shape that a rule blocks.
    Leak,
    /// It holds identifiers, in a shape that no rule is about.
    Told,
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
    carrier: Carrier,
    pub(super) may_block: bool,
    pub(super) may_warn: bool,
    pub(super) may_pass: bool,
    /// Blocked by an answer, or for want of one.
    pub(super) may_ask: bool,
}

impl Request {
    pub(super) fn new(carrier: Carrier, nature: Nature) -> Self {
        Self {
            nature,
            carrier,
            may_block: false,
            may_warn: false,
            may_pass: false,
            may_ask: false,
        }
    }

    /// What would become of it by these settings, if they say.
    pub(super) fn outcome(
        &self,
        settings: &Settings,
        owner: Owner,
        is_blockable: bool,
    ) -> Option<Outcome> {
        settings.request(owner, is_blockable, self.carrier, self.nature)
    }

    /// Adds what would become of it by these settings.
    pub(super) fn judge(&mut self, settings: &Settings, owner: Owner, is_blockable: bool) {
        match self.outcome(settings, owner, is_blockable) {
            Some(Outcome::Block) => self.may_block = true,
            Some(Outcome::Warn) => self.may_warn = true,
            Some(Outcome::Pass) => self.may_pass = true,
            Some(Outcome::Ask) => self.may_ask = true,
            None => {}
        }
    }

    /// Whether the user must be asked.
    pub(super) fn must_be_asked(&self) -> bool {
        self.may_ask && !self.may_block && !self.may_leave()
    }

    /// Whether any of it may leave.
    pub(super) fn may_leave(&self) -> bool {
        self.may_warn || self.may_pass
    }

    /// Whether it must be blocked.
    pub(super) fn must_stay(&self) -> bool {
        (self.may_block || self.may_ask) && !self.may_leave()
    }

    /// Whether it must be told of once it has left.
    pub(super) fn must_be_told(&self) -> bool {
        self.may_warn && !self.may_block && !self.may_pass && !self.may_ask
    }
}
