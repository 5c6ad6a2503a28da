//! What rules name literally, whatever else they ask for.

use super::*;

#[test]
fn the_shipped_pack_names_its_ports_addresses_packages_and_hosts() {
    let pack = Pack::embedded();
    for (port, named) in [(9999, true), (9998, true), (443, false), (80, false)] {
        assert_eq!(pack.names_port(port), named, "{port}");
    }
    for (address, named) in [
        ("42.99.2.15", true),
        ("::ffff:42.99.2.15", true),
        ("203.107.1.200", true),
        ("42.99.2.16", false),
        ("2001:db8::1", false),
    ] {
        assert_eq!(
            pack.names_address(address.parse().unwrap()),
            named,
            "{address}"
        );
    }
    for (package, named) in [
        ("com.evenwell.autoregistration", true),
        ("com.mediatek.selfregister", true),
        ("com.mediatek.selfregister.x", false),
        ("com.example", false),
    ] {
        assert_eq!(pack.names_package(package), named, "{package}");
    }
    for (host, named) in [
        ("zzhc.vnet.cn", true),
        ("a.ZZHC.vnet.cn", true),
        ("www.vnet.cn", false),
        ("dm.wo.com.cn", true),
        ("path9.xtracloud.net", true),
        ("example.org", false),
    ] {
        assert_eq!(pack.names_host(host, |_| true), named, "{host}");
    }
}

#[test]
fn what_a_condition_denies_is_not_named() {
    let pack = pack_of(&[rule_file(
        1,
        "  port: {dst.port: 7777}
  path: {http.path|contains: /register}
  but: {dst.port: 8888, app.package: com.example.good, http.host: good.example}
  host: {http.host|re: '^bad[0-9]\\.example$', http.path|contains: /x.bin}
  condition: (port or path or host) and not but",
    )]);
    assert!(pack.names_port(7777));
    assert!(!pack.names_port(8888));
    assert!(!pack.names_package("com.example.good"));
    assert!(!pack.names_host("good.example", |_| true));
    assert!(
        pack.names_host("bad1.example", |_| true),
        "also by regular expression"
    );
    assert!(
        !pack.names_host("bad1.example", |_| false),
        "only the wanted"
    );
}
