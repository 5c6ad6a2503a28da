use super::*;

#[test]
fn instructions_are_stepped_over_by_their_length() {
    // aload_0; ldc #5; invokevirtual #258; invokeinterface #3; wide iinc; return
    let code = [
        0x2a, 0x12, 5, 0xb6, 1, 2, 0xb9, 0, 3, 1, 0, 0xc4, 0x84, 0, 1, 0, 2, 0xb1,
    ];
    let mut at = 0;
    let mut seen = Vec::new();
    while at < code.len() {
        let (index, next) = instruction(&code, at).unwrap();
        seen.push((at, index));
        at = next;
    }
    let expected = [
        (0, None),
        (1, Some(5)),
        (3, Some(258)),
        (6, Some(3)),
        (11, None),
        (17, None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(at, code.len());
}

#[test]
fn switches_are_as_long_as_they_say() {
    // tableswitch at 1, padded to 4: default, low 1, high 2, two jumps.
    let mut table = vec![0x00, 0xaa, 0, 0];
    for word in [0_u32, 1, 2, 0, 0] {
        table.extend(word.to_be_bytes());
    }
    assert_eq!(instruction(&table, 1), Some((None, table.len())));
    // lookupswitch at 0: default, one pair.
    let mut lookup = vec![0xab, 0, 0, 0];
    for word in [0_u32, 1, 7, 0] {
        lookup.extend(word.to_be_bytes());
    }
    assert_eq!(instruction(&lookup, 0), Some((None, lookup.len())));
}

#[test]
fn what_is_no_class_file_is_refused() {
    assert!(ClassFile::parse(b"").is_none());
    assert!(ClassFile::parse(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 9, 1]).is_none());
}
