//! Contacts: their telephone numbers, kept in the one form by which a caller is recognised.

use crate::models::{ResCompany, ResCountry, ResPartner};
use opbx_kernel::{Country, E164, RecordId};
use opbx_platform::{Value, Values};
use opbx_store::{ReadError, Tx};

const PHONES: [&str; 2] = ["phone", "mobile"];

/// Writes telephone numbers in E.164, read as the contact's country writes them, or else the company's.
///
/// What cannot be read stays as it is, and is refused by the field's own format.
pub(crate) async fn normalise(
    tx: &mut Tx,
    id: Option<RecordId>,
    values: &mut Values,
) -> Result<(), ReadError> {
    let is_raw = |name: &&&str| match values.get(**name) {
        Some(Value::Text(text)) => !text.trim().is_empty() && E164::new(text).is_none(),
        _ => false,
    };
    let raw: Vec<&str> = PHONES.iter().filter(is_raw).copied().collect();
    if raw.is_empty() {
        return Ok(());
    }
    let country = country(tx, id, values).await?;
    for name in raw {
        if let Some(Value::Text(text)) = values.get_mut(name)
            && let Some(number) = E164::normalise(text, country)
        {
            *text = number.into();
        }
    }
    Ok(())
}

async fn country(tx: &mut Tx, id: Option<RecordId>, values: &Values) -> Result<Option<Country>, ReadError> {
    let known = match id {
        Some(id) => tx.get::<ResPartner>(id).await?,
        None => None,
    };
    let of = |field: &str, known: Option<RecordId>| match values.get(field) {
        Some(Value::Record(id)) => Some(*id),
        Some(_) => None,
        None => known,
    };
    let own = of("country", known.as_ref().and_then(|partner| partner.country));
    let company = of("company", known.as_ref().and_then(|partner| partner.company));
    let country = match own {
        Some(country) => Some(country),
        None => of_company(tx, company).await?,
    };
    let Some(country) = country else { return Ok(None) };
    let country = tx.get::<ResCountry>(country).await?;
    Ok(country.and_then(|country| Country::new(&country.code)))
}

/// The country of the contact's company, of the one chosen, or of the tenant's first.
async fn of_company(tx: &mut Tx, company: Option<RecordId>) -> Result<Option<RecordId>, ReadError> {
    Ok(crate::tenants::company(tx, company).await?.map(|company: ResCompany| company.country))
}
