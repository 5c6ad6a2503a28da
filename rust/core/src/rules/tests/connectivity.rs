//! Whether there is a way to the internet is asked all the time; no rule may have a say in it.

use serde_json::json;

use super::*;

/// Host and path of the checks that are known: Google and Android, makers of phones, other
/// systems, browsers.
const CHECKS: [(&str, &str); 42] = [
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("connectivitycheck.android.com", "/generate_204"),
    ("www.gstatic.com", "/generate_204"),
    ("clients1.google.com", "/generate_204"),
    ("clients3.google.com", "/generate_204"),
    ("play.googleapis.com", "/generate_204"),
    ("www.google.com", "/generate_204"),
    ("www.google.com", "/gen_204"),
    ("www.google.com", "/"),
    ("www.google.cn", "/generate_204"),
    ("g.cn", "/generate_204"),
    ("check.googlezip.net", "/connect"),
    ("connect.rom.miui.com", "/generate_204"),
    ("connectivitycheck.platform.hicloud.com", "/generate_204"),
    ("connectivitycheck.platform.dbankcloud.com", "/generate_204"),
    ("connectivitycheck.cbg-app.huawei.com", "/generate_204"),
    ("connectivity.samsung.com.cn", "/generate_204"),
    ("conn-service-eu-01.allawnos.com", "/generate_204"),
    ("conn-service-gl-01.allawntech.com", "/generate_204"),
    ("wifi.vivo.com.cn", "/generate_204"),
    ("captive.apple.com", "/hotspot-detect.html"),
    ("www.apple.com", "/library/test/success.html"),
    ("www.appleiphonecell.com", "/"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("ipv6.msftconnecttest.com", "/connecttest.txt"),
    ("www.msftncsi.com", "/ncsi.txt"),
    ("dns.msftncsi.com", "/"),
    ("detectportal.firefox.com", "/success.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
    ("connectivity-check.ubuntu.com", "/"),
    ("nmcheck.gnome.org", "/check_network_status.txt"),
    ("networkcheck.kde.org", "/"),
    ("network-test.debian.org", "/nm"),
    ("fedoraproject.org", "/static/hotspot.txt"),
    ("conncheck.opensuse.org", "/"),
    ("ping.archlinux.org", "/nm-check.txt"),
    ("cp.cloudflare.com", "/generate_204"),
    ("cp.cloudflare.com", "/"),
    ("captive.cloudflareportal.com", "/"),
    ("connectivitycheck.grapheneos.network", "/generate_204"),
    ("connectivity.lineageos.org", "/generate_204"),
    ("204.ecloud.global", "/"),
];

/// Every package that a rule names, all sharing one uid, as parts of the system do: who shares a
/// uid with a suspect must still be able to check.
fn suspects() -> String {
    let mut packages = vec![String::from("android")];
    for rule in Pack::embedded().rules() {
        for line in rule.detection.affirmed() {
            if let (Field::AppPackage, Test::Text(test)) = (line.field, &line.test)
                && test.place == matcher::Place::Whole
            {
                let names = test.literals.iter().cloned();
                packages.extend(names.map(|name| String::from_utf8(name).unwrap()));
            }
        }
    }
    assert!(packages.len() > 15, "{packages:?}");
    packages.join(",")
}

#[test]
fn no_rule_touches_a_connectivity_check() {
    let pack = Pack::embedded();
    let suspects = suspects();
    for (host, path) in CHECKS {
        for packages in [None, Some("com.android.networkstack"), Some(&suspects)] {
            for (what, mut event) in [
                (
                    "question",
                    json!({"dns.query": host, "dst.port": 53, "proto": "udp"}),
                ),
                ("flow", json!({"dns.query": host, "dst.port": 443})),
                (
                    "TLS",
                    json!({"dns.query": host, "dst.port": 443, "tls.sni": host}),
                ),
                (
                    "QUIC",
                    json!({"dst.port": 443, "proto": "udp", "quic.sni": host}),
                ),
                (
                    "HTTP",
                    json!({"dns.query": host, "http.method": "GET", "http.host": host,
                    "http.path": path, "trigger": "boot", "trigger.age_s": 60,
                    "http.user_agent": "Dalvik/2.1.0 (Linux; U; Android 9)"}),
                ),
                (
                    "HEAD",
                    json!({"dns.query": host, "http.method": "HEAD", "http.host": host,
                    "http.path": path}),
                ),
            ] {
                if let Some(packages) = packages {
                    event["app.package"] = packages.into();
                    event["app.system"] = true.into();
                }
                Sample::from_json(&event.to_string())
                    .unwrap()
                    .judged(|facts| {
                        let found: Vec<_> =
                            pack.matching(facts).iter().map(|rule| &rule.file).collect();
                        assert!(found.is_empty(), "{what} {host}{path}: {found:?}");
                    });
            }
        }
    }
    // The control: the same uid is told of where it sends what a rule is about.
    let leak = json!({"app.package": suspects, "http.method": "POST", "http.host": "a.example",
        "http.path": "/up"});
    Sample::from_json(&leak.to_string())
        .unwrap()
        .judged(|facts| {
            assert!(pack.matching(facts).len() > 3);
        });
}
