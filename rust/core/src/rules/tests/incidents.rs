//! Which rule answers for each host of a known incident, and what the pack as a whole must keep.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// Host, the file of its rule, and what happens by default.
const HOSTS: [(&str, &str, Action); 69] = [
    ("zzhc.vnet.cn", "china-telecom/zzhc.yml", Action::Block),
    ("dm.wo.com.cn", "china-unicom/dm.yml", Action::Block),
    ("m.fxltsbl.com", "china-mobile/dm.yml", Action::Block),
    ("b.fxltsbl.com", "china-mobile/dm.yml", Action::Block),
    ("a.fxltsbl.com", "china-mobile/dm.yml", Action::Block),
    ("shipei.fxltsbl.com", "china-mobile/dm.yml", Action::Block),
    ("open.oneplus.net", "oneplus/analytics.yml", Action::Warn),
    ("click.oneplus.cn", "oneplus/analytics.yml", Action::Warn),
    ("click.oneplus.com", "oneplus/analytics.yml", Action::Warn),
    (
        "analytics.oneplus.cn",
        "oneplus/analytics.yml",
        Action::Warn,
    ),
    ("apaff.oneplus.com", "oneplus/analytics.yml", Action::Warn),
    (
        "i.ota.coloros.com",
        "oneplus/update-check.yml",
        Action::Warn,
    ),
    ("bigdata.adups.com", "adups/collectors.yml", Action::Block),
    (
        "rebootv5.adsunflower.com",
        "adups/collectors.yml",
        Action::Block,
    ),
    ("bigdata.advmob.cn", "adups/collectors.yml", Action::Block),
    (
        "fota4hw.adsunflower.com",
        "adups/update-check.yml",
        Action::Warn,
    ),
    ("fota5.adups.com", "adups/update-check.yml", Action::Warn),
    ("fota5.adups.cn", "adups/update-check.yml", Action::Warn),
    ("fota5p.adups.com", "adups/update-check.yml", Action::Warn),
    ("fota5p.adups.cn", "adups/update-check.yml", Action::Warn),
    ("push5.adups.com", "adups/update-check.yml", Action::Warn),
    ("iotapi.adups.com", "adups/update-check.yml", Action::Warn),
    ("fruet.adups.com", "adups/activation.yml", Action::Warn),
    ("sa.api.intl.miui.com", "xiaomi/browser.yml", Action::Block),
    (
        "tracking.intl.miui.com",
        "xiaomi/tracking.yml",
        Action::Block,
    ),
    (
        "data.mistat.xiaomi.com",
        "xiaomi/tracking.yml",
        Action::Block,
    ),
    (
        "data.mistat.intl.xiaomi.com",
        "xiaomi/tracking.yml",
        Action::Block,
    ),
    (
        "data.mistat.india.xiaomi.com",
        "xiaomi/tracking.yml",
        Action::Block,
    ),
    (
        "data.mistat.rus.xiaomi.com",
        "xiaomi/tracking.yml",
        Action::Block,
    ),
    ("api.ad.intl.xiaomi.com", "xiaomi/ads.yml", Action::Warn),
    ("sdkconfig.ad.xiaomi.com", "xiaomi/ads.yml", Action::Warn),
    (
        "sdkconfig.ad.intl.xiaomi.com",
        "xiaomi/ads.yml",
        Action::Warn,
    ),
    ("api.omc.samsungdm.com", "samsung/sim.yml", Action::Warn),
    (
        "samsung-directory.edge.hiyaapi.com",
        "samsung/calls.yml",
        Action::Warn,
    ),
    (
        "capi.samsungcloud.com",
        "samsung/telemetry.yml",
        Action::Warn,
    ),
    ("dc.dqa.samsung.com", "samsung/telemetry.yml", Action::Warn),
    (
        "dceuex.push.heytapmobile.com",
        "oppo/push.yml",
        Action::Warn,
    ),
    (
        "shorteuex.push.heytapmobile.com",
        "oppo/push.yml",
        Action::Warn,
    ),
    (
        "dragate.dc.oppomobile.com",
        "oppo/collection.yml",
        Action::Warn,
    ),
    (
        "dragate-cn.dc.oppomobile.com",
        "oppo/collection.yml",
        Action::Warn,
    ),
    ("query.hicloud.com", "huawei/update-query.yml", Action::Warn),
    (
        "pebed.dmevent.net",
        "huawei/third-parties.yml",
        Action::Warn,
    ),
    (
        "mclean.cloud.360safe.com",
        "huawei/third-parties.yml",
        Action::Warn,
    ),
    (
        "mvconf.cloud.360safe.com",
        "huawei/third-parties.yml",
        Action::Warn,
    ),
    ("apkrep.ff.avast.com", "huawei/avast.yml", Action::Warn),
    (
        "mobile.pipe.aria.microsoft.com",
        "third-parties/aria.yml",
        Action::Warn,
    ),
    (
        "telemetry.api.swiftkey.com",
        "third-parties/swiftkey.yml",
        Action::Warn,
    ),
    ("app.adjust.com", "third-parties/adjust.yml", Action::Warn),
    ("oyag.prugskh.net", "ragentek/abandoned.yml", Action::Block),
    ("oyag.prugskh.com", "ragentek/abandoned.yml", Action::Block),
    ("oyag.lhzbdvm.com", "ragentek/update.yml", Action::Warn),
    ("xtrapath1.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtrapath2.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtrapath3.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtrapath4.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtrapath5.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtrapath6.izatcloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtra1.gpsonextra.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtra2.gpsonextra.net", "qualcomm/xtra.yml", Action::Warn),
    ("xtra3.gpsonextra.net", "qualcomm/xtra.yml", Action::Warn),
    ("path1.xtracloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("path6.xtracloud.net", "qualcomm/xtra.yml", Action::Warn),
    ("supl.google.com", "google/supl.yml", Action::Warn),
    ("adlog.vivo.com.cn", "vivo/telemetry.yml", Action::Warn),
    (
        "ire-oneid.shalltry.com",
        "transsion/telemetry.yml",
        Action::Warn,
    ),
    ("dsu.shalltry.com", "transsion/telemetry.yml", Action::Warn),
    ("x.shalltry.com", "transsion/telemetry.yml", Action::Warn),
    ("42.99.2.15", "china-telecom/zzhc-address.yml", Action::Warn),
    ("203.107.1.65", "alibaba/httpdns.yml", Action::Warn),
];

#[test]
fn the_incident_hosts_are_all_covered() {
    let pack = Pack::embedded();
    for (host, file, action) in HOSTS {
        let event = match file {
            "qualcomm/xtra.yml" => json!({"http.host": host, "http.path": "/xtra3grc.bin"}),
            "oneplus/update-check.yml" => {
                json!({"http.host": host, "http.path": "/post/Query_Update"})
            }
            "alibaba/httpdns.yml" => json!({"dst.ip": host, "http.host": host,
                "http.path": "/100001/sign_d", "http.query": "host=a.example"}),
            "china-telecom/zzhc-address.yml" => json!({"dst.ip": host, "dst.port": 443}),
            _ => json!({"dns.query": host, "dst.port": 53, "proto": "udp"}),
        };
        Sample::from_json(&event.to_string())
            .unwrap()
            .judged(|facts| {
                let found: Vec<_> = pack
                    .matching(facts)
                    .into_iter()
                    .map(|rule| (&*rule.file, rule.action))
                    .collect();
                assert_eq!(found, [(file, action)], "{host}");
            });
        // One that only looks like it is left alone.
        let other = event
            .to_string()
            .replace(host, &format!("{host}.example.org"));
        if !host.starts_with(|first: char| first.is_ascii_digit()) {
            Sample::from_json(&other).unwrap().judged(|facts| {
                assert!(pack.matching(facts).is_empty(), "{other}");
            });
        }
    }
}

/// Domains that also carry updates, push messages or checks: no rule may block a name by them.
#[test]
fn parents_that_others_share_are_never_blocked() {
    for parent in ["hicloud.com", "samsungdm.com", "heytapmobile.com"] {
        for rule in Pack::embedded().rules() {
            let mut lines = rule.detection.affirmed();
            let named = lines.any(|line| match &line.test {
                Test::Text(test) => test
                    .literals
                    .iter()
                    .any(|literal| literal.ends_with(parent.as_bytes())),
                _ => false,
            });
            assert!(!(named && rule.action == Action::Block), "{}", rule.file);
        }
    }
}

#[test]
fn each_folder_is_one_family_and_each_rule_has_a_public_source() {
    /// Read in firmware of which no public page is known.
    const FIRMWARE_ONLY: [&str; 1] = ["china-unicom/dm.yml"];
    let mut folders: BTreeMap<&str, &str> = BTreeMap::new();
    let pack = Pack::embedded();
    for rule in pack.rules() {
        let (folder, _) = rule.file.split_once('/').expect("a folder");
        let family = folders.entry(folder).or_insert(&rule.family);
        assert_eq!(*family, rule.family, "{}", rule.file);
        let public = rule
            .references
            .iter()
            .any(|one| one.starts_with("https://"));
        assert_ne!(
            public,
            FIRMWARE_ONLY.contains(&&*rule.file),
            "{}",
            rule.file
        );
        assert!(
            !rule.evidence.is_empty() || rule.confidence >= Confidence::SourceCode,
            "{}",
            rule.file
        );
    }
    let families: BTreeSet<&str> = folders.values().copied().collect();
    assert_eq!(families.len(), folders.len(), "{folders:?}");
}
