//! The judge: settings and rule pack, applied to facts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Decision, Reason, Verdict};
use crate::config::{AppMode, Config, RuleMode};
use crate::facts::Facts;
use crate::inspect::content::known::Known;
use crate::inspect::content::learned::{Learned, Sender};
use crate::inspect::content::{Basis, Content, Examiner};
use crate::inspect::{Said, parts};
use crate::owner::Owner;
use crate::rules::record::bare_host;
use crate::rules::{Action, Pack, Rule};
use crate::tables::Places;

/// Ports on which the client speaks TLS at once or the server speaks first. An app that came with
/// the phone is not held there: the hello is judged without that, or the request would never come.
const ENCRYPTED_OR_SERVER_FIRST: [u16; 27] = [
    21, 22, 23, 25, 110, 119, 143, 220, 443, 465, 563, 587, 636, 853, 989, 990, 992, 993, 994, 995,
    2525, 3306, 5061, 5228, 5229, 5230, 8443,
];

/// Decides by config and pack alone: no clock, no state, the same verdict for the same facts.
#[derive(Debug)]
pub struct Judge {
    config: Config,
    pack: Arc<Pack>,
    /// `blocked_names` in lower case, without trailing dots.
    blocked_names: BTreeSet<String>,
    some_app_blocked: bool,
    known: Known,
    /// How a flow is treated whose owner is not known.
    unknown_mode: AppMode,
}

impl Judge {
    /// A judge by these settings and rules.
    pub fn new(config: Config, pack: Arc<Pack>) -> Self {
        let blocked_names = config
            .blocked_names
            .iter()
            .map(|name| name.trim_end_matches('.').to_ascii_lowercase())
            .collect();
        let modes = || config.apps.values().copied().chain([config.default_mode]);
        // The owner could be any app, also one that is blocked; until the platform has been asked
        // that one is at least guarded.
        let unknown_mode = match strictest(modes()) {
            AppMode::Block => AppMode::Guard,
            mode => mode,
        };
        Self {
            blocked_names,
            some_app_blocked: modes().any(|mode| mode == AppMode::Block),
            unknown_mode,
            known: config.known(),
            config,
            pack,
        }
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The rules.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// The identifiers that the user typed in, to look for in payloads.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Reads what `facts` says was said, where it has a payload; `learned` reads along, `unix_ms` after
    /// 1970, unless the settings want no identifiers looked for.
    pub fn examine(
        &self,
        facts: Facts<'_>,
        places: Option<&Places>,
        examiner: &mut Examiner,
        learned: &mut Learned,
        unix_ms: u64,
    ) -> Option<Content> {
        let parts = parts(facts.said?)?;
        let learns = self.config.identifiers != RuleMode::Off;
        let learning = learns.then(|| learned.at(Sender::new(facts, places), unix_ms));
        Some(examiner.examine_learning(&parts, &self.known, learning))
    }

    /// Rule ids in the settings that no rule of the pack has.
    pub fn unknown_rules(&self) -> Vec<&str> {
        let ids = self.config.rules.keys().map(String::as_str);
        ids.filter(|id| self.pack.rule(id).is_none()).collect()
    }

    /// What happens to the payload (or the question, or the dial), by all that is known so far.
    pub fn judge(&self, facts: &Facts<'_>) -> Verdict {
        let mode = self.mode(facts.owner);
        match mode {
            AppMode::Trust => return plain(Decision::Allow, Reason::AppTrusted),
            AppMode::Block => return plain(Decision::Block, Reason::AppBlocked),
            AppMode::Guard | AppMode::Watch => {}
        }
        if facts.owner.is_none() && facts.owner_asked && self.some_app_blocked {
            return plain(Decision::Block, Reason::OwnerUnknown);
        }
        let mut verdict = self.weigh(facts);
        if mode == AppMode::Watch {
            verdict.decision = verdict.decision.min(Decision::Warn);
        }
        verdict
    }

    /// Whether the owner's flows are relayed unfiltered and uninspected.
    pub fn trusts(&self, owner: Option<&Owner>) -> bool {
        self.mode(owner) == AppMode::Trust
    }

    /// Whether the first request must be read before anything is dialled.
    ///
    /// True on the hold ports; where a rule names the port, the address or the package; where a
    /// blocking rule names the host; and for an app that came with the phone, unless the port is
    /// one of TLS or of a protocol whose server speaks first.
    pub fn holds_dial(&self, facts: &Facts<'_>) -> bool {
        if self.trusts(facts.owner) {
            return false;
        }
        let port = facts.destination.port();
        let by_owner = |owner: &Owner| {
            let named = owner
                .packages
                .iter()
                .any(|name| self.pack.names_package(name));
            named || (owner.system && !ENCRYPTED_OR_SERVER_FIRST.contains(&port))
        };
        let blocks = |rule: &Rule| self.effect(rule) == Some(Action::Block);
        let by_host = |host: &str| self.pack.names_host(host, blocks);
        self.config.hold_ports.contains(&port)
            || self.pack.names_port(port)
            || self.pack.names_address(facts.destination.ip())
            || facts.owner.is_some_and(by_owner)
            || facts.dns_query.is_some_and(by_host)
    }

    fn weigh(&self, facts: &Facts<'_>) -> Verdict {
        if self.names_blocked(facts) {
            return plain(Decision::Block, Reason::NameBlocked);
        }
        if matches!(facts.said, Some(Said::Unframed(_))) {
            return plain(Decision::Block, Reason::FramingAmbiguous);
        }
        let mut matching: Vec<(Action, &Rule)> = self
            .pack
            .matching(facts)
            .into_iter()
            .filter_map(|rule| self.effect(rule).map(|action| (action, rule)))
            .collect();
        // Stable: among equal effects the pack's own order stays.
        matching.sort_by(|(left, _), (right, _)| right.cmp(left));
        let gravest = matching.first().map(|(action, _)| *action);
        let identifiers = self.identifiers(facts);
        let (decision, reason) = match (gravest, identifiers) {
            (Some(Action::Block), _) => (Decision::Block, Reason::RuleMatched),
            (Some(Action::Warn), _) => (Decision::Warn, Reason::RuleMatched),
            (_, Some(decision)) => (decision, Reason::IdentifiersFound),
            (Some(Action::Log), None) => (Decision::Allow, Reason::RuleMatched),
            (None, None) => (Decision::Allow, Reason::Ordinary),
        };
        Verdict {
            decision,
            reason,
            rules: matching
                .into_iter()
                .map(|(_, rule)| rule.id.clone())
                .collect(),
        }
    }

    /// What the rule causes under these settings; `None` where it is off.
    fn effect(&self, rule: &Rule) -> Option<Action> {
        match self.config.rules.get(&rule.id) {
            Some(RuleMode::Off) => None,
            Some(RuleMode::Block) => Some(Action::Block),
            Some(RuleMode::Warn) => Some(Action::Warn),
            None => Some(rule.action),
        }
    }

    /// What the identifiers found cause, where any alerts.
    fn identifiers(&self, facts: &Facts<'_>) -> Option<Decision> {
        let decision = match self.config.identifiers {
            RuleMode::Block => Decision::Block,
            RuleMode::Warn => Decision::Warn,
            RuleMode::Off => return None,
        };
        let findings = &facts.content?.findings;
        let caused = findings.iter().filter(|finding| finding.alerts());
        caused
            .map(|finding| match finding.basis {
                // A token that came again may be nobody's identifier.
                Basis::Learned => decision.min(Decision::Warn),
                Basis::Likeness | Basis::Typed => decision,
            })
            .max()
    }

    fn mode(&self, owner: Option<&Owner>) -> AppMode {
        let Some(owner) = owner else {
            return self.unknown_mode;
        };
        let modes = owner.packages.iter().map(|name| {
            let set = self.config.apps.get(name);
            set.copied().unwrap_or(self.config.default_mode)
        });
        if owner.packages.is_empty() {
            self.config.default_mode
        } else {
            strictest(modes)
        }
    }

    fn names_blocked(&self, facts: &Facts<'_>) -> bool {
        let said = match facts.said {
            Some(Said::Tls(hello) | Said::Quic(hello)) => hello.server_name.as_deref(),
            Some(Said::Http(request)) => request.host.as_deref(),
            Some(Said::Coap(message)) => message.host.as_deref(),
            Some(Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_)) | None => None,
        };
        let mut names = facts.dns_query.into_iter().chain(said);
        !self.blocked_names.is_empty() && names.any(|name| self.is_blocked(bare_host(name)))
    }

    /// Whether the name or any parent of it is blocked.
    fn is_blocked(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let mut rest = Some(&*name);
        while let Some(suffix) = rest {
            if self.blocked_names.contains(suffix) {
                return true;
            }
            rest = suffix.split_once('.').map(|(_, parent)| parent);
        }
        false
    }
}

fn plain(decision: Decision, reason: Reason) -> Verdict {
    Verdict {
        decision,
        reason,
        rules: Vec::new(),
    }
}

/// The strictest of several modes: what one app of a shared uid may not do, none of them may.
fn strictest(modes: impl Iterator<Item = AppMode>) -> AppMode {
    modes
        .max_by_key(|mode| match mode {
            AppMode::Trust => 0,
            AppMode::Watch => 1,
            AppMode::Guard => 2,
            AppMode::Block => 3,
        })
        .unwrap_or(AppMode::Guard)
}
