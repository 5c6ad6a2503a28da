use std::fs;

use gasket_core::chain::{Fault, check};

use super::*;

/// A folder of this test's own; it is gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gasket-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn log(&self) -> PathBuf {
        self.0.join("events.jsonl")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.log()).expect("the log")
    }

    fn chain(&self) -> String {
        fs::read_to_string(chain_of(&self.log())).expect("the chain")
    }

    fn faults(&self) -> Vec<Fault> {
        check(self.text().as_bytes(), &self.chain(), None).faults
    }

    fn kinds(&self) -> Vec<Kind> {
        let links = check(self.text().as_bytes(), &self.chain(), None).links;
        links.iter().map(|link| link.kind).collect()
    }

    fn begun(&self) -> Record {
        let mut record = Record::open(&self.log()).expect("it opens");
        record.begin("settings".to_owned()).expect("begun");
        record
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_two_runs_write_at_once_is_one_chain() {
    let folder = Folder::new("two");
    let (mut one, mut other) = (folder.begun(), folder.begun());
    for n in 0..10 {
        one.append(format!("one {n}\n").as_bytes())
            .expect("written");
        other
            .append(format!("other {n}\n").as_bytes())
            .expect("written");
    }
    one.end().expect("ended");
    other.append(b"last\n").expect("written");
    other.end().expect("ended");
    assert_eq!(folder.faults(), []);
    assert_eq!(folder.text().lines().count(), 21);
    let kinds = folder.kinds();
    let count = |kind| kinds.iter().filter(|one| **one == kind).count();
    assert_eq!(
        (count(Kind::Begin), count(Kind::Start), count(Kind::Stop)),
        (1, 2, 2)
    );
    // The second began while the first lived, so that nobody was killed.
    assert_eq!((count(Kind::Killed), count(Kind::Found)), (0, 0));
}

#[test]
fn threads_that_write_at_once_lose_nothing() {
    let folder = Folder::new("threads");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let folder = &folder;
            scope.spawn(move || {
                let mut record = folder.begun();
                for n in 0..50 {
                    let line = format!("{thread} {n}\n");
                    record.append(line.as_bytes()).expect("written");
                }
                record.end().expect("ended");
            });
        }
    });
    assert_eq!(folder.faults(), []);
    assert_eq!(folder.text().lines().count(), 200);
}

/// A run that is killed leaves no word; the next one says so. What it was just writing is kept and told.
#[test]
fn a_killed_run_is_told_by_the_next_one() {
    for torn in ["", "{\"whole\":1}\n", "{\"sch"] {
        let folder = Folder::new("killed");
        let mut killed = folder.begun();
        killed.append(b"first\n").expect("written");
        drop(killed);
        let log = folder.text() + torn;
        fs::write(folder.log(), &log).expect("written");
        let broken = chain_of(&folder.log());
        fs::write(&broken, folder.chain() + "{\"before\":\"12").expect("written");

        let mut next = folder.begun();
        next.append(b"second\n").expect("written");
        next.end().expect("ended");
        assert_eq!(folder.faults(), [], "{torn:?}");
        let end = if torn.ends_with('\n') || torn.is_empty() {
            ""
        } else {
            "\n"
        };
        assert_eq!(folder.text(), format!("{log}{end}second\n"));
        let mut expected = vec![Kind::Begin, Kind::Start, Kind::Event];
        expected.extend((!torn.is_empty()).then_some(Kind::Found));
        expected.extend([Kind::Killed, Kind::Start, Kind::Event, Kind::Stop]);
        assert_eq!(folder.kinds(), expected, "{torn:?}");
    }
}

#[test]
fn a_log_of_before_is_taken_over_as_it_is() {
    for old in ["", "old 1\nold 2\n", "old 1\nold"] {
        let folder = Folder::new("old");
        fs::write(folder.log(), old).expect("written");
        let mut record = folder.begun();
        record.append(b"new\n").expect("written");
        record.end().expect("ended");
        assert_eq!(folder.faults(), [], "{old:?}");
        let changed = folder.text().replace("old 1", "old 9");
        fs::write(folder.log(), &changed).expect("written");
        let expected = if old.is_empty() {
            vec![]
        } else {
            vec![Fault::Beginning { lines: 2 }]
        };
        assert_eq!(folder.faults(), expected, "{old:?}");
    }
}

#[test]
fn lines_deleted_between_two_runs_stay_told() {
    let folder = Folder::new("deleted");
    let mut first = folder.begun();
    for line in ["a\n", "b\n", "c\n"] {
        first.append(line.as_bytes()).expect("written");
    }
    first.end().expect("ended");
    drop(first);
    fs::write(folder.log(), "a\nc\n").expect("written");
    let mut next = folder.begun();
    next.append(b"d\n").expect("written");
    next.end().expect("ended");
    let faults = folder.faults();
    assert!(
        matches!(faults.as_slice(), [Fault::Deleted { was: 2, .. }]),
        "{faults:?}"
    );
}

#[test]
fn other_settings_are_a_link_of_their_own() {
    let folder = Folder::new("settings");
    folder.begun().end().expect("ended");
    let mut other = Record::open(&folder.log()).expect("it opens");
    other.begin("others".to_owned()).expect("begun");
    other.end().expect("ended");
    let kinds = folder.kinds();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == Kind::Config).count(),
        1
    );
}

#[test]
fn what_is_no_regular_file_has_no_chain() {
    let mut record = Record::open(Path::new("/dev/null")).expect("it opens");
    record.begin("settings".to_owned()).expect("begun");
    record.append(b"x\n").expect("written");
    record.end().expect("ended");
    assert!(!Path::new("/dev/null.chain").exists());
}

#[test]
fn a_lines_place_is_its_own_link() {
    let folder = Folder::new("place");
    fs::write(folder.log(), "old\n").expect("written");
    let mut record = folder.begun();
    for line in ["same\n", "same\n", "other\n"] {
        record.append(line.as_bytes()).expect("written");
    }
    let stored = Stored::read(&folder.log()).expect("read");
    let links = |number, text| match stored.place(number, text) {
        read::Place::Links(links) => links.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(stored.place(1, "old"), read::Place::Before);
    assert_eq!(
        (links(2, "same"), links(3, "same"), links(4, "other")),
        (3, 2, 1)
    );
    assert_eq!(stored.place(4, "othes"), read::Place::Nowhere);
}
