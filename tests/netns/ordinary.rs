//! How often ordinary programs alert: each works against the shop, straight and through Gasket, and
//! its requests, alerts and blocks are counted.

use std::fs;

use crate::servers;
use crate::world::{Way, World, exists, is_root};
use crate::zzhc::with_check_digit;

/// A program at work.
struct Program {
    name: &'static str,
    /// What must be installed.
    needs: &'static [&'static str],
    /// A command that exits 0 only where it is there, too; empty where `needs` says all.
    probe: &'static str,
    /// A shell script in the world's folder.
    script: &'static str,
}

const PROGRAMS: [Program; 11] = [
    Program {
        name: "curl",
        needs: &["curl"],
        probe: "",
        script: r#"
get() { curl -sS --fail -o /dev/null -b jar -c jar "$@"; }
for page in 0 1 2 3 4 5 6 7 8 9; do
    get -L "http://shop.example/shop/page-$page.html?article=1004700$page&size=1280x720&ts=1700000000${page}23"
    get -d "email=&quantity=2&article=1004700$page&csrf=$(openssl rand -hex 16)" http://shop.example/cart
    get --json "{\"order\": 70031995$page, \"lines\": [{\"sku\": \"LAMP-4711-$page\", \"price\": 19.95}]}" http://shop.example/orders
    get -F "photo=@www/shop/picture-$page.svg;type=image/svg+xml" -F title=Lamp http://shop.example/photos
done
get -I http://shop.example/shop/style.css
get -r 10-99 http://shop.example/shop/page-1.html
get --compressed -A 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' http://shop.example/shop/page-1.html
get --http2-prior-knowledge http://shop.example:8082/hello.txt
get -T www/shop/style.css http://shop.example/upload/style.css
for version in --http1.1 --http2; do get $version --cacert cert.pem https://shop.example/hello.txt; done
"#,
    },
    Program {
        name: "wget",
        needs: &["wget"],
        probe: "",
        script: "wget -q -r -l inf -p -P mirror http://shop.example/shop/page-0.html; rm -r mirror",
    },
    Program {
        name: "apt-get",
        needs: &["apt-get"],
        probe: "",
        script: r#"
rm -rf apt; mkdir -p apt/etc apt/state/lists/partial apt/cache/archives/partial
echo 'deb [trusted=yes] http://shop.example/debian ./' > apt/etc/sources.list
set -- -q -o Dir::Etc=$PWD/apt/etc -o Dir::Etc::Parts=- -o Dir::Etc::SourceParts=- \
    -o Dir::State=$PWD/apt/state -o Dir::Cache=$PWD/apt/cache -o APT::Sandbox::User=root
for round in 1 2 3; do apt-get "$@" update; done
cd apt; apt-get "$@" download lamp
"#,
    },
    Program {
        name: "pip",
        needs: &["python3"],
        probe: "python3 -m pip --version",
        script: "rm -rf wheels; python3 -m pip download -q --no-cache-dir --disable-pip-version-check --no-deps \
            --trusted-host shop.example --index-url http://shop.example/pypi/simple/ -d wheels lamp",
    },
    Program {
        name: "npm",
        needs: &["npm"],
        probe: "",
        script: r#"
rm -rf node; mkdir node; cd node; echo '{"name": "shop", "version": "1.0.0"}' > package.json
npm install --loglevel error --no-fund --no-audit --cache "$PWD/cache" --registry http://shop.example/npm/ lamp
"#,
    },
    Program {
        name: "git",
        needs: &["git", "fcgiwrap"],
        probe: "",
        script: r#"
rm -rf clone; git clone -q http://shop.example/git/shop.git clone; cd clone
for round in 1 2 3 4 5; do git fetch -q; git ls-remote -q > /dev/null; done
"#,
    },
    Program {
        name: "Python urllib",
        needs: &["python3"],
        probe: "",
        script: "python3 -c '
import json, urllib.parse, urllib.request, uuid
base = \"http://shop.example\"
for n in range(100):
    urllib.request.urlopen(f\"{base}/shop/page-{n}.html?\" + urllib.parse.urlencode({\"q\": \"lamp & shade\", \"page\": n})).read()
    order = {\"id\": str(uuid.uuid4()), \"total\": 19.95, \"placed\": \"2026-01-02T03:04:05Z\", \"count\": n}
    request = urllib.request.Request(f\"{base}/orders\", json.dumps(order).encode(), {\"Content-Type\": \"application/json\"})
    urllib.request.urlopen(request).read()
'",
    },
    Program {
        name: "Python requests",
        needs: &["python3"],
        probe: "python3 -c 'import requests'",
        script: "python3 \"$SESSION\" http://shop.example",
    },
    Program {
        name: "Perl HTTP::Tiny",
        needs: &["perl"],
        probe: "perl -MHTTP::Tiny -e 1",
        script: r#"perl -MHTTP::Tiny -e '
my $http = HTTP::Tiny->new(keep_alive => 1);
for my $n (0 .. 99) {
    $http->get("http://shop.example/shop/page-$n.html")->{success} or die;
    $http->post_form("http://shop.example/search", {q => "lamp", from => 20 * $n, sort => "price"})->{success} or die;
}'"#,
    },
    Program {
        name: "Node.js fetch",
        needs: &["node"],
        probe: "node -e 'process.exit(typeof fetch === \"function\" ? 0 : 1)'",
        script: r#"node -e '
(async () => {
    for (let n = 0; n < 100; n++) {
        await (await fetch(`http://shop.example/shop/page-${n}.html?t=${Date.now()}`)).text();
        const body = JSON.stringify({event: "view", page: n, session: crypto.randomUUID(), width: 1280, height: 720});
        await (await fetch("http://shop.example/events", {method: "POST", body, headers: {"content-type": "application/json"}})).text();
    }
})()'"#,
    },
    Program {
        name: "headless browser",
        needs: &["chromium-headless-shell"],
        probe: "",
        script: r#"
rm -rf browser
for page in 0 1 2 3 4 5 6 7; do
    chromium-headless-shell --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="$PWD/browser" --dump-dom http://shop.example/shop/page-$page.html > /dev/null
done
"#,
    },
];

/// What a program did through Gasket.
#[derive(Debug, Default)]
struct Count {
    requests: usize,
    connections: usize,
    alerts: usize,
    blocks: usize,
}

#[test]
fn ordinary_programs_alert_nobody() {
    let test = "ordinary_programs_alert_nobody";
    let Some(world) = World::open(test, &servers::BASE) else {
        return;
    };
    servers::dns(&world);
    servers::web(&world);
    stock(&world);
    if exists("fcgiwrap") {
        servers::git(&world);
    }
    let mut total = Count::default();
    let mut alerts = Vec::new();
    for program in &PROGRAMS {
        if let Some(why) = program.missing(&world) {
            println!("{:16} skipped: {why}", program.name);
            continue;
        }
        // Straight first: what fails there is no fault of Gasket's, and says nothing about it.
        world.expect(Way::Direct, &program.words());
        let before = requests(&world);
        world.expect(Way::Gasket, &program.words());
        let count = program.count(&world, before, &mut alerts);
        println!("{:16} {}", program.name, count.told());
        assert!(
            count.requests > 0,
            "{}: nothing was asked for",
            program.name
        );
        total.add(&count);
    }
    println!("{:16} {}", "all", total.told());
    // The control: what counts alerts does see one.
    let mut seen = Vec::new();
    let (url, before) = ("http://shop.example/hello.txt", requests(&world));
    let imei = format!("imei={}", with_check_digit("35999900000301"));
    world.expect(Way::Gasket, &["curl", "-sS", "-G", "-d", &imei, url]);
    let control = PROGRAMS[0].count(&world, before, &mut seen);
    assert_eq!((control.requests, control.alerts), (1, 1), "{seen:#?}");
    assert_eq!(total.blocks, 0, "{alerts:#?}");
    assert!(total.alerts * 1_000 <= total.requests, "{alerts:#?}");
}

/// Requests that the web server has answered.
fn requests(world: &World) -> usize {
    let log = fs::read_to_string(world.folder().join("access.log")).unwrap_or_default();
    log.lines().count()
}

impl Program {
    fn words(&self) -> [String; 3] {
        let session = concat!(env!("CARGO_MANIFEST_DIR"), "/netns/py/session.py");
        let script = format!("SESSION={session}\n{}", self.script);
        ["sh", "-ec", &script].map(str::to_owned)
    }

    fn missing(&self, world: &World) -> Option<String> {
        let there = |command: &str| {
            let ended = world.run(Way::Direct, &["sh", "-c", command]);
            ended.status.success()
        };
        let needed = self.needs.iter().map(|need| format!("command -v {need}"));
        needed
            .chain([self.probe.to_owned()])
            .find(|probe| !probe.is_empty() && !there(probe))
            .map(|probe| format!("`{probe}` fails"))
            .or_else(|| {
                let apt = self.name == "apt-get" && !is_root();
                apt.then(|| "it works for root only".to_owned())
            })
    }

    fn count(&self, world: &World, before: usize, alerts: &mut Vec<String>) -> Count {
        let mut count = Count {
            requests: requests(world) - before,
            ..Count::default()
        };
        for event in world.events() {
            if event["subject"] == "ended" && event["destination"]["port"] != 53 {
                count.connections += 1;
            }
            match event["verdict"].as_str() {
                Some("warn") => count.alerts += 1,
                Some("block") => count.blocks += 1,
                _ => continue,
            }
            alerts.push(format!("{}: {event}", self.name));
        }
        count
    }
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.connections += other.connections;
        self.alerts += other.alerts;
        self.blocks += other.blocks;
    }

    fn told(&self) -> String {
        let Self {
            requests,
            connections,
            alerts,
            blocks,
        } = self;
        format!("{requests:5} requests {connections:4} connections {alerts} alerts {blocks} blocks")
    }
}

/// Pages of the shop.
const PAGES: usize = 200;

/// Fills the shop: pages, a Debian archive, and packages of Python and npm.
fn stock(world: &World) {
    let folder = world.folder().join("www/shop");
    fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("writable");
    write("style.css", &"body { opacity: 0.5 }\n".repeat(40));
    write(
        "script.js",
        "fetch('/visit', {method: 'POST', body: JSON.stringify({path: location.pathname, at: Date.now()})});",
    );
    for page in 0..PAGES {
        let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"></svg>";
        write(&format!("picture-{page}.svg"), picture);
        let next = (page + 1) % PAGES;
        let article = 10_047_000 + page;
        write(
            &format!("page-{page}.html"),
            &format!(
                "<!doctype html><html><head><link rel=stylesheet href=style.css></head><body>\
                 <img src=\"picture-{page}.svg?w=120&amp;h=80&amp;v=17000000{page:05}\">\
                 <a href=\"page-{next}.html\">Article {article}</a><script src=script.js></script></body></html>"
            ),
        );
    }
    world.run_ok(&["sh", "-ec", SHELVES]);
}

/// The archives, as far as the programs that read them are installed.
const SHELVES: &str = r#"
mkdir -p www/debian www/pypi/simple/lamp www/npm/lamp www/tarballs www/git
if command -v dpkg-deb; then
    mkdir -p lamp/DEBIAN
    printf 'Package: lamp\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@shop.example>\nDescription: a lamp\n' > lamp/DEBIAN/control
    dpkg-deb --root-owner-group -b lamp www/debian/lamp_1.0_all.deb
    cd www/debian
    { cat ../../lamp/DEBIAN/control; echo "Filename: ./lamp_1.0_all.deb"; echo "Size: $(stat -c %s lamp_1.0_all.deb)"
      echo "SHA256: $(sha256sum lamp_1.0_all.deb | cut -d ' ' -f 1)"; } > Packages
    cd ../..
fi
if command -v python3; then
    python3 - <<'END'
import zipfile
with zipfile.ZipFile("www/pypi/lamp-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("lamp.py", "")
    wheel.writestr("lamp-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: lamp\nVersion: 1.0\n")
    wheel.writestr("lamp-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("lamp-1.0.dist-info/RECORD", "")
END
    echo '<!doctype html><a href="/pypi/lamp-1.0-py3-none-any.whl">lamp-1.0-py3-none-any.whl</a>' > www/pypi/simple/lamp/index.html
fi
mkdir -p package; echo '{"name": "lamp", "version": "1.0.0"}' > package/package.json
tar czf www/tarballs/lamp-1.0.0.tgz package
cat > www/npm/lamp/index.html <<END
{"name": "lamp", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "lamp", "version": "1.0.0",
 "dist": {"tarball": "http://shop.example/tarballs/lamp-1.0.0.tgz", "shasum": "$(sha1sum < www/tarballs/lamp-1.0.0.tgz | cut -d ' ' -f 1)"}}}}
END
if command -v git; then
    git init -q -b main source; cd source
    git config user.name Nobody; git config user.email nobody@shop.example
    for n in 1 2 3; do head -c 20000 /dev/urandom > file$n; git add .; git commit -q -m $n; done
    cd ..; git clone -q --bare source www/git/shop.git
fi
"#;
