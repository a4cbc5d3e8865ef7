//! Contacts: numbers in one form, companies above people, countries and currencies at hand.

use opbx_app::models::{ResCountry, ResCurrency, ResPartner};
use opbx_app::records::{self, RecordError};
use opbx_app::records::{Broken, RuleError};
use opbx_app::tenants::lookup;
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{SaveError, Tx};
use opbx_testkit::{TestApp, company, on_both_databases};

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn create(app: &TestApp, tx: &mut Tx, new: Values) -> Result<RecordId, RecordError> {
    records::create(tx, app.store().registry().model("res.partner").expect("a known model"), new).await
}

async fn update(app: &TestApp, tx: &mut Tx, id: RecordId, new: Values) -> Result<(), RecordError> {
    records::update(tx, app.store().registry().model("res.partner").expect("a known model"), id, new, None)
        .await
}

async fn country(app: &TestApp, tx: &mut Tx, name: &str) -> Value {
    let found = lookup(tx, app.store().registry(), "base", name).await.expect("an answer");
    Value::Record(found.expect("a country").1)
}

async fn phones(tx: &mut Tx, id: RecordId) -> (Option<String>, Option<String>) {
    let partner = tx.get::<ResPartner>(id).await.expect("an answer").expect("a contact");
    (partner.phone, partner.mobile)
}

on_both_databases! {
    async fn a_number_is_kept_as_its_country_means_it(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let mut tx = app.begin(tenant).await;
        let (gb, be) = (country(&app, &mut tx, "gb").await, country(&app, &mut tx, "be").await);
        let new = values([
            ("name", "Ada".into()),
            ("country", gb),
            ("phone", "020 7946 0018".into()),
            ("mobile", "12 34".into()),
        ]);
        let refused = create(&app, &mut tx, new.clone()).await;
        let faults = match &refused {
            Err(RecordError::Save(SaveError::Invalid { faults, .. })) => faults.keys().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(faults, ["mobile"], "no such number in Great Britain");
        let ada = create(&app, &mut tx, Values::from_iter(new.into_iter().filter(|(name, _)| name != "mobile")))
            .await
            .expect("a contact");
        assert_eq!(phones(&mut tx, ada).await, (Some("+442079460018".into()), None));
        update(&app, &mut tx, ada, values([("mobile", "07400 123456".into())])).await.expect("her own country");
        update(&app, &mut tx, ada, values([("country", be), ("phone", "02 511 12 13".into())])).await.expect("moved");
        assert_eq!(phones(&mut tx, ada).await, (Some("+3225111213".into()), Some("+447400123456".into())));
        // Without a country of the contact's own, the company's (here: the United States).
        let bob = create(&app, &mut tx, values([("name", "Bob".into()), ("phone", "(212) 555-0100".into())])).await;
        assert_eq!(phones(&mut tx, bob.expect("a contact")).await.0.as_deref(), Some("+12125550100"));
        update(&app, &mut tx, ada, values([("phone", Value::Null)])).await.expect("no number");
        assert_eq!(phones(&mut tx, ada).await.0, None);
    }

    async fn nobody_stands_above_themselves(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let mut tx = app.begin(tenant).await;
        let above = create(&app, &mut tx, values([("name", "Acme".into()), ("is_company", true.into())])).await;
        let above = above.expect("a company");
        let below = values([("name", "Ada".into()), ("parent", Value::Record(above))]);
        let below = create(&app, &mut tx, below).await.expect("a person");
        for (id, parent) in [(above, above), (above, below)] {
            let refused = update(&app, &mut tx, id, values([("parent", Value::Record(parent))])).await;
            let is_circle = matches!(refused, Err(RecordError::Rule(RuleError { ref field, broken: Broken::Circle, .. })) if field == "parent");
            assert!(is_circle, "{refused:?}");
        }
        let mut last = below;
        for level in 0..64 {
            let next = values([("name", format!("{level}").as_str().into()), ("parent", Value::Record(last))]);
            last = create(&app, &mut tx, next).await.expect("a contact");
        }
        let refused = update(&app, &mut tx, above, values([("parent", Value::Record(last))])).await;
        assert!(matches!(refused, Err(RecordError::Rule(RuleError { broken: Broken::TooDeep, .. }))), "{refused:?}");
    }

    async fn countries_and_currencies_are_there_for_every_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app
            .apply(&company("acme", "key-of-acme").toml().replace(
                "country = \"base.us\"",
                "country = \"base.us\"\ncurrency = \"base.usd\"",
            ))
            .await
            .tenant;
        let mut tx = app.read(tenant).await;
        let countries = tx.all::<ResCountry>(&Domain::All).await.expect("countries");
        assert_eq!(countries.len(), 249);
        let belgium = countries.iter().find(|country| country.code == "BE").expect("Belgium");
        assert_eq!(belgium.calling_code, Some(32));
        let currencies = tx.all::<ResCurrency>(&Domain::All).await.expect("currencies");
        let euro = currencies.iter().find(|currency| currency.code == "EUR").expect("the euro");
        assert_eq!((currencies.len(), euro.symbol.as_str(), euro.digits), (155, "€", 2));
        let companies = tx.all::<opbx_app::models::ResCompany>(&Domain::All).await.expect("companies");
        let dollar = currencies.iter().find(|currency| currency.code == "USD").map(|currency| currency.id);
        assert_eq!(companies[0].currency, dollar);
    }
}
