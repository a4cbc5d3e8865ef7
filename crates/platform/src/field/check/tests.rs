//! Which values fit a field, and what the others are told.

use super::*;
use crate::value::DestinationRef;
use rust_decimal::Decimal;

fn field(kind: FieldKind) -> Field {
    Field {
        name: "f".into(),
        title: "F".into(),
        kind,
        required: false,
        default: None,
        unique: None,
        index: false,
        immutable: false,
        folded: false,
        format: None,
        groups: Vec::new(),
    }
}

fn required(kind: FieldKind) -> Field {
    Field { required: true, ..field(kind) }
}

fn refusal(field: &Field, value: impl Into<Value>) -> Option<&'static str> {
    field.check(&value.into()).err().map(|error| error.name())
}

#[test]
fn unset_is_refused_only_where_the_field_is_required() {
    assert_eq!(refusal(&field(FieldKind::Date), Value::Null), None);
    assert_eq!(refusal(&required(FieldKind::Date), Value::Null), Some("required"));
    assert_eq!(refusal(&required(FieldKind::Char { size: 5 }), "  "), Some("required"));
    assert_eq!(refusal(&required(FieldKind::Secret), Value::Bytes(Vec::new())), Some("required"));
}

#[test]
fn size_counts_characters_and_not_bytes() {
    let five = field(FieldKind::Char { size: 5 });
    assert_eq!(refusal(&five, "äöüßé"), None);
    assert_eq!(refusal(&five, "äöüßéx"), Some("too_long"));
    assert_eq!(refusal(&field(FieldKind::Text), "x".repeat(TEXT_LEN_MAX)), None);
    assert_eq!(refusal(&field(FieldKind::Text), "x".repeat(TEXT_LEN_MAX + 1)), Some("too_long"));
}

#[test]
fn a_line_holds_no_control_characters_and_a_text_no_nul() {
    let line = field(FieldKind::Char { size: 50 });
    for text in ["a\nb", "a\0b", "a\u{85}b", "\u{7f}"] {
        assert_eq!(refusal(&line, text), Some("control_character"), "{text:?}");
    }
    assert_eq!(refusal(&field(FieldKind::Text), "a\r\n\tb"), None);
    assert_eq!(refusal(&field(FieldKind::Text), "a\0b"), Some("control_character"));
}

#[test]
fn whole_numbers_keep_to_their_bounds_and_to_53_bits() {
    let bounded = field(FieldKind::Integer { min: Some(5), max: Some(300) });
    assert_eq!(refusal(&bounded, 4), Some("too_small"));
    assert_eq!(refusal(&bounded, 5), None);
    assert_eq!(refusal(&bounded, 300), None);
    assert_eq!(refusal(&bounded, 301), Some("too_big"));
    let free = field(FieldKind::Integer { min: None, max: None });
    assert_eq!(refusal(&free, (1_i64 << 53) - 1), None);
    assert_eq!(refusal(&free, 1_i64 << 53), Some("too_big"));
    assert_eq!(refusal(&free, -(1_i64 << 53)), Some("too_small"));
    assert_eq!(refusal(&free, i64::MIN), Some("too_small"));
}

#[test]
fn decimals_keep_to_their_digits_and_to_64_bits_of_the_smallest_unit() {
    let money = field(FieldKind::Decimal { digits: 2 });
    assert_eq!(refusal(&money, Decimal::new(1_999, 2)), None);
    assert_eq!(refusal(&money, Decimal::new(1_9990, 3)), None, "a last zero says nothing");
    assert_eq!(refusal(&money, Decimal::new(1_999, 3)), Some("too_precise"));
    assert_eq!(refusal(&money, Decimal::from(i64::MAX)), Some("too_big"));
    assert_eq!(refusal(&money, Decimal::MIN), Some("too_small"));
}

#[test]
fn a_selection_takes_its_options_only() {
    let strategy = field(FieldKind::Selection { options: vec!["random".into(), "sequential".into()] });
    assert_eq!(refusal(&strategy, "random"), None);
    assert_eq!(refusal(&strategy, "Random"), Some("not_an_option"));
    let error = strategy.check(&"x".into()).expect_err("no option");
    assert_eq!(error.to_string(), "must be one of: random, sequential");
}

#[test]
fn a_value_of_another_type_is_refused_without_being_repeated() {
    let error = field(FieldKind::Secret).check(&"hunter2".into()).expect_err("secrets are bytes");
    assert_eq!(error.name(), "wrong_type");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let long = Value::Bytes(b"hunter2".repeat(SECRET_LEN_MAX));
    let error = field(FieldKind::Secret).check(&long).expect_err("too long");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn lists_of_records_are_bounded() {
    let id = opbx_kernel::RecordId::new(1).expect("1 is an id");
    let to = crate::ModelName::new("res.groups").expect("a name");
    let groups = required(FieldKind::Many2many { to: to.clone() });
    assert_eq!(refusal(&groups, vec![id]), None);
    assert_eq!(refusal(&groups, vec![id; RELATED_MAX + 1]), Some("too_many"));
    assert_eq!(refusal(&groups, Value::Records(Vec::new())), Some("required"));
    let lines = field(FieldKind::One2many { to, inverse: "x".into(), max: Some(2) });
    assert_eq!(refusal(&lines, vec![id; 3]), Some("too_many"));
}

#[test]
fn the_target_of_a_forward_is_one_short_line() {
    let destination = field(FieldKind::Destination);
    assert_eq!(refusal(&destination, DestinationRef::Forward("sip:a@example.com".into())), None);
    assert_eq!(refusal(&destination, DestinationRef::Forward("a\r\nb".into())), Some("control_character"));
    assert_eq!(refusal(&destination, DestinationRef::Forward("1".repeat(300))), Some("too_long"));
}

#[test]
fn formats_take_what_they_describe_and_nothing_else() {
    let rows: &[(Format, &[&str], &[&str])] = &[
        (Format::ExtensionNumber, &["100", "99999"], &["10", "100000", "10a", "１００", "+100"]),
        (Format::E164, &["+442079460018"], &["442079460018", "+0123456789", "+44 20"]),
        (
            Format::Email,
            &["admin@example.com", "o'neil+x@mail.example.co.uk", "ü@example.com"],
            &[
                "admin",
                "@example.com",
                "a@b@example.com",
                "a b@example.com",
                "a@example",
                "a@-x.com",
                "<a@example.com",
            ],
        ),
        (Format::Slug, &["acme", "a-1"], &["", "-a", "a-", "Acme", "a_b", "a b"]),
        (Format::TimeZone, &["UTC", "Europe/Brussels"], &["europe/brussels", "Mars/Olympus", "", "+01:00"]),
        (Format::Country, &["BE"], &["be", "BEL", "1A", ""]),
        (
            Format::Url,
            &["https://pbx.example.com", "http://127.0.0.1:8080/x?y=1", "https://[::1]/"],
            &[
                "ftp://example.com",
                "https://",
                "https:///x",
                "https://u:p@example.com",
                "https://a b",
                "example.com",
            ],
        ),
    ];
    for (format, right, wrong) in rows {
        for text in *right {
            assert_eq!(format.check(text), Ok(()), "{format:?} {text:?}");
        }
        for text in *wrong {
            assert!(format.check(text).is_err(), "{format:?} {text:?}");
        }
    }
    let slug = Field { format: Some(Format::Slug), ..field(FieldKind::Char { size: 63 }) };
    assert_eq!(refusal(&slug, "Not A Slug"), Some("bad_format"));
    assert_eq!(refusal(&slug, ""), None);
}
