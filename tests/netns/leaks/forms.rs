//! An identifier in packets that no ordinary program makes.

use super::{NO_IDENTIFIERS, Scene, open};
use crate::servers::{COLLECTOR, WEB6};

/// Both IP versions.
const BOTH: [&str; 2] = [COLLECTOR, WEB6];

fn hidden(test: &str, cases: &[(&str, bool)], addresses: &[&str]) {
    let Some(world) = open(test, &[]) else { return };
    let scene = Scene::new(&world);
    scene.configure(NO_IDENTIFIERS);
    for (form, is_relayed) in cases {
        for address in addresses {
            scene.hides(form, address, *is_relayed);
        }
    }
}

#[test]
fn leak_in_fragments() {
    let forms = [
        ("fragments", true),
        ("tiny fragments", true),
        ("fragments backwards", true),
    ];
    hidden("leak_in_fragments", &forms, &BOTH);
}

/// What a server would make of these depends on the server: nobody gets them.
#[test]
fn leak_in_fragments_that_can_be_read_two_ways() {
    let forms = [
        ("overlapping fragments", false),
        ("fragment without ports", false),
    ];
    hidden("leak_in_fragments_that_can_be_read_two_ways", &forms, &BOTH);
}

#[test]
fn leak_in_segments_that_no_program_sends() {
    let forms = [("TCP fragments", false), ("data in a SYN", false)];
    hidden("leak_in_segments_that_no_program_sends", &forms, &BOTH);
}

#[test]
fn leak_behind_ip_options() {
    let forms = [("options", true), ("source route", true)];
    hidden("leak_behind_ip_options", &forms, &[COLLECTOR]);
}

#[test]
fn leak_behind_extension_headers() {
    let forms = [("options", true), ("extension headers", true)];
    hidden("leak_behind_extension_headers", &forms, &[WEB6]);
}

/// Headers are written anew: what an app puts into them stays, whoever it is from.
#[test]
fn leak_in_the_options_themselves() {
    hidden(
        "leak_in_the_options_themselves",
        &[("in an option", false)],
        &BOTH,
    );
}

#[test]
fn leak_in_a_ping() {
    let forms = [("echo request", true), ("sixth echo request", true)];
    hidden("leak_in_a_ping", &forms, &BOTH);
}

#[test]
fn leak_in_other_icmp() {
    let forms = [
        ("echo reply", false),
        ("unreachable", false),
        ("other ICMP", false),
    ];
    hidden("leak_in_other_icmp", &forms, &BOTH);
}

#[test]
fn leak_in_protocols_that_are_not_relayed() {
    let forms = [4, 41, 47, 50, 132, 136, 253].map(|number| format!("protocol {number}"));
    let forms: Vec<(&str, bool)> = forms.iter().map(|form| (form.as_str(), false)).collect();
    hidden(
        "leak_in_protocols_that_are_not_relayed",
        &forms,
        &[COLLECTOR],
    );
}
