//! Samples of the Unicode facts, recorded from CPython 3.14. `ir/unicode/check.py` compares all of them.

use ir::unicode::{self as u, Form, Named};

#[test]
fn names() {
    let cases: &[(&str, Option<u32>)] = &[
        ("latin small letter a", Some(0x61)),
        ("ALERT", Some(7)),
        ("HANGUL SYLLABLE GGOELS", Some(0xAF8C)),
        ("CJK UNIFIED IDEOGRAPH-4E00", Some(0x4E00)),
        ("CJK UNIFIED IDEOGRAPH-04E00", None),
        ("TANGUT IDEOGRAPH-17000", Some(0x17000)),
        ("SNAKE", Some(0x1F40D)),
        ("KEYCAP DIGIT ONE", None),
        ("NO SUCH NAME", None),
    ];
    for &(name, point) in cases {
        assert_eq!(u::lookup_character(name), point, "{name}");
    }
    assert_eq!(u::lookup_name("KEYCAP DIGIT ONE"), Some(Named::Sequence(&[0x31, 0xFE0F, 0x20E3])));
    assert_eq!(u::name_of(0x1F40D).as_deref(), Some("SNAKE"));
    assert_eq!(u::name_of(0xAF8C).as_deref(), Some("HANGUL SYLLABLE GGOELS"));
    assert_eq!(u::name_of(0x17000), None);
    assert_eq!(u::name_of(7), None);
}

#[test]
fn normal_forms() {
    assert_eq!(u::nfkc("ﬁn_ℌ"), "fin_H");
    assert_eq!(u::normalize(Form::Nfd, [0x1E69]), [0x73, 0x323, 0x307]);
    assert_eq!(u::normalize(Form::Nfc, [0x73, 0x307, 0x323]), [0x1E69]);
    assert_eq!(u::normalize(Form::Nfc, [0x1100, 0x1161, 0x11A8]), [0xAC01]);
}

#[test]
fn case_mappings() {
    assert_eq!(&*u::to_upper(0xDF), &[0x53, 0x53]);
    assert_eq!(&*u::to_lower(0x130), &[0x69, 0x307]);
    assert_eq!(&*u::to_title(0x1C4), &[0x1C5]);
    assert_eq!(&*u::casefold(0x3C2), &[0x3C3]);
    assert_eq!(&*u::to_upper(0xD800), &[0xD800]);
    assert_eq!(&*u::to_upper(u32::MAX), &[u32::MAX]);
}
