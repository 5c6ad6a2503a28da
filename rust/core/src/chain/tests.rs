use super::*;

/// A log of `count` lines and its chain, after `old` lines that are older than the chain.
fn history(old: usize, count: usize) -> (Vec<String>, String) {
    let mut log: Vec<String> = (0..old).map(|n| format!("old {n}")).collect();
    let before: String = log.iter().map(|line| format!("{line}\n")).collect();
    let mut chain = Chain::default();
    let mut links = vec![
        chain.begin(1, 7, before.as_bytes()),
        chain.link(2, 7, Kind::Start, Some(hash(b"{}"))),
    ];
    for n in 0..count {
        let line = format!(r#"{{"event":{n}}}"#);
        links.push(chain.link(n as u64, 7, Kind::Event, Some(hash(line.as_bytes()))));
        log.push(line);
    }
    links.push(chain.link(99, 7, Kind::Stop, None));
    (log, links.join("\n") + "\n")
}

fn faults(log: &[String], chain: &str) -> Vec<Fault> {
    let text: String = log.iter().map(|line| format!("{line}\n")).collect();
    check(text.as_bytes(), chain, None).faults
}

#[test]
fn what_was_not_touched_has_no_fault() {
    for old in [0, 3] {
        for count in [0, 1, 5] {
            let (log, chain) = history(old, count);
            assert_eq!(faults(&log, &chain), [], "{old} {count}");
        }
    }
}

#[test]
fn each_kind_of_tampering_is_told_with_its_place() {
    for old in [0, 3] {
        let (log, chain) = history(old, 6);
        let number = |at: usize| (old + at + 1) as u64;
        for at in 0..6 {
            let mut changed = log.clone();
            changed[old + at].push(' ');
            assert_eq!(
                faults(&changed, &chain),
                [Fault::Changed { line: number(at) }]
            );
            let mut deleted = log.clone();
            deleted.remove(old + at);
            let told = faults(&deleted, &chain);
            let line = number(at);
            let expected = match at {
                5 => Fault::CutOff {
                    from: line,
                    lines: 1,
                },
                _ => Fault::Deleted {
                    was: line,
                    time_ms: at as u64,
                },
            };
            assert_eq!(told, [expected]);
            for other in at + 1..6 {
                let mut swapped = log.clone();
                swapped.swap(old + at, old + other);
                let (first, second) = (number(at), number(other));
                assert_eq!(faults(&swapped, &chain), [Fault::Swapped { first, second }]);
            }
            let mut inserted = log.clone();
            inserted.insert(old + at, "more".to_owned());
            assert_eq!(faults(&inserted, &chain), [Fault::Inserted { line }]);
        }
        let cut = &log[..old + 2];
        assert_eq!(
            faults(cut, &chain),
            [Fault::CutOff {
                from: number(2),
                lines: 4
            }]
        );
    }
    let (mut log, chain) = history(3, 2);
    log[1].push('x');
    assert_eq!(faults(&log, &chain), [Fault::Beginning { lines: 3 }]);
}

#[test]
fn a_chain_that_was_touched_itself_is_told() {
    let (log, chain) = history(0, 4);
    let links: Vec<&str> = chain.lines().collect();
    let told = |links: &[&str]| faults(&log, &(links.join("\n") + "\n"));
    for at in 0..links.len() - 1 {
        let forged = links[at].replace("\"run\":7", "\"run\":8");
        let mut changed = links.clone();
        changed[at] = &forged;
        let number = at as u64 + 2;
        assert_eq!(told(&changed), [Fault::Link { number }]);
        let mut deleted = links.clone();
        deleted.remove(at);
        assert!(told(&deleted).contains(&Fault::Link { number: number - 1 }));
        let mut swapped = links.clone();
        swapped.swap(at, at + 1);
        assert!(told(&swapped).contains(&Fault::Link { number: number - 1 }));
        let mut broken = links.clone();
        broken[at] = "{}";
        assert!(told(&broken).contains(&Fault::NoLink { number: number - 1 }));
    }
}

/// Log and chain cut off at the same place agree with each other: only the head kept elsewhere shows it.
#[test]
fn a_cut_of_both_shows_against_a_known_head() {
    let (mut log, chain) = history(0, 4);
    let text: String = log.iter().map(|line| format!("{line}\n")).collect();
    let head = check(text.as_bytes(), &chain, None).head;
    assert_eq!(check(text.as_bytes(), &chain, Some(&head)).faults, []);
    log.truncate(2);
    let text: String = log.iter().map(|line| format!("{line}\n")).collect();
    let kept: Vec<_> = chain.lines().take(4).collect();
    let cut = kept.join("\n") + "\n";
    assert_eq!(check(text.as_bytes(), &cut, None).faults, []);
    let checked = check(text.as_bytes(), &cut, Some(&head));
    assert_eq!(checked.faults, [Fault::HeadUnknown]);
    // A head of earlier is still one of a chain that went on.
    let longer = check(b"{\"event\":0}\n", &chain, Some(&checked.head));
    assert!(!longer.faults.contains(&Fault::HeadUnknown));
}

#[test]
fn a_torn_end_is_told_as_one() {
    for linked in [false, true] {
        let (log, chain) = history(2, 3);
        let mut text: String = log.iter().map(|line| format!("{line}\n")).collect();
        let torn = if linked {
            text.truncate(text.len() - 3);
            5
        } else {
            text.push_str("{\"sch");
            6
        };
        let faults = check(text.as_bytes(), &chain, None).faults;
        assert_eq!(faults, [Fault::Torn { line: torn }]);
    }
    let (log, chain) = history(0, 2);
    let told = faults(&log, &chain[..chain.len() - 20]);
    assert_eq!(told, [Fault::TornLink { number: 5 }]);
}

/// What a killed run left without a link counts as a line from then on; changed later, it is told.
#[test]
fn a_line_that_was_found_is_held_from_then_on() {
    let (mut log, text) = history(0, 2);
    let mut chain = Chain::after(&text);
    log.push("{\"sch".to_owned());
    let found = chain.link(100, 8, Kind::Found, Some(hash(b"{\"sch")));
    log.push("next".to_owned());
    let next = chain.link(101, 8, Kind::Event, Some(hash(b"next")));
    assert_eq!((chain.lines(), chain.next_run()), (4, 9));
    let chain = format!("{text}{found}\n{next}\n");
    assert_eq!(faults(&log, &chain), []);
    log[2].push('x');
    assert_eq!(faults(&log, &chain), [Fault::Changed { line: 3 }]);
}

#[test]
fn a_chain_goes_on_where_it_was_left() {
    let (_, chain) = history(2, 3);
    let mut after = Chain::after(&chain);
    assert_eq!(after.open_runs(), [0; 0]);
    assert!(after.is_other_config(&hash(b"other")) && !after.is_other_config(&hash(b"{}")));
    let start = after.link(100, 8, Kind::Start, Some(hash(b"{}")));
    assert_eq!(after.open_runs(), [8]);
    let event = after.link(101, 8, Kind::Event, Some(hash(b"x")));
    let link: Link = serde_json::from_str(&event).expect("a link");
    assert_eq!(
        (link.line, &link.before),
        (Some(6), &hash(start.as_bytes()))
    );
    assert_eq!(after.head(), hash(event.as_bytes()));
    assert!(Chain::default().is_new() && !after.is_new());
}

#[test]
fn faults_are_plain_words_and_bounded() {
    let (log, chain) = history(0, 50);
    let changed: Vec<_> = log.iter().map(|line| format!("{line} ")).collect();
    let told = faults(&changed, &chain);
    assert_eq!(
        (told.len(), told.last()),
        (21, Some(&Fault::More { count: 30 }))
    );
    assert_eq!(
        told[0].to_string(),
        "line 1: it was changed after it was written"
    );
}
