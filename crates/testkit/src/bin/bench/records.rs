//! Records through `app::records`, beside the same deeds written by hand: same rows, same JSON.

use crate::broken::{Broken, While as _, check};
use crate::by_hand::{ByHand, Contact, Telling, USER};
use crate::report::{Report, progress};
use crate::samples::median;
use crate::{Scale, fleet};
use opbx_app::models::ResPartnerDraft;
use opbx_app::modules;
use opbx_app::records::{self, Shape};
use opbx_kernel::{RecordId, Scope, UserId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Model, OrderBy, Values};
use opbx_store::{Search, Store, Tx};
use opbx_testkit::{Engine, POSTGRES_ENV, TestDb};
use serde_json::Value as Json;
use std::time::Instant;

const RATIO_BUDGET: f64 = 0.5;
const MODEL: &str = "res.partner";
const FIELDS: [&str; 6] = ["name", "email", "phone", "street", "zip", "city"];
/// The group of whoever asks: an ordinary user's rights and rules are part of the price.
const GROUP: &str = "base.group_pbx_admin";
/// Records of one page.
const PAGE: usize = 80;
/// Both sides take turns so often; the ratio told is the median of the turns'.
const TURNS: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Read,
    List,
    Create,
    Update,
}

impl Deed {
    const ALL: [Self; 4] = [Self::Read, Self::List, Self::Create, Self::Update];

    fn what(self) -> &'static str {
        match self {
            Self::Read => "`records::read` of one record, 6 fields",
            Self::List => "`records::search_read` of 80 records, 6 fields",
            Self::Create => "`records::create` with 6 fields, read back",
            Self::Update => "`records::update` of one field, read back",
        }
    }

    fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update)
    }
}

/// What one deed gave, and the statements that it took, `BEGIN` and `COMMIT` not among them.
struct Done {
    json: String,
    statements: u64,
}

struct Bench {
    ours: Ours,
    by_hand: ByHand,
    ids: Vec<RecordId>,
    /// Deeds so far, so that no two write the same.
    count: usize,
}

struct Ours {
    store: Store,
    scope: Scope,
    shape: Shape,
}

/// Deeds per second of both sides, and the median ratio of their turns.
struct Pace {
    ours: f64,
    by_hand: f64,
    ratio: f64,
}

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    on(Engine::Sqlite, "SQLite", scale, report).await?;
    if std::env::var(POSTGRES_ENV).is_ok() {
        on(Engine::Postgres, "PostgreSQL", scale, report).await?;
    } else {
        report.tell("records on PostgreSQL", format!("not measured: {POSTGRES_ENV} is not set"));
    }
    Ok(())
}

async fn on(engine: Engine, name: &str, scale: Scale, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("records on {name}"));
    let database = TestDb::create(engine).await;
    let mut bench = Bench::start(&database, scale).await?;
    bench.compare_answers().await?;
    for deed in Deed::ALL {
        let statements = bench.ours(deed).await?.statements;
        let pace = bench.turns(deed, Telling::Nobody, scale).await?;
        let measured = format!("{} ({statements} statements, by hand 1)", pace.shown());
        let what = format!("{}, {name}", deed.what());
        report.judge(what, measured, "at least 50 %", pace.ratio >= RATIO_BUDGET);
        if deed.writes() {
            let pace = bench.turns(deed, Telling::AuditAndOutbox, scale).await?;
            let measured = format!("{} (by hand 4 statements)", pace.shown());
            report.tell("– beside one that writes audit and outbox by hand too", measured);
        }
    }
    Ok(())
}

impl Pace {
    fn shown(&self) -> String {
        format!("{:.0}/s, by hand {:.0}/s: {:.0} %", self.ours, self.by_hand, self.ratio * 100.0)
    }
}

impl Bench {
    async fn start(database: &TestDb, scale: Scale) -> Result<Self, Broken> {
        let store = database.open(modules::registry(None).doing("read the modules")?).await;
        fleet::prepare(&store).await?;
        let tenant = fleet::add_tenant(&store, 0, fleet::MEMBERS, 1).await?;
        let mut tx = store.begin(&Scope::system(tenant, "contacts to read")).await.doing("begin to write")?;
        let rows = (0..scale.contacts).map(|at| draft(contact(at))).collect();
        let ids = tx.insert_many(MODEL, rows).await.doing("insert contacts")?;
        tx.commit().await.doing("commit contacts")?;
        let user = UserId::new(USER).doing("name a user")?;
        let scope = Scope::user(tenant, user, vec![GROUP.to_owned()]);
        let by_hand = ByHand::open(database, tenant.get()).await?;
        let ours = Ours { store, scope, shape: Shape::of(FIELDS) };
        let count = ids.len();
        Ok(Self { ours, by_hand, ids, count })
    }

    /// Speed is compared only where both sides answer alike.
    async fn compare_answers(&mut self) -> Result<(), Broken> {
        for deed in Deed::ALL {
            for telling in [Telling::Nobody, Telling::AuditAndOutbox] {
                let at = self.count;
                let ours = self.ours(deed).await?.json;
                self.count = at;
                let by_hand = self.by_hand(deed, telling).await?;
                // The second of two writes has another id or version than the first.
                let is_same = if deed.writes() { said(&ours)? == said(&by_hand)? } else { ours == by_hand };
                check(is_same, &format!("{deed:?}: {ours} is {by_hand}"))?;
            }
        }
        Ok(())
    }

    /// Both sides in turn.
    async fn turns(&mut self, deed: Deed, telling: Telling, scale: Scale) -> Result<Pace, Broken> {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..if scale.is_quick { 1 } else { TURNS } {
            let began = Instant::now();
            for _ in 0..scale.deeds {
                self.ours(deed).await?;
            }
            let own = scale.deeds as f64 / began.elapsed().as_secs_f64();
            let began = Instant::now();
            for _ in 0..scale.deeds {
                self.by_hand(deed, telling).await?;
            }
            let other = scale.deeds as f64 / began.elapsed().as_secs_f64();
            ours.push(own);
            theirs.push(other);
            ratios.push(own / other);
        }
        Ok(Pace { ours: median(&ours), by_hand: median(&theirs), ratio: median(&ratios) })
    }

    async fn ours(&mut self, deed: Deed) -> Result<Done, Broken> {
        let at = self.next();
        let id = self.ids[at % self.ids.len()];
        match deed {
            Deed::Read => self.ours.read(id).await,
            Deed::List => self.ours.list().await,
            Deed::Create => self.ours.create(draft(contact(at))).await,
            Deed::Update => self.ours.update(id, city(at)).await,
        }
    }

    async fn by_hand(&mut self, deed: Deed, telling: Telling) -> Result<String, Broken> {
        let at = self.next();
        let id = self.ids[at % self.ids.len()].get();
        match deed {
            Deed::Read => self.by_hand.read(id).await,
            Deed::List => self.by_hand.list(PAGE as i64).await,
            Deed::Create => self.by_hand.create(&contact(at), telling).await,
            Deed::Update => self.by_hand.update(id, &city(at), telling).await,
        }
    }

    fn next(&mut self) -> usize {
        self.count += 1;
        self.count
    }
}

impl Ours {
    fn model(&self) -> &Model {
        self.store.registry().model(MODEL).expect("the modules declare contacts")
    }

    async fn read(&self, id: RecordId) -> Result<Done, Broken> {
        let mut tx = self.store.read(&self.scope).await.doing("begin to read")?;
        let json = self.json(&mut tx, id).await?;
        Ok(Done { json, statements: tx.statements() })
    }

    async fn list(&self) -> Result<Done, Broken> {
        let mut tx = self.store.read(&self.scope).await.doing("begin to read")?;
        let order = [OrderBy::asc("id")];
        let search = Search { order: Some(&order), limit: PAGE, ..Search::default() };
        let found = records::search_read(&mut tx, self.model(), &Domain::All, search, &self.shape).await;
        let found = found.doing("search and read")?;
        let mut json = Vec::new();
        found.write_json(&mut json);
        Ok(Done { json: text(json)?, statements: tx.statements() })
    }

    async fn create(&self, values: Values) -> Result<Done, Broken> {
        let mut tx = self.store.begin(&self.scope).await.doing("begin to write")?;
        let id = records::create(&mut tx, self.model(), values).await.doing("create")?;
        self.written(tx, id).await
    }

    async fn update(&self, id: RecordId, city: String) -> Result<Done, Broken> {
        let mut tx = self.store.begin(&self.scope).await.doing("begin to write")?;
        let values = ResPartnerDraft { city: Some(Some(city)), ..Default::default() }.into_values();
        records::update(&mut tx, self.model(), id, values, None).await.doing("update")?;
        self.written(tx, id).await
    }

    async fn written(&self, mut tx: Tx, id: RecordId) -> Result<Done, Broken> {
        let json = self.json(&mut tx, id).await?;
        let committed = tx.commit().await.doing("commit")?;
        Ok(Done { json, statements: committed.statements })
    }

    async fn json(&self, tx: &mut Tx, id: RecordId) -> Result<String, Broken> {
        let read = records::read(tx, self.model(), &[id], &self.shape).await.doing("read")?;
        let mut json = Vec::new();
        read.write_json(&mut json);
        text(json)
    }
}

fn text(json: Vec<u8>) -> Result<String, Broken> {
    String::from_utf8(json).doing("write JSON")
}

/// The records of an answer without what counts writes.
fn said(json: &str) -> Result<Json, Broken> {
    let mut records: Json = serde_json::from_str(json).doing("read JSON")?;
    for record in records.as_array_mut().into_iter().flatten() {
        if let Some(record) = record.as_object_mut() {
            record.retain(|name, _| !matches!(name.as_str(), "id" | "version"));
        }
    }
    Ok(records)
}

fn city(at: usize) -> String {
    format!("City {at}")
}

fn contact(at: usize) -> Contact {
    Contact {
        id: 0,
        version: 1,
        name: format!("Person {at}"),
        email: Some(format!("person{at}@example.com")),
        phone: Some(format!("+1212{:07}", at % 10_000_000)),
        street: Some(format!("{at} Main Street")),
        zip: Some(format!("{:05}", at % 100_000)),
        city: Some(city(at)),
    }
}

fn draft(contact: Contact) -> Values {
    let draft = ResPartnerDraft {
        name: Some(contact.name),
        email: Some(contact.email),
        phone: Some(contact.phone),
        street: Some(contact.street),
        zip: Some(contact.zip),
        city: Some(contact.city),
        ..Default::default()
    };
    draft.into_values()
}
