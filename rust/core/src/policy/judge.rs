//! The judge: settings and rule pack, applied to facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Decision, Reason, Verdict};
use crate::config::{AppMode, Config, RuleChoice, RuleMode, Target};
use crate::event::MatchedRule;
use crate::facts::{Facts, Protocol};
use crate::inspect::content::known::Known;
use crate::inspect::content::learned::{Learned, Sender};
use crate::inspect::content::{Basis, Content, Examiner, Finding};
use crate::inspect::{Said, parts};
use crate::owner::Owner;
use crate::rules::record::bare_host;
use crate::rules::{Action, Answer, Imported, Networks, Pack, PackError, Rule};
use crate::tables::Places;

/// Ports on which the client speaks TLS at once or the server speaks first. An app that came with
/// the phone is not held there: the hello is judged without that, or the request would never come.
const ENCRYPTED_OR_SERVER_FIRST: [u16; 27] = [
    21, 22, 23, 25, 110, 119, 143, 220, 443, 465, 563, 587, 636, 853, 989, 990, 992, 993, 994, 995,
    2525, 3306, 5061, 5228, 5229, 5230, 8443,
];

const DNS_PORT: u16 = 53;

/// Decides by config and pack alone: no clock, no state, the same verdict for the same facts.
#[derive(Debug)]
pub struct Judge {
    config: Config,
    pack: Arc<Pack>,
    /// The rules of the config's own files.
    imported: Arc<Imported>,
    /// `blocked_names` and the names of `own_rules`, in lower case, without trailing dots.
    names: BTreeMap<String, RuleMode>,
    /// The ranges of `own_rules`.
    networks: Networks<Option<RuleMode>>,
    some_app_blocked: bool,
    known: Known,
    /// How a flow is treated whose owner is not known.
    unknown_mode: AppMode,
}

impl Judge {
    /// A judge by these settings and rules, and those of the config's own files.
    pub fn new(config: Config, pack: Arc<Pack>) -> Self {
        let imported = Arc::new(Imported::read(&config.rule_files, &pack));
        for problem in imported.refused() {
            log::warn!("a rule file is left out: {problem}");
        }
        Self::with(config, pack, imported)
    }

    /// The same with other settings. Rule files that have not changed are not read again.
    pub fn reconfigured(&self, config: Config) -> Self {
        let pack = Arc::clone(&self.pack);
        if config.rule_files == self.config.rule_files {
            Self::with(config, pack, Arc::clone(&self.imported))
        } else {
            Self::new(config, pack)
        }
    }

    fn with(config: Config, pack: Arc<Pack>, imported: Arc<Imported>) -> Self {
        let (names, networks) = own(&config);
        let modes = || config.apps.values().copied().chain([config.default_mode]);
        // The owner could be any app, also one that is blocked; until the platform has been asked
        // that one is at least guarded.
        let unknown_mode = strictest(modes().map(|mode| match mode {
            AppMode::Block => AppMode::Guard,
            mode => mode,
        }));
        Self {
            names,
            networks,
            imported,
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

    /// The rule of that id, of the pack or of the config's own files.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.packs().find_map(|pack| pack.rule(id))
    }

    /// The rules behind a verdict, as they are told.
    pub fn matched(&self, verdict: &Verdict) -> Vec<MatchedRule> {
        let rules = verdict.rules.iter().filter_map(|id| self.rule(id));
        let told = rules.map(|rule| MatchedRule {
            id: rule.id.clone(),
            title: rule.title.clone(),
            family: rule.family.clone(),
        });
        told.collect()
    }

    /// What is wrong with the rule files that are left out.
    pub fn refused_rules(&self) -> &[PackError] {
        self.imported.refused()
    }

    fn packs(&self) -> impl Iterator<Item = &Pack> {
        [&*self.pack, self.imported.pack()].into_iter()
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
        // Software puts constants of its own into echoes and questions: a pattern, a DNS cookie.
        let is_service = facts.protocol == Protocol::Icmp || facts.destination.port() == DNS_PORT;
        let learns = self.config.identifiers != RuleMode::Off && !is_service;
        let learning = learns.then(|| learned.at(Sender::new(facts, places), unix_ms));
        Some(examiner.examine_learning(&parts, &self.known, learning))
    }

    /// Rule ids in the settings that no rule of the pack has.
    pub fn unknown_rules(&self) -> Vec<&str> {
        let ids = self.config.rules.keys().map(String::as_str);
        ids.filter(|id| self.rule(id).is_none()).collect()
    }

    /// Rule ids in the settings that are to answer, but carry no answer.
    pub fn rules_without_answer(&self) -> Vec<&str> {
        let chosen = self.config.rules.iter();
        let ids = chosen.filter(|(_, choice)| **choice == RuleChoice::Answer);
        let cannot = |id: &&str| self.rule(id).is_some_and(|rule| rule.answer.is_none());
        ids.map(|(id, _)| id.as_str()).filter(cannot).collect()
    }

    /// What a request that is blocked by this verdict is answered with, where the user wants that of one of its rules.
    pub fn answer(&self, verdict: &Verdict) -> Option<&Answer> {
        if (verdict.decision, verdict.reason) != (Decision::Block, Reason::RuleMatched) {
            return None;
        }
        let rules = verdict.rules.iter().filter_map(|id| self.rule(id));
        rules
            .filter(|rule| self.choice(rule) == Some(RuleChoice::Answer))
            .find_map(|rule| rule.answer.as_ref())
    }

    /// What happens to the payload (or the question, or the dial), by all that is known so far.
    pub fn judge(&self, facts: &Facts<'_>) -> Verdict {
        let mode = self.mode(facts.owner);
        match mode {
            AppMode::Trust => return plain(Decision::Allow, Reason::AppTrusted),
            AppMode::Block => return plain(Decision::Block, Reason::AppBlocked),
            AppMode::Guard | AppMode::Ask | AppMode::Watch => {}
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

    /// Whether the user is asked before anything leaves that the owner would only be warned of.
    pub fn asks(&self, owner: Option<&Owner>) -> bool {
        self.mode(owner) == AppMode::Ask
    }

    /// What these settings say to something that is still held, and for which a verdict and findings are known of
    /// before: `facts` are those of its flow. Rules that have come since are not looked for in it.
    pub fn judge_held(&self, facts: &Facts<'_>, before: &Verdict, findings: &[Finding]) -> Verdict {
        let now = self.judge(facts);
        let is_guarded = matches!(self.mode(facts.owner), AppMode::Guard | AppMode::Ask);
        if now.decision == Decision::Block || !is_guarded {
            return now;
        }
        let blocks =
            |id: &String| self.rule(id).and_then(|rule| self.effect(rule)) == Some(Action::Block);
        let by_rule = before.rules.iter().any(blocks);
        let by_finding = before.reason == Reason::IdentifiersFound
            && self.caused(findings) == Some(Decision::Block);
        if by_rule || by_finding {
            return before.clone().into_block();
        }
        before.clone()
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
                .any(|name| self.packs().any(|pack| pack.names_package(name)));
            named || (owner.system && !ENCRYPTED_OR_SERVER_FIRST.contains(&port))
        };
        let blocks = |rule: &Rule| self.effect(rule) == Some(Action::Block);
        let by_host = |host: &str| self.packs().any(|pack| pack.names_host(host, blocks));
        self.config.hold_ports.contains(&port)
            || self.packs().any(|pack| pack.names_port(port))
            || self
                .packs()
                .any(|pack| pack.names_address(facts.destination.ip()))
            || facts.owner.is_some_and(by_owner)
            || facts.dns_query.is_some_and(by_host)
    }

    fn weigh(&self, facts: &Facts<'_>) -> Verdict {
        let own = self.own_rule(facts);
        if let Some((RuleMode::Block, reason)) = own {
            return plain(Decision::Block, reason);
        }
        if matches!(facts.said, Some(Said::Unframed(_))) {
            return plain(Decision::Block, Reason::FramingAmbiguous);
        }
        let mut matching: Vec<(Action, &Rule)> = self
            .packs()
            .flat_map(|pack| pack.matching(facts))
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
            _ if matches!(own, Some((RuleMode::Warn, _))) => (Decision::Warn, Reason::OwnRule),
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
        match self.choice(rule) {
            Some(RuleChoice::Off) => None,
            Some(RuleChoice::Block) => Some(Action::Block),
            Some(RuleChoice::Warn) => Some(Action::Warn),
            // Only a rule that blocks carries an answer.
            Some(RuleChoice::On | RuleChoice::Answer) | None => Some(rule.action),
        }
    }

    fn choice(&self, rule: &Rule) -> Option<RuleChoice> {
        let family = || self.config.families.get(&rule.family);
        self.config.rules.get(&rule.id).or_else(family).copied()
    }

    /// What the identifiers found cause, where any alerts.
    fn identifiers(&self, facts: &Facts<'_>) -> Option<Decision> {
        self.caused(&facts.content?.findings)
    }

    fn caused(&self, findings: &[Finding]) -> Option<Decision> {
        let decision = match self.config.identifiers {
            RuleMode::Block => Decision::Block,
            RuleMode::Warn => Decision::Warn,
            RuleMode::Off => return None,
        };
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

    /// What the user's own rules say of the destination, the gravest where its name and its address differ.
    fn own_rule(&self, facts: &Facts<'_>) -> Option<(RuleMode, Reason)> {
        let by_name = |mode| match mode {
            RuleMode::Block => (mode, Reason::NameBlocked),
            _ => (mode, Reason::OwnRule),
        };
        let name = self.named(facts).map(by_name);
        let address = self.addressed(facts).map(|mode| (mode, Reason::OwnRule));
        name.into_iter()
            .chain(address)
            .min_by_key(|(mode, _)| *mode)
    }

    fn named(&self, facts: &Facts<'_>) -> Option<RuleMode> {
        if self.names.is_empty() {
            return None;
        }
        let said = match facts.said {
            Some(Said::Tls(hello) | Said::Quic(hello)) => hello.server_name.as_deref(),
            Some(Said::Http(request)) => request.host.as_deref(),
            Some(Said::Coap(message)) => message.host.as_deref(),
            Some(Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_)) | None => None,
        };
        let names = facts.dns_query.into_iter().chain(said);
        names
            .filter_map(|name| self.name_rule(bare_host(name)))
            .min()
    }

    /// The rule of the name, else of its nearest parent that has one.
    fn name_rule(&self, name: &str) -> Option<RuleMode> {
        let name = name.to_ascii_lowercase();
        let parents = std::iter::successors(Some(&*name), |name| {
            name.split_once('.').map(|(_, parent)| parent)
        });
        parents
            .filter_map(|name| self.names.get(name))
            .copied()
            .next()
    }

    fn addressed(&self, facts: &Facts<'_>) -> Option<RuleMode> {
        let address = facts.destination.ip().to_canonical();
        // Gasket's own: without it there would be no names at all.
        if self.config.resolver_addresses.contains(&address) {
            return None;
        }
        let narrowest = self.networks.holding(address).next_back();
        narrowest.copied().flatten()
    }
}

/// The own rules by name, and by range.
fn own(config: &Config) -> (BTreeMap<String, RuleMode>, Networks<Option<RuleMode>>) {
    let blocked = config.blocked_names.iter();
    let mut names: BTreeMap<_, _> = blocked
        .map(|name| {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            (name, RuleMode::Block)
        })
        .collect();
    let mut networks = Networks::<Option<RuleMode>>::default();
    for (target, mode) in &config.own_rules {
        match target {
            Target::Name(name) => drop(names.insert(name.clone(), *mode)),
            Target::Addresses { .. } => {
                if let Some(network) = target.network() {
                    networks.entry(network).get_or_insert(*mode);
                }
            }
        }
    }
    (names, networks)
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
            AppMode::Ask => 3,
            AppMode::Block => 4,
        })
        .unwrap_or(AppMode::Guard)
}
