//! Values on their way to JSON and back.

use super::*;
use crate::ModelName;
use crate::field::OnDelete;
use proptest::prelude::*;
use serde_json::json;

fn field(kind: FieldKind) -> Field {
    Field::new("f", kind)
}

fn model() -> ModelName {
    ModelName::new("res.users").expect("a name")
}

fn kinds() -> Vec<FieldKind> {
    vec![
        FieldKind::Char { size: 20 },
        FieldKind::Text,
        FieldKind::Boolean,
        FieldKind::Integer { min: None, max: None },
        FieldKind::Decimal { digits: 4, min: None, max: None },
        FieldKind::Date,
        FieldKind::Datetime,
        FieldKind::Selection { options: vec!["a".into()] },
        FieldKind::Many2one { to: model(), on_delete: OnDelete::Restrict },
        FieldKind::Many2many { to: model() },
        FieldKind::Html,
        FieldKind::Float { min: None, max: None },
        FieldKind::Monetary { digits: 2, currency: "c".into(), min: None, max: None },
        FieldKind::Reference { to: vec![model()], on_delete: OnDelete::Restrict },
        FieldKind::Destination,
        FieldKind::Json,
        FieldKind::Binary,
    ]
}

#[test]
fn a_fraction_is_the_same_to_the_last_bit_once_it_was_written_and_read_as_text() {
    for number in [1.844_674_407_370_900_6e21, 0.1 + 0.2, f64::MIN_POSITIVE, f64::MAX, 5e-324] {
        let text = serde_json::to_string(&number).expect("a finite number");
        let read: f64 = serde_json::from_str(&text).expect("a number");
        assert_eq!(read.to_bits(), number.to_bits(), "{text}");
    }
}

#[test]
fn each_type_reads_its_own_json_and_writes_it_back() {
    let rows = [
        (FieldKind::Char { size: 9 }, json!("x")),
        (FieldKind::Boolean, json!(true)),
        (FieldKind::Integer { min: None, max: None }, json!(-7)),
        (FieldKind::Decimal { digits: 2, min: None, max: None }, json!("19.90")),
        (FieldKind::Html, json!("<p>x</p>")),
        (FieldKind::Float { min: None, max: None }, json!(-0.5)),
        (FieldKind::Monetary { digits: 2, currency: "c".into(), min: None, max: None }, json!("19.90")),
        (FieldKind::Reference { to: vec![model()], on_delete: OnDelete::Restrict }, json!("res.users,7")),
        (FieldKind::Date, json!("2026-12-24")),
        (FieldKind::Datetime, json!("2026-12-24T18:05:00.123456Z")),
        (FieldKind::Many2one { to: model(), on_delete: OnDelete::Restrict }, json!(12)),
        (FieldKind::Many2many { to: model() }, json!([1, 2])),
        (FieldKind::Destination, json!("ring_group:12")),
        (FieldKind::Destination, json!("forward:+442079460018")),
        (FieldKind::Json, json!({"a": [1, null]})),
        (FieldKind::Binary, json!("AAEC")),
    ];
    for (kind, json) in rows {
        let field = field(kind);
        let value = Value::from_json(&field, &json).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(value.to_json(&field), json);
    }
}

#[test]
fn other_spellings_of_the_same_value_come_out_alike() {
    let datetime = field(FieldKind::Datetime);
    let value = Value::from_json(&datetime, &json!("2026-12-24T19:05:00.1234567+01:00")).expect("an instant");
    assert_eq!(value.to_json(&datetime), json!("2026-12-24T18:05:00.123456Z"));
    let decimal = field(FieldKind::Decimal { digits: 2, min: None, max: None });
    assert_eq!(
        Value::from_json(&decimal, &json!(0.1)).map(|value| value.to_json(&decimal)),
        Ok(json!("0.1"))
    );
    assert_eq!(Value::Null.to_json(&field(FieldKind::Boolean)), json!(false));
}

#[test]
fn a_secret_goes_in_and_never_comes_out() {
    let secret = field(FieldKind::Secret);
    let value = Value::from_json(&secret, &json!("hunter2")).expect("a text");
    assert_eq!(value, Value::Bytes(b"hunter2".to_vec()));
    for value in [value, Value::Text("hunter2".into()), Value::Null] {
        assert_eq!(value.to_json(&secret), Json::Null);
    }
    let error = Value::from_json(&secret, &json!(["hunter2"])).expect_err("a list");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn json_of_another_type_is_refused() {
    let rows = [
        (FieldKind::Char { size: 9 }, json!(1)),
        (FieldKind::Boolean, json!("true")),
        (FieldKind::Integer { min: None, max: None }, json!(1.5)),
        (FieldKind::Integer { min: None, max: None }, json!("1")),
        (FieldKind::Decimal { digits: 2, min: None, max: None }, json!("ten")),
        (FieldKind::Date, json!("2026-12-24T00:00:00Z")),
        (FieldKind::Date, json!("2026-02-30")),
        (FieldKind::Datetime, json!("2026-12-24 18:05")),
        (FieldKind::Many2one { to: model(), on_delete: OnDelete::Restrict }, json!(0)),
        (FieldKind::Many2many { to: model() }, json!([1, "2"])),
        (FieldKind::Destination, json!("ring_group:sales")),
        (FieldKind::Binary, json!("not base64")),
    ];
    for (kind, json) in rows {
        let refused = Value::from_json(&field(kind), &json);
        assert_eq!(refused.expect_err("another type").name(), "wrong_type", "{json}");
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,20}".prop_map(Json::from),
        "[0-9T:Z.+eE-]{0,25}".prop_map(Json::from),
        "(extension|forward|hangup|menu):?[0-9]{0,20}".prop_map(Json::from),
        prop::collection::vec(any::<i64>().prop_map(Json::from), 0..3).prop_map(Json::from),
    ]
}

proptest! {
    #[test]
    fn what_is_read_reads_the_same_after_it_was_written(json in any_json(), kind in prop::sample::select(kinds())) {
        let field = field(kind);
        if let Ok(value) = Value::from_json(&field, &json) {
            // Compared as written, for an unset boolean is written as false.
            let written = value.to_json(&field);
            let again = Value::from_json(&field, &written).map(|value| value.to_json(&field));
            prop_assert_eq!(again, Ok(written));
        }
    }
}
