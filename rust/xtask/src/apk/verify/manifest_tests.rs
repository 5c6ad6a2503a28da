use super::*;

fn element(name: &str, attributes: &[(&str, &str)], children: Vec<Element>) -> Element {
    Element {
        name: name.to_owned(),
        attributes: attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        children,
    }
}

fn application(component: Element) -> Element {
    element("application", &[], vec![component])
}

#[test]
fn a_permission_more_or_less_is_named() {
    let permission = |name: &str| element("uses-permission", &[("name", name)], vec![]);
    let mut manifest = element("manifest", &[], PERMISSIONS.map(permission).into());
    assert!(permissions(&manifest).is_ok());
    manifest
        .children
        .push(permission("android.permission.READ_CONTACTS"));
    let error = permissions(&manifest).unwrap_err().to_string();
    assert!(error.contains("READ_CONTACTS"), "{error}");
    manifest.children.truncate(1);
    let error = permissions(&manifest).unwrap_err().to_string();
    assert!(error.contains("android.permission.INTERNET"), "{error}");
}

#[test]
fn only_the_launcher_and_what_the_system_binds_may_be_exported() {
    let category = element(
        "category",
        &[("name", "android.intent.category.LAUNCHER")],
        vec![],
    );
    let filter = element("intent-filter", &[], vec![category]);
    let open = [("name", ".Open"), ("exported", "true")];
    assert!(exported(&application(element("activity", &open, vec![filter]))).is_ok());
    assert!(exported(&application(element("receiver", &open, vec![]))).is_err());
    let bound = [
        ("name", ".Tile"),
        ("exported", "true"),
        ("permission", "android.permission.BIND_QUICK_SETTINGS_TILE"),
    ];
    assert!(exported(&application(element("service", &bound, vec![]))).is_ok());
    let silent = element(
        "receiver",
        &[("name", ".Silent")],
        vec![element("intent-filter", &[], vec![])],
    );
    assert!(exported(&application(silent)).is_err());
}

#[test]
fn a_release_may_not_be_debugged() {
    let open = element("application", &[("debuggable", "true")], vec![]);
    assert!(debuggable(&open, Variant::Release).is_err());
    assert!(debuggable(&open, Variant::Debug).is_ok());
    let closed = element("application", &[], vec![]);
    assert!(debuggable(&closed, Variant::Release).is_ok());
    assert!(debuggable(&closed, Variant::Debug).is_err());
}

#[test]
fn backup_is_off_for_both_ways() {
    let half = element("application", &[("allowBackup", "false")], vec![]);
    assert!(backup(&half).is_err());
    let off = [
        ("allowBackup", "false"),
        ("dataExtractionRules", "@0x7f010000"),
    ];
    assert!(backup(&element("application", &off, vec![])).is_ok());
}
