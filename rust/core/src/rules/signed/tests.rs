//! What a pack must be to be used, and that nothing is lost where it is not.

mod vectors;

use super::*;
use crate::rules::tests::rule_file;
use crate::rules::{LARGEST_FILE, MOST_RULES};

const HOST: &str = "  host: {dns.query: bad.example}\n  condition: host";
const SIGNATURE: usize = 64;

fn key() -> SecretKey {
    SecretKey::new(&[7; 32])
}

fn trusted() -> Vec<PublicKey> {
    vec![SecretKey::new(&[9; 32]).public(), key().public()]
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// One rule, which does what its samples say.
fn rule() -> String {
    rule_file(1, HOST)
        .replace("match: [a.json]", "match: [{dns.query: bad.example}]")
        .replace(
            "no_match: [b.json]",
            "no_match: [{dns.query: good.example}]",
        )
}

fn made(day: &str) -> Vec<u8> {
    let file = pack(version(day), &[("tests/one.yml", &rule())]).unwrap();
    sign(&file, &key()).unwrap()
}

/// A signed pack whose header and body say what is given, whatever comes of it.
fn forged(rules: u32, inflated: u32, body: &[u8]) -> Vec<u8> {
    let mut file = made("2030-01-01")[..60].to_vec();
    file[16..20].copy_from_slice(&rules.to_be_bytes());
    file[20..24].copy_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    file[24..28].copy_from_slice(&inflated.to_be_bytes());
    file.extend_from_slice(body);
    file.extend_from_slice(&[0; SIGNATURE]);
    sign(&file, &key()).unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn entry(name: &str, text: &str) -> Vec<u8> {
    let mut entry = vec![u8::try_from(name.len()).unwrap()];
    entry.extend_from_slice(name.as_bytes());
    entry.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
    entry.extend_from_slice(text.as_bytes());
    entry
}

fn forged_of(rules: u32, plain: &[u8]) -> Vec<u8> {
    forged(rules, u32::try_from(plain.len()).unwrap(), &deflate(plain))
}

/// Which rules of the pack in use match a question for that name.
fn matching(rules: &RulesInUse, name: &str) -> Vec<String> {
    let sample = format!(r#"{{"dns.query": "{name}"}}"#);
    let sample = crate::rules::Sample::from_json(&sample).unwrap();
    sample.judged(|facts| {
        let matching = rules.pack().matching(facts).into_iter();
        matching.map(|rule| rule.title.clone()).collect()
    })
}

/// Gives the file to rules in use that must refuse it, and go on as before.
fn refusal(file: &[u8]) -> PackFileError {
    let mut rules = RulesInUse::built_in();
    let before = (rules.version(), matching(&rules, "zzhc.vnet.cn"));
    assert!(!before.1.is_empty());
    let refused = rules.replace(file, &trusted()).unwrap_err();
    assert_eq!(before, (rules.version(), matching(&rules, "zzhc.vnet.cn")));
    assert_eq!(matching(&rules, "bad.example"), Vec::<String>::new());
    assert!(!refused.to_string().is_empty());
    refused
}

#[test]
fn a_sound_pack_takes_the_place_of_the_rules() {
    let mut rules = RulesInUse::built_in();
    rules.replace(&made("2030-01-01.2"), &trusted()).unwrap();
    assert_eq!(matching(&rules, "bad.example"), ["Test rule"]);
    assert_eq!(matching(&rules, "zzhc.vnet.cn"), Vec::<String>::new());
    assert_eq!(rules.version().to_string(), "2030-01-01.2");
    // The rules that ship are still there to go back to.
    assert!(!matching(&RulesInUse::built_in(), "zzhc.vnet.cn").is_empty());
}

#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let file = made("2030-01-01");
    assert!(SignedPack::open(&file, &trusted()).is_ok());
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            assert!(
                SignedPack::open(&flipped, &trusted()).is_err(),
                "byte {at}, bit {bit}"
            );
        }
    }
    let mut body = file.clone();
    body[70] ^= 1;
    assert_eq!(refusal(&body), PackFileError::WrongSignature);
    let mut day = file.clone();
    day[13] ^= 2;
    assert_eq!(refusal(&day), PackFileError::WrongSignature);
    let mut signature = file;
    *signature.last_mut().unwrap() ^= 1;
    assert_eq!(refusal(&signature), PackFileError::WrongSignature);
}

#[test]
fn a_pack_that_is_cut_or_goes_on_is_noticed() {
    let file = made("2030-01-01");
    for length in 0..file.len() {
        let refused = SignedPack::open(&file[..length], &trusted()).unwrap_err();
        assert_eq!(refused, PackFileError::Cut, "{length} bytes");
    }
    assert_eq!(refusal(&file[..100]), PackFileError::Cut);
    let longer = [&file[..], b"\n"].concat();
    assert_eq!(refusal(&longer), PackFileError::TooLong);
    assert_eq!(refusal(b"title: x\n"), PackFileError::NoPack);
    let huge = vec![0; LARGEST_PACK + 1];
    assert_eq!(refusal(&huge), PackFileError::TooLarge(huge.len() as u64));
    let mut other = file;
    other[9] = 2;
    assert_eq!(refusal(&other), PackFileError::Format(2));
}

#[test]
fn only_who_is_trusted_may_sign() {
    let unsigned = pack(version("2030-01-01"), &[("one.yml", &rule())]).unwrap();
    assert_eq!(refusal(&unsigned), PackFileError::Unsigned);
    let stranger = SecretKey::new(&[8; 32]);
    let strange = sign(&unsigned, &stranger).unwrap();
    assert_eq!(
        refusal(&strange),
        PackFileError::UnknownSigner(stranger.public())
    );
    // The stranger under the name of somebody who is trusted.
    let mut posing = strange;
    posing[28..60].copy_from_slice(key().public().as_bytes());
    assert_eq!(refusal(&posing), PackFileError::WrongSignature);
    // What is signed anew is the new signer's.
    assert!(SignedPack::open(&sign(&posing, &key()).unwrap(), &trusted()).is_ok());
    assert_eq!(
        SignedPack::open(&made("2030-01-01"), RELEASE_KEYS).unwrap_err(),
        PackFileError::UnknownSigner(key().public()),
        "the tests' key is in no build"
    );
    let mut weak = unsigned;
    weak[28] = 1;
    assert_eq!(refusal(&weak), PackFileError::NoSigner);
}

#[test]
fn an_older_pack_is_refused() {
    let (older, in_use) = (version("2026-11-01"), RulesInUse::built_in().version());
    assert_eq!(
        refusal(&made("2026-11-01")),
        PackFileError::Older {
            version: older,
            in_use
        }
    );
    assert_eq!(
        refusal(&made(&in_use.to_string())),
        PackFileError::AsOld(in_use)
    );

    let mut rules = RulesInUse::built_in();
    rules.replace(&made("2030-01-01.1"), &trusted()).unwrap();
    let before = rules.replace(&made("2030-01-01"), &trusted());
    assert!(
        matches!(before, Err(PackFileError::Older { .. })),
        "{before:?}"
    );
    assert_eq!(matching(&rules, "bad.example"), ["Test rule"]);
    // The very same may come again, whoever it comes from.
    rules.replace(&made("2030-01-01.1"), &trusted()).unwrap();
    rules.replace(&made("2030-01-01.2"), &trusted()).unwrap();
}

#[test]
fn the_rules_that_ship_make_a_pack_that_is_the_same() {
    let file = pack(Version::built_in(), SOURCES).unwrap();
    let file = sign(&file, &key()).unwrap();
    let signed = SignedPack::open(&file, &trusted()).unwrap();
    assert_eq!(signed.changes(), Changes::default());
    assert_eq!(signed.fingerprint(), crate::rules::PACK_VERSION.fingerprint);
    assert_eq!(signed.pack().rules().len(), Pack::embedded().rules().len());
    assert_eq!(signed.signer(), &key().public());
    RulesInUse::built_in().replace(&file, &trusted()).unwrap();
    assert!(file.len() < LARGEST_PACK / 10, "{} bytes", file.len());
}

#[test]
fn what_differs_from_the_rules_that_ship_is_told() {
    let mut files = SOURCES.to_vec();
    let (_, gone) = files.remove(0);
    let (name, text) = files[0];
    let changed = text.replacen("description: >-", "description: >-\n  Anew.", 1);
    assert_ne!(changed, text);
    files[0] = (name, &changed);
    let new = rule();
    files.push(("new/one.yml", &new));
    let file = sign(&pack(version("2030-01-01"), &files).unwrap(), &key()).unwrap();
    let changes = SignedPack::open(&file, &trusted()).unwrap().changes();
    let titles = |rules: &[(String, String)]| {
        rules
            .iter()
            .map(|(_, title)| title.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(&changes.added), ["Test rule"]);
    assert!(gone.contains(&titles(&changes.removed).concat()));
    assert!(text.contains(&titles(&changes.changed).concat()));
    assert_eq!((changes.removed.len(), changes.changed.len()), (1, 1));
}

#[test]
fn a_bomb_is_refused_before_it_takes_room() {
    let zeros = deflate(&vec![0; 64 * 1024 * 1024]);
    assert!(zeros.len() < LARGEST_PACK);
    // It says what is in it.
    let says = 64 * 1024 * 1024;
    assert_eq!(
        refusal(&forged(1, says, &zeros)),
        PackFileError::TooMuchInside(says.into())
    );
    // It says less.
    assert_eq!(
        refusal(&forged(1, 1000, &zeros)),
        PackFileError::MoreInside(1000)
    );
    let most = u32::try_from(LARGEST_BODY).unwrap();
    assert_eq!(
        refusal(&forged(1, most, &zeros)),
        PackFileError::MoreInside(LARGEST_BODY)
    );
}

#[test]
fn too_many_or_too_large_rules_are_refused() {
    let too_many = u32::try_from(MOST_RULES).unwrap() + 1;
    assert_eq!(
        refusal(&forged_of(too_many, &entry("a.yml", "x"))),
        PackFileError::TooManyRules(too_many.into())
    );
    let names: Vec<_> = (0..too_many).map(|n| format!("{n:04}.yml")).collect();
    let texts: Vec<_> = (0..too_many).map(|n| rule_file(n, HOST)).collect();
    let pairs = names.iter().zip(&texts);
    let files: Vec<_> = pairs
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    assert!(pack(version("2030-01-01"), &files).is_err());
    let long = format!("{}#{}", rule(), "x".repeat(LARGEST_FILE));
    let refused = pack(version("2030-01-01"), &[("a.yml", &long)]).unwrap_err();
    assert_eq!(
        refused,
        PackFileError::LongRule(String::from("a.yml"), long.len())
    );
    assert_eq!(refusal(&forged_of(1, &entry("a.yml", &long))), refused);
}

#[test]
fn a_body_that_is_not_laid_out_as_it_must_be_is_refused() {
    let one = entry("b.yml", &rule());
    assert!(SignedPack::open(&forged_of(1, &one), &trusted()).is_ok());
    for (rules, plain, problem) in [
        (2, one.clone(), "fewer rules are inside than it says"),
        (0, one.clone(), "more rules are inside than it says"),
        (
            1,
            one[..one.len() - 1].to_vec(),
            "a rule in it ends too soon",
        ),
        (1, one[..3].to_vec(), "a rule in it ends too soon"),
        (1, one[..8].to_vec(), "a rule in it ends too soon"),
        (
            2,
            [&one[..], &one].concat(),
            "not in the order of their names",
        ),
        (
            2,
            [&one[..], &entry("a.yml", "x")].concat(),
            "not in the order of their names",
        ),
        (
            1,
            entry("../b.yml", "x"),
            "a rule cannot be called \"../b.yml\"",
        ),
        (
            1,
            entry("/b.yml", "x"),
            "a rule cannot be called \"/b.yml\"",
        ),
        (1, entry("b.txt", "x"), "a rule cannot be called \"b.txt\""),
        (
            1,
            entry("b\u{7}.yml", "x"),
            "a rule cannot be called \"b\\u{7}.yml\"",
        ),
        (
            1,
            entry(&format!("{}.yml", "b".repeat(126)), "x"),
            "at most 128",
        ),
        (
            1,
            b"\x05b.yml\0\0\0\x02\xff\xff".to_vec(),
            "no text (UTF-8)",
        ),
        (
            1,
            b"\x05b.yml\xff\xff\xff\xff".to_vec(),
            "a rule in it ends too soon",
        ),
    ] {
        let refused = refusal(&forged_of(rules, &plain)).to_string();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
    let length = u32::try_from(one.len()).unwrap();
    for (inflated, body, problem) in [
        (length + 1, deflate(&one), "less is inside than it says"),
        (
            length,
            [&deflate(&one)[..], b"x"].concat(),
            "something behind its body",
        ),
        (length, one.clone(), "does not inflate"),
        (length, Vec::new(), "does not inflate"),
    ] {
        let refused = refusal(&forged(1, inflated, &body)).to_string();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
    let mut undated = made("2030-01-01");
    undated[12] = 13;
    assert_eq!(
        refusal(&sign(&undated, &key()).unwrap()),
        PackFileError::NoDate
    );
}

#[test]
fn one_wrong_rule_has_the_whole_pack_refused() {
    let wrong = rule().replace("level: low", "level: lo");
    let plain = [entry("a.yml", &rule()), entry("b.yml", &wrong)].concat();
    let refused = refusal(&forged_of(2, &plain)).to_string();
    assert!(refused.contains("refused as a whole"), "{refused}");
    assert!(
        refused.contains("b.yml, line 4: unknown level `lo`"),
        "{refused}"
    );
    let unlike = rule().replace(
        "no_match: [{dns.query: good.example}]",
        "no_match: [{dns.query: bad.example}]",
    );
    let refused = refusal(&forged_of(1, &entry("a.yml", &unlike))).to_string();
    assert!(
        refused.contains("the rule must not match this sample, and does"),
        "{refused}"
    );
    for text in [&wrong, &unlike] {
        let refused = pack(version("2030-01-01"), &[("a.yml", text)]).unwrap_err();
        assert!(matches!(refused, PackFileError::Rules(_)), "{refused}");
    }
}
