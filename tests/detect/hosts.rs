//! Names: those of the incidents against popular ones and those of connectivity checks.

use gasket_core::facts::Protocol;
use gasket_core::inspect::{ClientHello, Said};

use crate::score::Share;
use crate::subject::{NOWHERE, Seen, Subject};

/// What came of a set of names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) blocked: Share,
    pub(crate) warned: Share,
    /// Names about which nothing was said.
    pub(crate) silent: Vec<String>,
    /// Names about which something was said.
    pub(crate) told: Vec<String>,
}

/// What came of all names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    pub(crate) incidents: Names,
    pub(crate) popular: Names,
    pub(crate) checks: Names,
}

/// Judges each name as a DNS question, as a TLS hello and as an HTTP request.
pub(crate) fn hosts(subject: &Subject) -> Hosts {
    let names = |text: &'static str| {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(|line| line.split('\t').collect::<Vec<_>>())
    };
    let mut hosts = Hosts::default();
    for line in names(include_str!("data/incident-hosts.tsv")) {
        let path = line.get(3).unwrap_or(&"/");
        hosts.incidents.add(line[0], &look(subject, line[0], path));
    }
    for line in names(include_str!("data/popular-names.txt")) {
        hosts.popular.add(line[0], &look(subject, line[0], "/"));
    }
    for line in names(include_str!("data/connectivity-checks.tsv")) {
        hosts.checks.add(line[0], &look(subject, line[0], line[1]));
    }
    hosts
}

fn look(subject: &Subject, name: &str, path: &str) -> Seen {
    let mut seen = subject.silent(Protocol::Udp, NOWHERE, Some(name));
    let hello = Said::Tls(ClientHello {
        server_name: Some(name.to_owned()),
        ..ClientHello::default()
    });
    subject.said(Protocol::Tcp, NOWHERE, None, &hello, &mut seen);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: Android\r\n\r\n");
    let http = subject.stream(NOWHERE, None, request.as_bytes());
    seen.blocked |= http.blocked;
    seen.warned |= http.warned;
    seen
}

impl Names {
    fn add(&mut self, name: &str, seen: &Seen) {
        self.blocked.add(seen.blocked);
        self.warned.add(seen.warned && !seen.blocked);
        let list = if seen.blocked || seen.warned {
            &mut self.told
        } else {
            &mut self.silent
        };
        list.push(name.to_owned());
    }
}
