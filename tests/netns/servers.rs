//! Servers from Debian packages, with what they need written into the world's folder.

use std::fs;

use crate::world::World;

/// The ordinary web server, by name `shop.example` over both IP versions.
pub(crate) const WEB: &str = "203.0.113.10";
/// The same over IPv6.
pub(crate) const WEB6: &str = "2001:db8::10";
/// Where `collector.example` lives.
pub(crate) const COLLECTOR: &str = "203.0.113.11";
/// Where the registration server of the founding leak lives; the real one's address, on `lo`.
pub(crate) const REGISTRATION: &str = "42.99.2.15";
/// The same over IPv6; invented.
pub(crate) const REGISTRATION6: &str = "2001:db8::9999";
/// No packet to it is ever answered.
pub(crate) const NEVER_ANSWERS: &str = "192.0.2.50";
/// There is no route to it.
pub(crate) const UNREACHABLE: &str = "203.0.113.77";

/// Programs that [`dns`] and [`web`] need.
pub(crate) const BASE: [&str; 4] = ["dnsmasq", "nginx", "curl", "tcpdump"];

const DNSMASQ: &str = "\
user=root
group=root
pid-file=
no-resolv
no-hosts
no-dhcp-interface=lo
bind-interfaces
listen-address=203.0.113.53
local=/example/
local=/test/
";

const NAMES: &str = "\
host-record=shop.example,203.0.113.10,2001:db8::10
host-record=collector.example,203.0.113.11
host-record=six.example,2001:db8::10
host-record=zzhc.vnet.cn,42.99.2.15,2001:db8::9999
cname=alias.example,shop.example
";

/// Answers names at 203.0.113.53, which is the world's /etc/resolv.conf.
pub(crate) fn dns(world: &World) {
    // Six times 250 bytes of text do not fit the 512 of a question without EDNS.
    let text = |number| format!("txt-record=long.example,{number}{}\n", "x".repeat(249));
    let long: String = (1..=6).map(text).collect();
    dns_of(world, &format!("{NAMES}{long}"));
}

/// As [`dns`], with these records of dnsmasq's configuration alone.
pub(crate) fn dns_of(world: &World, records: &str) {
    let config = world.file("dnsmasq.conf", format!("{DNSMASQ}{records}"));
    let words = [
        "dnsmasq",
        "--keep-in-foreground",
        "--log-facility=-",
        "--conf-file",
    ];
    let mut words = words.map(str::to_owned);
    words[3] = format!("--conf-file={config}");
    world.serve(&words, "started, version");
}

/// nginx: HTTP/1.1 on 80 and 9999, HTTP/2 in clear on 8082, TLS on 443, git under /git/.
pub(crate) fn web(world: &World) {
    let folder = world.folder().to_str().expect("a plain path");
    fs::create_dir_all(world.folder().join("www")).expect("the world's folder takes folders");
    world.file("www/hello.txt", "hello from the shop\n");
    certificate(world);
    let config = NGINX.replace("FOLDER", folder);
    let config = world.file("nginx.conf", config);
    world.serve(
        &["nginx", "-e", "stderr", "-c", &config],
        "start worker process",
    );
}

/// Git's own HTTP server behind [`web`]: the repositories of `www/git`.
pub(crate) fn git(world: &World) {
    let socket = world.folder().join("fcgiwrap.socket");
    let socket = format!("unix:{}", socket.display());
    // fcgiwrap says nothing when it listens: the shell tells once the socket is there.
    let start =
        "fcgiwrap -s \"$1\" & until test -S fcgiwrap.socket; do sleep 0.01; done; echo ready; wait";
    world.serve(&["sh", "-c", start, "sh", &socket], "ready");
}

/// A throw-away certificate for `*.example`: `cert.pem` and `key.pem` in the world's folder.
pub(crate) fn certificate(world: &World) {
    let words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 \
        -keyout key.pem -out cert.pem -subj /CN=shop.example \
        -addext subjectAltName=DNS:shop.example,DNS:collector.example";
    world.run_ok(&words.split_whitespace().collect::<Vec<_>>());
}

const NGINX: &str = r#"
user root;
daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
    access_log FOLDER/access.log;
    client_body_temp_path FOLDER/nginx-body;
    proxy_temp_path FOLDER/nginx-proxy;
    fastcgi_temp_path FOLDER/nginx-fastcgi;
    uwsgi_temp_path FOLDER/nginx-uwsgi;
    scgi_temp_path FOLDER/nginx-scgi;
    client_max_body_size 0;
    types { text/html html; text/css css; text/javascript js; image/svg+xml svg; }
    default_type application/octet-stream;
    ssl_certificate FOLDER/cert.pem;
    ssl_certificate_key FOLDER/key.pem;
    root FOLDER/www;
    server {
        listen 80 backlog=1024;
        listen [::]:80;
        listen 9999;
        listen [::]:9999;
        listen 443 ssl http2;
        listen [::]:443 ssl http2;
        location / {
            if ($request_method = POST) { return 200 '{"resultCode":"0","resultDesc":"Success"}'; }
        }
        location /upload/ {
            dav_methods PUT;
            create_full_put_path on;
        }
        location /git/ {
            fastcgi_pass unix:FOLDER/fcgiwrap.socket;
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_HTTP_EXPORT_ALL 1;
            fastcgi_param GIT_PROJECT_ROOT FOLDER/www;
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
            fastcgi_param REMOTE_ADDR $remote_addr;
        }
    }
    server {
        listen 8082 http2;
    }
}
"#;
