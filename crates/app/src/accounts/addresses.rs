//! A user's address: kept on the contact that the user is, so that a caller is recognised by it.

use super::AccountError;
use crate::models::{ResCountry, ResPartner, ResPartnerDraft};
use crate::records;
use opbx_kernel::fold::fold;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::{ReadError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("{0:?} is no country: expected its name in English or its code of two letters")]
    NoSuchCountry(String),
}

impl AddressError {
    pub fn code(&self) -> Code {
        Code::new(Kind::Invalid, "no_such_country")
    }
}

/// Where somebody lives and is called, as people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub phone: Option<String>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    /// Its code of two letters, and its name in English.
    pub country: Option<String>,
    pub country_name: Option<String>,
}

/// What is written of an address: outer `None` leaves it alone, inner `None` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressDraft {
    pub phone: Option<Option<String>>,
    pub street: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub state: Option<Option<String>>,
    pub postal_code: Option<Option<String>>,
    /// A name in English, or a code of two letters.
    pub country: Option<Option<String>>,
}

impl Address {
    pub(super) fn of(partner: Option<&ResPartner>, country: Option<&ResCountry>) -> Self {
        let Some(partner) = partner.cloned() else { return Self::default() };
        Self {
            phone: partner.phone,
            street: partner.street,
            city: partner.city,
            state: partner.state,
            postal_code: partner.zip,
            country: country.map(|country| country.code.clone()),
            country_name: country.map(|country| country.name.clone()),
        }
    }
}

impl AddressDraft {
    fn says_something(&self) -> bool {
        let fields = [&self.phone, &self.street, &self.city, &self.state, &self.postal_code, &self.country];
        fields.into_iter().any(|field| matches!(field, Some(Some(_))))
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Writes to the contact, makes one where there is none and there is something to say, and gives it.
///
/// As OPBX itself: whoever may change the user may change who the user is, and no other contact.
pub(super) async fn write(
    tx: &mut Tx,
    partner: Option<RecordId>,
    name: Value,
    address: AddressDraft,
) -> Result<Option<RecordId>, AccountError> {
    if address.is_empty() || (partner.is_none() && !address.says_something()) {
        return Ok(partner);
    }
    let mut tx = tx.as_system("write who a user is as a contact");
    let country = match address.country {
        Some(Some(written)) => Some(Some(country(&mut tx, &written).await?)),
        Some(None) => Some(None),
        None => None,
    };
    let blank = |field: Option<Option<String>>| field.map(|text| text.filter(|text| !text.trim().is_empty()));
    let draft = ResPartnerDraft {
        phone: blank(address.phone),
        street: blank(address.street),
        city: blank(address.city),
        state: blank(address.state),
        zip: blank(address.postal_code),
        country,
        ..ResPartnerDraft::default()
    };
    let model = tx.models().model("res.partner").expect("a built-in model").clone();
    let mut values = draft.into_values();
    Ok(match partner {
        Some(partner) => {
            records::update(&mut tx, &model, partner, values, None).await?;
            Some(partner)
        }
        None => {
            values.insert("name".to_owned(), name);
            Some(records::create(&mut tx, &model, values).await?)
        }
    })
}

/// Other names under which people write a country.
const ALSO: &[(&str, &str)] = &[
    ("usa", "US"),
    ("u.s.a.", "US"),
    ("united states of america", "US"),
    ("america", "US"),
    ("uk", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("holland", "NL"),
    ("the netherlands", "NL"),
    ("czech republic", "CZ"),
];

async fn country(tx: &mut Tx, written: &str) -> Result<RecordId, AccountError> {
    let wanted = fold(written.trim());
    let code = ALSO.iter().find(|(name, _)| *name == wanted).map(|(_, code)| fold(code));
    let countries = all_countries(tx).await?;
    let is_meant = |country: &&ResCountry| {
        let (own_code, own_name) = (fold(&country.code), fold(&country.name));
        code.as_ref().map_or(own_code == wanted || own_name == wanted, |code| own_code == *code)
    };
    let found = countries.iter().find(is_meant).map(|country| country.id);
    found.ok_or_else(|| AddressError::NoSuchCountry(written.to_owned()).into())
}

async fn all_countries(tx: &mut Tx) -> Result<Vec<ResCountry>, ReadError> {
    tx.all::<ResCountry>(&Domain::All).await
}
