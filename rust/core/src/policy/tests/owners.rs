//! Whose the flow is: how the user treats that app, and what counts where nobody knows.

use super::*;

#[test]
fn the_user_s_word_on_an_app_comes_before_all_rules() {
    sample("zzhc-qualcomm.json").judged(|facts| {
        for (mode, decision, reason) in [
            (AppMode::Trust, Decision::Allow, Reason::AppTrusted),
            (AppMode::Block, Decision::Block, Reason::AppBlocked),
            (AppMode::Watch, Decision::Warn, Reason::RuleMatched),
            (AppMode::Guard, Decision::Block, Reason::RuleMatched),
        ] {
            let named = Config {
                apps: apps(&[("com.evenwell.autoregistration", mode)]),
                ..Config::default()
            };
            let by_default = Config {
                default_mode: mode,
                ..Config::default()
            };
            for config in [named, by_default] {
                assert_eq!(outcome(config, facts), (decision, reason), "{mode:?}");
            }
        }
    });
}

#[test]
fn a_shared_uid_is_treated_as_its_strictest_package() {
    let modes = [
        ("a.trust", AppMode::Trust),
        ("b.watch", AppMode::Watch),
        ("c.guard", AppMode::Guard),
        ("d.block", AppMode::Block),
    ];
    for (packages, default_mode, trusted, decision) in [
        (&["a.trust"][..], AppMode::Guard, true, Decision::Allow),
        (
            &["a.trust", "b.watch"],
            AppMode::Guard,
            false,
            Decision::Warn,
        ),
        (
            &["b.watch", "c.guard"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (
            &["a.trust", "d.block"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (
            &["a.trust", "other"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (&["a.trust", "other"], AppMode::Trust, true, Decision::Allow),
        (&[], AppMode::Trust, true, Decision::Allow),
        (&[], AppMode::Guard, false, Decision::Block),
    ] {
        let judge = judge(Config {
            apps: apps(&modes),
            default_mode,
            blocked_names: vec![String::from("bad.example")],
            ..Config::default()
        });
        let owner = owner(packages);
        let facts = Facts {
            owner: Some(&owner),
            dns_query: Some("bad.example"),
            ..facts()
        };
        assert_eq!(judge.trusts(Some(&owner)), trusted, "{packages:?}");
        assert_eq!(judge.judge(&facts).decision, decision, "{packages:?}");
    }
}

#[test]
fn an_unknown_owner_is_refused_only_where_some_app_is_blocked() {
    let unblocked = Config::default();
    let one_blocked = Config {
        apps: apps(&[("com.example", AppMode::Block)]),
        ..Config::default()
    };
    let all_blocked = Config {
        default_mode: AppMode::Block,
        apps: apps(&[("com.example", AppMode::Trust)]),
        ..Config::default()
    };
    let refused = (Decision::Block, Reason::OwnerUnknown);
    let passed = (Decision::Allow, Reason::Ordinary);
    for (config, asked, expected) in [
        (&unblocked, true, passed),
        (&unblocked, false, passed),
        (&one_blocked, true, refused),
        (&one_blocked, false, passed),
        (&all_blocked, true, refused),
        (&all_blocked, false, passed),
    ] {
        let facts = Facts {
            owner_asked: asked,
            ..facts()
        };
        assert_eq!(
            outcome(config.clone(), &facts),
            expected,
            "{config:?} {asked}"
        );
    }
}

/// The owner could be any app: it gets what the strictest of them gets, blocking apart.
#[test]
fn an_unknown_owner_is_treated_as_the_strictest_app() {
    for (default_mode, app, trusted, decision) in [
        (AppMode::Trust, AppMode::Trust, true, Decision::Allow),
        (AppMode::Trust, AppMode::Watch, false, Decision::Warn),
        (AppMode::Watch, AppMode::Guard, false, Decision::Block),
        (AppMode::Trust, AppMode::Block, false, Decision::Block),
        (AppMode::Guard, AppMode::Trust, false, Decision::Block),
    ] {
        let judge = judge(Config {
            default_mode,
            apps: apps(&[("com.example", app)]),
            blocked_names: vec![String::from("bad.example")],
            ..Config::default()
        });
        let facts = Facts {
            dns_query: Some("bad.example"),
            ..facts()
        };
        assert_eq!(judge.trusts(None), trusted);
        assert_eq!(
            judge.judge(&facts).decision,
            decision,
            "{default_mode:?} {app:?}"
        );
    }
}

#[test]
fn who_shares_an_id_or_is_unknown_may_be_one_that_is_asked_about() {
    let asks = |modes: &[(&str, AppMode)], owner: Option<&Owner>| {
        let config = Config {
            apps: apps(modes),
            ..Config::default()
        };
        Judge::new(config, Pack::embedded()).asks(owner)
    };
    let (ask, block) = (("a", AppMode::Ask), ("b", AppMode::Block));
    assert!(asks(&[ask], None));
    assert!(asks(&[ask, block], None), "where it is not refused");
    assert!(!asks(&[block], None) && !asks(&[], None));
    let shared = Owner {
        uid: 10_123,
        packages: vec![String::from("a"), String::from("c")],
        system: false,
    };
    assert!(asks(&[ask, ("c", AppMode::Trust)], Some(&shared)));
    assert!(!asks(&[ask, ("c", AppMode::Block)], Some(&shared)));
    assert!(!asks(&[("d", AppMode::Ask)], Some(&shared)));
}
