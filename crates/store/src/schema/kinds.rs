//! Whether a field takes all that it took before: which changes of type are wider, narrower, or none at all.

use super::memory::Shape;
use crate::dialect::ColumnType;
use opbx_platform::field::{Field, FieldKind};

/// What a new declaration means for the values that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Every value fits as it is stored.
    Same,
    /// Every value fits, in another form.
    Convert(Conversion),
    /// Some values may not fit; they are stored as before, or in another form.
    Narrow(Unfitting, Option<Conversion>),
    /// No step leads from the one to the other.
    Never,
}

/// The forms between which numbers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    IntegerToDecimal,
    IntegerToFloat,
    DecimalToInteger,
    FloatToInteger,
}

/// Which values a narrowed field does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfitting {
    LongerThan(usize),
    NoneOf(Vec<String>),
    Fractions(Conversion),
}

/// The longest option of a selection, in characters.
const OPTION_LEN_MAX: usize = 50;

/// Compares a field with what is remembered of it.
pub(crate) fn fit(old: &Shape, new: &Field) -> Fit {
    let to_decimal = matches!(new.kind, FieldKind::Decimal { .. } | FieldKind::Monetary { .. });
    match (old.kind.as_str(), &new.kind) {
        ("char", FieldKind::Char { size }) => match old.size {
            Some(before) if before > *size => Fit::Narrow(Unfitting::LongerThan(*size), None),
            _ => Fit::Same,
        },
        ("text", FieldKind::Char { size }) => Fit::Narrow(Unfitting::LongerThan(*size), None),
        ("selection", FieldKind::Char { size }) if *size >= OPTION_LEN_MAX => Fit::Same,
        ("char" | "selection" | "html", FieldKind::Text) => Fit::Same,
        ("selection", FieldKind::Selection { options })
            if old.options.iter().all(|option| options.contains(option)) =>
        {
            Fit::Same
        }
        ("char" | "text" | "selection", FieldKind::Selection { options }) => {
            Fit::Narrow(Unfitting::NoneOf(options.clone()), None)
        }
        ("decimal" | "monetary", _) if to_decimal => Fit::Same,
        ("integer", _) if to_decimal => Fit::Convert(Conversion::IntegerToDecimal),
        ("integer", FieldKind::Float { .. }) => Fit::Convert(Conversion::IntegerToFloat),
        ("decimal" | "monetary", FieldKind::Integer { .. }) => {
            let conversion = Conversion::DecimalToInteger;
            Fit::Narrow(Unfitting::Fractions(conversion), Some(conversion))
        }
        ("float", FieldKind::Integer { .. }) => {
            let conversion = Conversion::FloatToInteger;
            Fit::Narrow(Unfitting::Fractions(conversion), Some(conversion))
        }
        (before, now) if before == now.word() => Fit::Same,
        _ => Fit::Never,
    }
}

/// The type of the column that a kind had, by its word; `None` where it had none.
pub(crate) fn column_of(kind: &str) -> Option<ColumnType> {
    Some(match kind {
        "char" | "text" | "html" | "selection" | "reference" | "destination" => ColumnType::Text,
        "boolean" => ColumnType::Boolean,
        "integer" | "many2one" => ColumnType::Integer,
        "decimal" | "monetary" => ColumnType::Decimal,
        "float" => ColumnType::Float,
        "date" => ColumnType::Date,
        "datetime" => ColumnType::Instant,
        "json" => ColumnType::Json,
        "binary" | "secret" => ColumnType::Bytes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: FieldKind) -> Shape {
        Shape::of(&Field::new("f", kind))
    }

    fn options(words: &[&str]) -> FieldKind {
        FieldKind::Selection { options: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn what_is_wider_follows_by_itself_and_what_is_narrower_does_not() {
        let char = |size| FieldKind::Char { size };
        let integer = || FieldKind::Integer { min: None, max: None };
        let decimal = || FieldKind::Decimal { digits: 2, min: None, max: None };
        let float = || FieldKind::Float { min: None, max: None };
        for (old, new, expected) in [
            (char(10), char(20), Fit::Same),
            (char(20), char(10), Fit::Narrow(Unfitting::LongerThan(10), None)),
            (char(10), FieldKind::Text, Fit::Same),
            (FieldKind::Text, char(10), Fit::Narrow(Unfitting::LongerThan(10), None)),
            (FieldKind::Html, FieldKind::Text, Fit::Same),
            // What was plain text may hold what must not be shown as markup.
            (FieldKind::Text, FieldKind::Html, Fit::Never),
            (options(&["a"]), options(&["b", "a"]), Fit::Same),
            (options(&["a", "b"]), options(&["a"]), Fit::Narrow(Unfitting::NoneOf(vec!["a".into()]), None)),
            (options(&["a"]), char(50), Fit::Same),
            (options(&["a"]), char(49), Fit::Never),
            (integer(), decimal(), Fit::Convert(Conversion::IntegerToDecimal)),
            (integer(), float(), Fit::Convert(Conversion::IntegerToFloat)),
            (decimal(), float(), Fit::Never),
            (float(), decimal(), Fit::Never),
            (FieldKind::Boolean, integer(), Fit::Never),
            (FieldKind::Date, FieldKind::Date, Fit::Same),
        ] {
            assert_eq!(
                fit(&shape(old.clone()), &Field::new("f", new.clone())),
                expected,
                "{old:?} to {new:?}"
            );
        }
    }

    #[test]
    fn every_kind_that_has_a_column_is_known_by_its_word() {
        let kinds = [
            FieldKind::Html,
            options(&[]),
            FieldKind::Boolean,
            FieldKind::Float { min: None, max: None },
            FieldKind::Datetime,
            FieldKind::Secret,
            FieldKind::Destination,
        ];
        for kind in kinds {
            assert_eq!(column_of(kind.word()), ColumnType::of(&kind), "{kind:?}");
        }
    }
}
