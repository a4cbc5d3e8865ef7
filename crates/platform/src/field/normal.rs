//! The one form of a value: what two ways to write the same come to before it is judged, compared or stored.

use super::{Field, FieldKind, html};
use crate::value::Value;
use opbx_kernel::clock;
use rust_decimal::{Decimal, RoundingStrategy};

impl Field {
    /// Gives a value the one form in which it will be read back. Doing it twice changes nothing more.
    ///
    /// Markup is cleaned here, so that nothing else than clean markup is ever judged or stored. Amounts of money are
    /// rounded later, by `round_money`, for only the record's currency knows to how many digits.
    pub fn normal(&self, value: Value) -> Value {
        match (&self.kind, value) {
            // An unset boolean reads false everywhere, so it is stored as false.
            (FieldKind::Boolean, Value::Null) => Value::Bool(false),
            (FieldKind::Many2many { .. }, Value::Null) => Value::Records(Vec::new()),
            (FieldKind::Many2many { .. }, Value::Records(mut ids)) => {
                ids.sort_unstable();
                ids.dedup();
                Value::Records(ids)
            }
            (FieldKind::Html, Value::Text(markup)) => Value::Text(html::clean(&markup)),
            (FieldKind::Float { .. }, Value::Int(number)) => whole(number),
            // Zero has no sign that anybody wants to see.
            (FieldKind::Float { .. }, Value::Float(0.0)) => Value::Float(0.0),
            (_, Value::Instant(at)) => Value::Instant(clock::to_micros(at)),
            (_, value) => value,
        }
    }
}

/// A whole number as a float, where it is one exactly.
#[expect(clippy::cast_precision_loss, reason = "the bound keeps it exact")]
fn whole(number: i64) -> Value {
    let is_exact = number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS;
    if is_exact { Value::Float(number as f64) } else { Value::Int(number) }
}

/// Rounds an amount of money to a currency's digits, halves away from zero, as on a bill.
pub fn round_money(amount: Decimal, digits: u8) -> Decimal {
    amount.round_dp_with_strategy(digits.into(), RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_as_on_a_bill() {
        let rounded = |text: &str, digits| round_money(text.parse().expect("a decimal"), digits).to_string();
        assert_eq!(rounded("2.345", 2), "2.35");
        assert_eq!(rounded("-2.345", 2), "-2.35");
        assert_eq!(rounded("1.5", 0), "2");
        assert_eq!(rounded("1.2345", 3), "1.235");
    }

    #[test]
    fn a_float_takes_whole_numbers_and_has_one_zero() {
        let float = Field::new("f", FieldKind::Float { min: None, max: None });
        assert_eq!(float.normal(Value::Int(3)), Value::Float(3.0));
        let Value::Float(zero) = float.normal(Value::Float(-0.0)) else { panic!("a float") };
        assert!(zero.is_sign_positive());
        assert_eq!(
            float.normal(Value::Int(i64::MAX)),
            Value::Int(i64::MAX),
            "what is not exact is refused later"
        );
    }
}
