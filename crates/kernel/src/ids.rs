//! Typed ids. An id is positive, below 2^53 (so that JavaScript can hold it) and never reused.

/// The first number that is no id any more: 2^53.
pub const ID_END: i64 = 1 << 53;

/// A number that cannot be an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an id: ids are whole numbers from 1 to 2^53 - 1")]
pub struct InvalidId(pub i64);

/// Declares id types, each its own type over one checked number.
#[macro_export]
macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            /// Checks the range that every id keeps to.
            pub const fn new(raw: i64) -> Result<Self, $crate::ids::InvalidId> {
                if raw > 0 && raw < $crate::ids::ID_END { Ok(Self(raw)) } else { Err($crate::ids::InvalidId(raw)) }
            }

            /// The number as it is stored and sent.
            pub const fn get(self) -> i64 { self.0 }
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::ids::InvalidId;
            fn try_from(raw: i64) -> Result<Self, Self::Error> { Self::new(raw) }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 { id.0 }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
    )+};
}

id_types! {
    /// Who is isolated from whom: the customer.
    TenantId,
    /// A legal entity inside a tenant.
    CompanyId,
    /// A user of a tenant.
    UserId,
    /// A record of any model.
    RecordId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_positive_and_fits_a_javascript_number() {
        assert_eq!(TenantId::new(0), Err(InvalidId(0)));
        assert_eq!(TenantId::new(-1), Err(InvalidId(-1)));
        assert_eq!(TenantId::new(ID_END), Err(InvalidId(ID_END)));
        assert_eq!(TenantId::new(ID_END - 1).map(TenantId::get), Ok(ID_END - 1));
    }
}
