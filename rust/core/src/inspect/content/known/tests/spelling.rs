//! What a value is spelled as, letter by letter, and what is no value.

use super::super::spell::{Spellings, spell};
use super::super::{TypedError, name_of};
use super::IdentifierKind::{self, Cell, Email, Iccid, Imei, Phone, Serial};
use super::invented::{checked, imei};

fn clear(kind: IdentifierKind, value: &str) -> Vec<String> {
    spell(kind, value).unwrap().clear
}

fn refusal(kind: IdentifierKind, value: &str) -> Option<String> {
    spell(kind, value).err()
}

#[test]
fn an_imei_is_hashed_as_it_is_printed() {
    let Spellings { clear, hashed } = spell(Imei, &imei()).unwrap();
    assert_eq!(clear, ["350000000123451", "35000000012345"]);
    assert_eq!(
        hashed,
        [
            "350000000123451",
            "35000000012345",
            "35-000000-012345-1",
            "35 000000 012345 1",
            "350000-00-012345-1",
            "350000 00 012345 1",
            "35000000-012345-1",
            "35000000 012345 1",
        ]
    );
    let versioned = ["350000000123451", "35000000012345", "3500000001234507"];
    assert_eq!(self::clear(Imei, "3500000001234507"), versioned);
    assert_eq!(self::clear(Imei, "35000000012345"), versioned[..2]);
}

#[test]
fn numbers_of_sims_are_padded_swapped_and_cut_by_their_check_digit() {
    let nineteen = checked("894700000000012345");
    let (head, other) = ("894700000000012345", "8947000000000123450".to_owned());
    assert_ne!(other, nineteen);
    let swapped = |printed: &str| -> String {
        let pairs = printed.as_bytes().chunks(2);
        pairs
            .flat_map(|pair| pair.iter().rev().map(|&b| char::from(b)))
            .collect()
    };
    let padded = format!("{nineteen}f");
    let with_check = [
        nineteen.clone(),
        padded.clone(),
        swapped(&padded),
        head.to_owned(),
    ];
    assert_eq!(clear(Iccid, &nineteen), with_check);
    let padded = format!("{other}f");
    let without = [other.clone(), padded.clone(), swapped(&padded)];
    assert_eq!(clear(Iccid, &other), without);
    let eighteen = checked("89470000000001234");
    let padded = format!("{eighteen}ff");
    let short = [eighteen.clone(), padded.clone(), swapped(&padded)];
    assert_eq!(clear(Iccid, &eighteen), short);
    let twenty = "89470000000001234560".to_owned();
    let full = [twenty.clone(), swapped(&twenty)];
    assert_eq!(clear(Iccid, &twenty)[..2], full);
}

#[test]
fn phone_numbers_are_looked_for_without_their_country_code() {
    for (typed, expected) in [
        (
            "+47 90 00 00 12",
            &["4790000012", "004790000012", "90000012", "090000012"][..],
        ),
        (
            "+1 212 555 0123",
            &["001 2125550123", "2125550123", "02125550123"],
        ),
        (
            "+7 900 000 00 12",
            &["79000000012", "0079000000012", "9000000012", "09000000012"],
        ),
        ("+354 400 0012", &["3544000012", "003544000012", "04000012"]),
        (
            "+47 2012 1234",
            &["4720121234", "004720121234", "020121234"],
        ),
    ] {
        let expected: Vec<_> = expected.iter().map(|form| form.replace(' ', "")).collect();
        let forms = clear(Phone, typed);
        // In North America, numbers with their country code are as long as milliseconds are.
        let forms: Vec<_> = forms
            .into_iter()
            .filter(|form| form != "12125550123")
            .collect();
        assert_eq!(forms, expected, "{typed}");
    }
}

#[test]
fn serial_numbers_that_ordinary_text_does_not_have() {
    for value in [
        "ABC123",
        "abcdefgh12",
        "20ABCDEF",
        "2012345679",
        "73914628",
        "2650284179123",
    ] {
        assert_eq!(clear(Serial, value), [value.to_lowercase()], "{value}");
    }
    for value in [
        "abcdefg1",
        "7391462",
        "19990512",
        "20261127",
        "1764230400",
        "1764230400123",
    ] {
        let refusal = refusal(Serial, value).unwrap_or_default();
        assert!(refusal.contains("ordinary text"), "{value}: {refusal}");
    }
}

#[test]
fn values_have_their_longest() {
    let uuid = "0a1b2c3d-1111-4222-8333-0123456789ab";
    let blanks = |length: usize| uuid.replacen('-', &" ".repeat(length - 35), 1);
    assert_eq!(refusal(IdentifierKind::AdvertisingId, &blanks(64)), None);
    let refused = |length| Some(format!("{length} characters are too many"));
    assert_eq!(
        refusal(IdentifierKind::AdvertisingId, &blanks(65)),
        refused(65)
    );
    assert_eq!(
        refusal(IdentifierKind::AdvertisingId, &blanks(66)),
        refused(66)
    );
    let mailbox = |local: usize, all: usize| {
        format!("{}@{}.org", "k".repeat(local), "e".repeat(all - local - 5))
    };
    assert_eq!(refusal(Email, &mailbox(64, 254)), None);
    assert_eq!(refusal(Email, &mailbox(64, 255)), refused(255));
    assert_eq!(refusal(Email, &mailbox(64, 256)), refused(256));
    for local in [65, 66] {
        assert_eq!(
            refusal(Email, &mailbox(local, 100)).as_deref(),
            Some("what stands before the at sign is no mailbox")
        );
    }
}

#[test]
fn mailboxes() {
    for value in ["k@e.no", "Ka.Ri_n%x+y-z@mail.ex-ample.org"] {
        assert_eq!(clear(Email, value), [value.to_lowercase()]);
    }
    for (value, problem) in [
        ("@example.org", "before"),
        ("ka ri@example.org", "before"),
        ("kari@", "after"),
        ("kari@example", "after"),
        ("kari@example..org", "after"),
        ("kari@example.org-", "after"),
        ("kari@exa_mple.org", "after"),
    ] {
        let refusal = refusal(Email, value).unwrap_or_default();
        assert!(refusal.contains(problem), "{value}: {refusal}");
    }
}

#[test]
fn what_is_wrong_is_told_with_the_name_of_the_kind() {
    let error = TypedError::new(Imei, "it has 13 digits".to_owned());
    assert_eq!(
        error.to_string(),
        "imei: it has 13 digits. Dial *#06#: an IMEI has 15 digits, the last of which checks the \
         others"
    );
    assert_eq!(name_of(Cell), "this kind");
}
