use super::super::xml::{decode, is_xml, walk};
use super::*;

#[test]
fn what_begins_as_xml() {
    for (text, is) in [
        ("<a>x</a>", true),
        ("<a/>", true),
        ("<?xml?><a/>", true),
        ("<_a/>", true),
        ("x <b>y</b>", false),
        ("< a></a>", false),
        ("<1/>", false),
        ("<a b", false),
    ] {
        assert_eq!(is_xml(text), is, "{text}");
    }
}

#[test]
fn what_is_heard_of_xml() {
    for (text, lines) in [
        ("<imei>35</imei>", &["imei=35"][..]),
        ("<r><imei>35</imei></r>", &["r.imei=35", "r{imei=35}"]),
        (
            "<r t=\"x>y\" u='z\">' imei=\"1\"/>",
            &["r.t=x>y", "r.u=z\">", "r.imei=1", "r{t=x>y u=z\"> imei=1}"],
        ),
        ("<r><!-- a --><![CDATA[b]]></r>", &["= a ", "r=b"]),
    ] {
        assert_eq!(heard(|sink| walk(text, sink)), lines, "{text}");
    }
}

#[test]
fn entities_are_undone() {
    assert_eq!(
        decode("&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#X43;&nope;&#x110000;& b"),
        "<>&\"'ABC&nope;&#x110000;& b"
    );
    assert!(matches!(decode("plain"), Cow::Borrowed("plain")));
}
