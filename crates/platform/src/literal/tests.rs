//! Values and references as files write them.

use super::*;
use crate::ModelName;
use crate::field::OnDelete;
use crate::source::Document;

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

fn read(kind: FieldKind, text: &str) -> Result<Literal, String> {
    let document = Document::parse("config.toml", &format!("f = {text}")).expect("valid TOML");
    let entry = document.root().require("f").expect("a value");
    Literal::read(&field(kind), entry).map_err(|error| error.to_string())
}

fn named(text: &str) -> Reference {
    Reference::parse(text).expect("an external id")
}

fn users() -> ModelName {
    ModelName::new("res.users").expect("a name")
}

#[test]
fn destinations_name_their_record_by_external_id() {
    let destination = |text: &str| read(FieldKind::Destination, &format!("{text:?}"));
    assert_eq!(destination("hangup"), Ok(Literal::Value(Value::Destination(DestinationRef::Hangup))));
    let sales = Literal::Destination { kind: "ring_group".into(), to: named("sales") };
    assert_eq!(destination("ring_group:sales"), Ok(sales));
    let other = Literal::Destination { kind: "extension".into(), to: named("pbx.front-desk") };
    assert_eq!(destination("extension:pbx.front-desk"), Ok(other));
    let forward = DestinationRef::Forward("+442079460018".into());
    assert_eq!(destination("forward:+442079460018"), Ok(Literal::Value(Value::Destination(forward))));
    assert_eq!(
        destination("ring_grup:sales"),
        Err("config.toml:1: found the unknown kind of destination `ring_grup`, did you mean `ring_group`?"
            .into())
    );
    for text in ["", "hang up", "ring_group:", "ring_group:a b", "forward:", "forward:a\nb"] {
        assert!(destination(text).is_err(), "{text:?}");
    }
}

#[test]
fn relations_keep_the_names_of_their_records() {
    let many2one = FieldKind::Many2one { to: users(), on_delete: OnDelete::Restrict };
    let literal = read(many2one.clone(), "\"base.admin\"").expect("an external id");
    assert_eq!(literal, Literal::Record(named("base.admin")));
    let field = field(many2one);
    assert_eq!(literal.references(&field), [("res.users".to_owned(), &named("base.admin"))]);
    let many = read(FieldKind::Many2many { to: users() }, "[\"admin\", \"base.admin\"]");
    assert_eq!(many, Ok(Literal::Records(vec![named("admin"), named("base.admin")])));
    assert_eq!(named("admin").module_or("base"), "base");
    assert_eq!(named("crm.admin").module_or("base"), "crm");
    for text in ["a.b.c", "", ".", "a.", ".a", "a b"] {
        assert_eq!(Reference::parse(text), None, "{text:?}");
    }
}

#[test]
fn plain_values_take_the_type_of_their_field_and_are_checked() {
    let value = |kind, text: &str| {
        read(kind, text).map(|literal| match literal {
            Literal::Value(value) => value,
            other => panic!("{other:?} names a record"),
        })
    };
    let price = Value::Decimal("19.90".parse().expect("a decimal"));
    assert_eq!(value(FieldKind::Decimal { digits: 2 }, "19.90"), Ok(price.clone()));
    assert_eq!(value(FieldKind::Decimal { digits: 2 }, "\"19.90\""), Ok(price));
    assert_eq!(
        value(FieldKind::Decimal { digits: 1 }, "0.25"),
        Err("config.toml:1: `f` must have at most 1 digits after the point".into())
    );
    assert!(value(FieldKind::Decimal { digits: 2 }, "nan").is_err());
    let day = Value::Date(jiff::civil::date(2026, 12, 24));
    assert_eq!(value(FieldKind::Date, "2026-12-24"), Ok(day.clone()));
    assert_eq!(value(FieldKind::Date, "\"2026-12-24\""), Ok(day));
    assert!(matches!(value(FieldKind::Datetime, "2026-12-24T18:05:00Z"), Ok(Value::Instant(_))));
    assert!(value(FieldKind::Datetime, "2026-12-24T18:05:00").is_err(), "an instant needs its offset");
    assert_eq!(
        value(FieldKind::Json, "{ a = [1, 2.5, true] }"),
        Ok(Value::Json(serde_json::json!({"a": [1, 2.5, true]})))
    );
    assert_eq!(
        value(FieldKind::Char { size: 2 }, "\"abc\""),
        Err("config.toml:1: `f` must have at most 2 characters".into())
    );
    assert_eq!(
        value(FieldKind::Integer { min: Some(1), max: None }, "0"),
        Err("config.toml:1: `f` must be at least 1".into())
    );
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    assert_eq!(read(FieldKind::Secret, "\"hunter2\""), Ok(Literal::Value(Value::Bytes(b"hunter2".to_vec()))));
    for text in ["12345678", "[\"hunter2\"]"] {
        let error = read(FieldKind::Secret, text).expect_err("no text");
        assert!(!error.contains("hunter2") && !error.contains("12345678"), "{error}");
    }
}
