//! Ordinary programs, unchanged: straight first, then through Gasket, with the same outcome.

use std::fs;

use crate::servers::{self, UNREACHABLE, WEB};
use crate::world::{Way, World, is_root, skip};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/netns/py");

/// A world with names and web servers.
fn shop(test: &str, needs: &[&str]) -> Option<World> {
    let world = World::open(test, &[&["dnsmasq", "nginx", "openssl"], needs].concat())?;
    servers::dns(&world);
    servers::web(&world);
    Some(world)
}

/// Words of a command without quoting.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const HELLO: &str = "hello from the shop\n";

#[test]
fn curl_over_http_1_1() {
    let Some(world) = shop("curl_over_http_1_1", &["curl"]) else {
        return;
    };
    for way in Way::BOTH {
        for version in ["-4", "-6"] {
            let curl = [
                "curl",
                "-sS",
                "--fail",
                version,
                "http://shop.example/hello.txt",
            ];
            assert_eq!(world.expect(way, &curl), HELLO);
        }
    }
}

#[test]
fn curl_by_an_alias_and_by_a_literal_address() {
    let Some(world) = shop("curl_by_an_alias_and_by_a_literal_address", &["curl"]) else {
        return;
    };
    for way in Way::BOTH {
        for host in ["alias.example", WEB, "[2001:db8::10]"] {
            let url = format!("http://{host}/hello.txt");
            assert_eq!(world.expect(way, &["curl", "-sS", "--fail", &url]), HELLO);
        }
    }
}

#[test]
fn curl_keeps_its_connection_alive() {
    let Some(world) = shop("curl_keeps_its_connection_alive", &["curl"]) else {
        return;
    };
    let url = "http://shop.example/hello.txt";
    let curl = [
        "curl",
        "-sS",
        "--fail",
        url,
        url,
        url,
        "-w",
        "%{num_connects} ",
    ];
    for way in Way::BOTH {
        assert_eq!(
            world.expect(way, &curl),
            format!("{HELLO}1 {HELLO}0 {HELLO}0 "),
            "{way:?}"
        );
    }
}

#[test]
fn curl_over_http_2_in_clear() {
    let Some(world) = shop("curl_over_http_2_in_clear", &["curl"]) else {
        return;
    };
    let curl = "curl -sS --fail --http2-prior-knowledge -w %{http_version} http://shop.example:8082/hello.txt";
    for way in Way::BOTH {
        assert_eq!(
            world.expect(way, &words(curl)),
            format!("{HELLO}2"),
            "{way:?}"
        );
    }
}

#[test]
fn curl_over_http_2_and_tls() {
    let Some(world) = shop("curl_over_http_2_and_tls", &["curl"]) else {
        return;
    };
    let curl = "curl -sS --fail --http2 --cacert cert.pem -w %{http_version} https://shop.example/hello.txt";
    for way in Way::BOTH {
        assert_eq!(
            world.expect(way, &words(curl)),
            format!("{HELLO}2"),
            "{way:?}"
        );
    }
}

#[test]
fn wget_fetches() {
    let Some(world) = shop("wget_fetches", &["wget"]) else {
        return;
    };
    for way in Way::BOTH {
        let wget = ["wget", "-q", "-O", "-", "http://shop.example/hello.txt"];
        assert_eq!(world.expect(way, &wget), HELLO);
    }
}

#[test]
fn python_requests_session() {
    let Some(world) = shop("python_requests_session", &["python3"]) else {
        return;
    };
    if !has_module(&world, "requests") {
        return skip(
            "python_requests_session",
            "python3-requests is not installed",
        )
        .unwrap_or(());
    }
    let script = format!("{PYTHON}/session.py");
    for way in Way::BOTH {
        let session = ["python3", &script, "http://shop.example"];
        assert_eq!(world.expect(way, &session), "session done\n");
    }
}

#[test]
fn git_clones_over_http() {
    let Some(world) = shop("git_clones_over_http", &["git", "fcgiwrap"]) else {
        return;
    };
    world.run_ok(&[
        "sh",
        "-ec",
        "git init -q -b main source; cd source
         git config user.name Nobody; git config user.email nobody@shop.example
         for n in 1 2 3; do head -c 200000 /dev/urandom > file$n; git add .; git commit -q -m $n; done
         cd ..; git clone -q --bare source www/git/shop.git",
    ]);
    servers::git(&world);
    for way in Way::BOTH {
        let target = format!("clone-{way:?}");
        world.expect(
            way,
            &[
                "git",
                "clone",
                "-q",
                "http://shop.example/git/shop.git",
                &target,
            ],
        );
        let head = ["git", "-C", &target, "rev-parse", "HEAD"];
        let source = ["git", "-C", "source", "rev-parse", "HEAD"];
        assert_eq!(world.run_ok(&head), world.run_ok(&source));
        world.run_ok(&["git", "-C", &target, "fsck", "--full"]);
    }
}

#[test]
fn ssh_runs_a_command_and_copies() {
    let test = "ssh_runs_a_command_and_copies";
    if !is_root() {
        return skip(test, "sshd needs root to change users").unwrap_or(());
    }
    let Some(world) = shop(test, &["ssh", "sshd", "ssh-keygen"]) else {
        return;
    };
    for key in ["host", "user"] {
        world.run_ok(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
    }
    let folder = world.folder().display().to_string();
    let config = "Port 22\nListenAddress 203.0.113.10\nHostKey FOLDER/host\nPidFile none\nUsePAM no\n\
        AuthorizedKeysFile FOLDER/user.pub\nStrictModes no\nPermitRootLogin yes\n\
        PasswordAuthentication no\nSubsystem sftp internal-sftp\n";
    let config = world.file("sshd.conf", config.replace("FOLDER", &folder));
    // sshd wants its empty folder under /run; this one is of the world's own.
    let start = "mount -t tmpfs tmpfs /run; mkdir /run/sshd; exec /usr/sbin/sshd -D -e -f \"$1\"";
    world.serve(
        &["unshare", "--mount", "sh", "-ec", start, "sh", &config],
        "Server listening",
    );
    world.file("payload", vec![7; 3_000_000]);
    let options = "-i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o BatchMode=yes -o IdentitiesOnly=yes";
    for way in Way::BOTH {
        let ssh = format!("ssh {options} root@shop.example echo in the shop");
        assert_eq!(world.expect(way, &words(&ssh)), "in the shop\n");
        let copy = format!("copy-{way:?}");
        let scp = format!("scp {options} payload root@shop.example:{folder}/{copy}");
        world.expect(way, &words(&scp));
        world.run_ok(&["cmp", "payload", &copy]);
    }
}

#[test]
fn dig_over_udp_and_tcp_and_with_dnssec() {
    let Some(world) = shop("dig_over_udp_and_tcp_and_with_dnssec", &["dig"]) else {
        return;
    };
    for way in Way::BOTH {
        for more in ["", "+tcp", "+dnssec", "+noedns"] {
            let dig = format!("dig +tries=1 +time=5 {more} shop.example");
            let answer = world.expect(way, &words(&dig));
            assert!(
                answer.contains("status: NOERROR"),
                "{way:?} {dig}: {answer}"
            );
            assert!(answer.contains(WEB), "{way:?} {dig}: {answer}");
            let flagged = answer.contains("flags: do;");
            assert_eq!(flagged, more == "+dnssec", "{way:?} {dig}: {answer}");
        }
        let dig = |line: &str| world.expect(way, &words(&format!("dig +tries=1 +time=5 {line}")));
        assert_eq!(dig("+short AAAA six.example"), "2001:db8::10\n");
        assert!(dig("alias.example").contains("CNAME"), "{way:?}");
        assert!(dig("missing.example").contains("NXDOMAIN"), "{way:?}");
        // Straight to the server instead of by /etc/resolv.conf: an ordinary UDP flow.
        assert_eq!(
            dig("+short @203.0.113.53 six.example AAAA"),
            "2001:db8::10\n"
        );
        assert_eq!(
            dig("+short +tcp @203.0.113.53 six.example AAAA"),
            "2001:db8::10\n"
        );
    }
}

/// 1,500 bytes of answer: cut without EDNS, whole over TCP and with a large buffer.
#[test]
fn dig_for_an_answer_too_long_for_a_datagram() {
    let test = "dig_for_an_answer_too_long_for_a_datagram";
    let Some(world) = shop(test, &["dig"]) else {
        return;
    };
    for way in Way::BOTH {
        let dig = |line: &str| {
            world.expect(
                way,
                &words(&format!("dig +tries=1 +time=5 {line} TXT long.example")),
            )
        };
        let cut = dig("+noedns +ignore");
        assert!(cut.contains(" tc"), "{way:?}: {cut}");
        for line in ["+noedns", "+tcp", "+bufsize=4096"] {
            let answer = dig(line);
            assert!(answer.contains("ANSWER: 6"), "{way:?} {line}: {answer}");
        }
    }
}

#[test]
fn openssl_s_client_talks_to_s_server() {
    let test = "openssl_s_client_talks_to_s_server";
    let Some(world) = World::open(test, &["openssl"]) else {
        return;
    };
    servers::certificate(&world);
    let server = "openssl s_server -accept 203.0.113.10:4433 -cert cert.pem -key key.pem -www";
    world.serve(&words(server), "ACCEPT");
    let client = "openssl s_client -connect 203.0.113.10:4433 -CAfile cert.pem -verify_return_error \
        -verify_hostname shop.example -servername shop.example -quiet";
    for way in Way::BOTH {
        for version in ["-tls1_2", "-tls1_3"] {
            let client: Vec<&str> = words(client).into_iter().chain([version]).collect();
            let ended = world.run_with(way, &client, b"GET / HTTP/1.0\r\n\r\n");
            let page = world.checked(way, &client, &ended);
            assert!(page.contains("HTTP/1.0 200"), "{way:?} {version}: {page}");
            assert!(page.contains("Cipher"), "{way:?} {version}: {page}");
        }
    }
}

#[test]
fn iperf3_in_every_direction() {
    let Some(world) = World::open("iperf3_in_every_direction", &["iperf3"]) else {
        return;
    };
    for way in Way::BOTH {
        for more in ["", "-R", "-P 8", "-P 8 -R", "-u -b 20M", "-u -b 20M -R"] {
            // A server for one test: what a broken one leaves behind does not spoil the next.
            world.serve(
                &words("iperf3 -s -1 -B 203.0.113.10 --forceflush"),
                "Server listening",
            );
            let client = format!("iperf3 -c 203.0.113.10 -t 1 --json {more}");
            let report = world.expect(way, &words(&client));
            let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
            let end = &report["end"];
            let sum = if more.contains("-u") {
                &end["sum"]
            } else {
                &end["sum_received"]
            };
            let bytes = sum["bytes"].as_u64().unwrap_or(0);
            assert!(bytes > 1_000_000, "{way:?} {more}: {end:#}");
            if more.contains("-u") {
                let lost = sum["lost_percent"].as_f64().unwrap_or(100.0);
                assert!(lost < 5.0, "{way:?} {more}: {lost} % lost");
            }
        }
    }
}

#[test]
fn websocket_echo() {
    let Some(world) = shop("websocket_echo", &["python3"]) else {
        return;
    };
    if !has_module(&world, "websockets") {
        return skip("websocket_echo", "python3-websockets is not installed").unwrap_or(());
    }
    let script = format!("{PYTHON}/websocket.py");
    // One port whose first request is held, one that is dialled at once.
    for port in ["8080", "8765"] {
        world.serve(&["python3", &script, "serve", WEB, port], "ready");
        for way in Way::BOTH {
            let talk = [
                "python3",
                &script,
                "talk",
                &format!("ws://shop.example:{port}/"),
            ];
            assert_eq!(world.expect(way, &talk), "20 echoed\n");
        }
    }
}

#[test]
fn headless_browser_loads_a_page_with_its_parts() {
    let test = "headless_browser_loads_a_page_with_its_parts";
    let Some(world) = shop(test, &["chromium-headless-shell"]) else {
        return;
    };
    page(&world);
    let browser = "chromium-headless-shell --headless --no-sandbox --disable-gpu --disable-quic \
        --no-first-run --disable-background-networking --disable-component-update --disable-sync \
        --disable-dev-shm-usage --dump-dom http://shop.example/page.html";
    for way in Way::BOTH {
        let profile = format!(
            "--user-data-dir={}/profile-{way:?}",
            world.folder().display()
        );
        let browser: Vec<&str> = words(browser)
            .into_iter()
            .chain([profile.as_str()])
            .collect();
        let dom = world.expect(way, &browser);
        for part in ["script", "style", "request", "picture-0", "picture-11"] {
            assert!(
                dom.contains(&format!("data-{part}=\"loaded\"")),
                "{way:?} {part}: {dom}"
            );
        }
    }
}

/// A page of a style sheet, a script, a request of the script, and twelve pictures.
fn page(world: &World) {
    let pictures: String = (0..12)
        .map(|n| {
            let loaded = format!("document.body.setAttribute('data-picture-{n}', 'loaded')");
            format!("<img src=\"picture-{n}.svg\" onload=\"{loaded}\">")
        })
        .collect();
    let page = format!(
        "<!doctype html><html><head><link rel=stylesheet href=style.css></head>\
         <body>{pictures}<script src=script.js></script></body></html>"
    );
    let script = "document.body.dataset.script = 'loaded';\
        const request = new XMLHttpRequest(); request.open('GET', 'hello.txt', false); request.send();\
        if (request.responseText.startsWith('hello')) document.body.dataset.request = 'loaded';\
        if (getComputedStyle(document.body).opacity === '0.5') document.body.dataset.style = 'loaded';";
    let folder = world.folder().join("www");
    let write =
        |name: &str, content: &str| fs::write(folder.join(name), content).expect("writable");
    write("page.html", &page);
    write("style.css", "body { opacity: 0.5 }");
    write("script.js", script);
    for n in 0..12 {
        let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"></svg>";
        write(&format!("picture-{n}.svg"), picture);
    }
}

#[test]
fn ping_answers() {
    let Some(world) = World::open("ping_answers", &["ping"]) else {
        return;
    };
    for way in Way::BOTH {
        for address in [WEB, "2001:db8::10"] {
            world.expect(
                way,
                &["ping", "-n", "-c", "2", "-i", "0.2", "-W", "5", address],
            );
        }
        let ended = world.run(way, &["ping", "-n", "-c", "1", "-W", "1", UNREACHABLE]);
        assert_ne!(ended.code(), Some(0), "{way:?}: nobody is there: {ended:?}");
    }
}

fn has_module(world: &World, module: &str) -> bool {
    world
        .run(Way::Direct, &["python3", "-c", &format!("import {module}")])
        .status
        .success()
}
