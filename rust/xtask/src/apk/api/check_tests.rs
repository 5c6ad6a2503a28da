use super::*;
use crate::apk::jdk::Jdk;

const PLATFORM: [(&str, &str); 3] = [
    (
        "android/os/Build.java",
        "package android.os; public class Build { public static class VERSION { \
         public static int SDK_INT = Integer.parseInt(\"26\"); } }",
    ),
    (
        "android/net/Tunnel.java",
        "package android.net; public class Tunnel { public void old() {} public void recent() {} \
         public void hidden() {} }",
    ),
    (
        "androidx/annotation/RequiresApi.java",
        "package androidx.annotation; public @interface RequiresApi { int value(); }",
    ),
];

/// The findings about an app of this one class, whose body is given; `None` where there is no compiler.
fn findings(name: &str, body: &str) -> Option<String> {
    let Ok(jdk) = Jdk::find(17) else {
        println!("skipped: {name}: no javac");
        return None;
    };
    let folder = std::env::temp_dir().join(format!("gasket-{name}-{}", std::process::id()));
    let (sources, platform, app) = (folder.join("src"), folder.join("sdk"), folder.join("app"));
    for (file, text) in PLATFORM {
        files::write(&sources.join(file), text).unwrap();
    }
    let own = folder.join("own/Own.java");
    let text = format!(
        "package own; import android.net.Tunnel; import android.os.Build; \
         import androidx.annotation.RequiresApi; public class Own extends Tunnel {{ {body} }}"
    );
    files::write(&own, text).unwrap();
    let compile = |class_path: &Path, output: &Path, sources: &[PathBuf]| {
        files::create_folder(output).unwrap();
        let mut javac = jdk.program("javac");
        javac.arg("-cp").arg(class_path).arg("-d").arg(output);
        javac.args(sources).run().unwrap();
    };
    compile(&folder, &platform, &files::under(&sources).unwrap());
    compile(&platform, &app, &[own]);
    let mut database = Database::default();
    for class in [
        "java/lang/Object",
        "android/net/Tunnel",
        "android/os/Build$VERSION",
    ] {
        database.add_class(class, Level::major(1));
    }
    database.add_member("java/lang/Object.<init>()V", Level::major(1));
    database.add_member("android/net/Tunnel.<init>()V", Level::major(1));
    database.add_member("android/net/Tunnel.old()V", Level::major(14));
    database.add_member("android/net/Tunnel.recent()V", Level::major(29));
    database.add_member("android/os/Build$VERSION.SDK_INT", Level::major(4));
    let outcome = check(&app, &[], &database);
    files::remove(&folder).unwrap();
    Some(
        outcome
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default(),
    )
}

#[test]
fn an_unguarded_call_of_something_newer_is_found() {
    let Some(found) = findings("unguarded", "void call(Tunnel t) { t.recent(); }") else {
        return;
    };
    assert!(
        found.contains("own/Own.call: android/net/Tunnel.recent()V needs API 29"),
        "{found}"
    );
}

#[test]
fn an_inherited_newer_method_is_found() {
    let Some(found) = findings("inherited", "void call() { recent(); }") else {
        return;
    };
    assert!(found.contains("own/Own.recent()V needs API 29"), "{found}");
}

#[test]
fn guarded_and_old_calls_are_fine() {
    let body = "void call(Tunnel t) { t.old(); if (Build.VERSION.SDK_INT >= 29) t.recent(); } \
                @RequiresApi(29) void marked(Tunnel t) { t.recent(); } \
                void ask(Tunnel t) { if (Build.VERSION.SDK_INT >= 29) marked(t); }";
    let Some(found) = findings("guarded", body) else {
        return;
    };
    assert_eq!(found, "");
}

#[test]
fn calling_a_marked_function_without_a_guard_is_found() {
    let body = "@RequiresApi(29) void marked(Tunnel t) { t.recent(); } \
                void ask(Tunnel t) { marked(t); }";
    let Some(found) = findings("marked", body) else {
        return;
    };
    assert!(found.contains("own/Own.ask"), "{found}");
    assert!(!found.contains("own/Own.marked:"), "{found}");
}

#[test]
fn a_hidden_method_is_found() {
    let Some(found) = findings("hidden", "void call(Tunnel t) { t.hidden(); }") else {
        return;
    };
    assert!(found.contains("is not part of the public API"), "{found}");
}

#[test]
fn a_lambda_belongs_to_its_function() {
    assert_eq!(source_name("apply$lambda$0"), "apply");
    assert_eq!(source_name("apply"), "apply");
    assert_eq!(source_name("$values"), "$values");
}

#[test]
fn an_array_is_about_its_element() {
    assert_eq!(element("[[La/B;"), "a/B");
    assert_eq!(element("a/B"), "a/B");
    assert_eq!(element("[I"), "I");
}
