//! Domains as SQL find what domains in memory match, on records and conditions nobody chose.

use crate::lab::{scope, values};
use crate::maze::{Maze, registry};
use jiff::tz::TimeZone;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::domain::DomainError;
use opbx_platform::{Domain, Reading, Registry, Value, World};
use opbx_store::{SEARCH_LIMIT_MAX, Search, Store};
use opbx_testkit::{Engine, TestDb, tenant};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Domains tried on each database, few enough for a busy machine; `OPBX_DOMAINS` asks for more.
const DOMAINS: u32 = 400;
const ZONES: &[&str] = &["Europe/Berlin", "America/St_Johns", "UTC"];

/// Domains that once were found differently.
const REGRESSIONS: &[(&str, &str)] = &[
    ("maze.node", r#"["!", ["kids.name", "!=", "a"]]"#),
    ("maze.node", r#"[["parent", "child_of", []]]"#),
    ("maze.node", r#"[["leaves", "not any", [["active", "=", false]]]]"#),
];

struct Bench<'r> {
    runtime: tokio::runtime::Runtime,
    store: Store,
    scope: Scope,
    registry: &'r Registry,
    maze: Maze<'r>,
    with_archived: World<'r>,
}

impl Bench<'_> {
    fn found(
        &self,
        model: &str,
        domain: &Domain,
        archived: bool,
    ) -> Result<BTreeSet<RecordId>, TestCaseError> {
        self.runtime.block_on(async {
            let mut tx = self.store.read(&self.scope).await.expect("a transaction");
            let search = Search { archived, limit: SEARCH_LIMIT_MAX, ..Search::default() };
            let rows = tx.search(model, domain, search).await;
            let rows = rows.map_err(|error| TestCaseError::fail(format!("{domain:?}: {error}")))?;
            Ok(rows.into_iter().map(|row| row.id).collect())
        })
    }

    /// Compares what the database finds with what the judge matches, and tells whether it was some and not all.
    fn agree(&self, model: &str, list: &Json, zone: &TimeZone) -> Result<bool, TestCaseError> {
        let declared = self.registry.model(model).expect("declared in the maze");
        let now = "2026-03-15T10:20:30Z".parse().expect("an instant");
        let reading = Reading::new(self.registry, now).within(zone.clone());
        let read = |list: &Json| Domain::parse(&reading, declared, list);
        let domain = match read(list) {
            Err(DomainError::TooDeep) => return Err(TestCaseError::reject("too deep")),
            read => read.map_err(|error| TestCaseError::fail(format!("{list}: {error}")))?,
        };
        let printed = domain.to_json();
        if read(&printed).as_ref() != Ok(&domain) {
            return Err(TestCaseError::fail(format!("{list} is written as {printed}")));
        }
        let mut told_apart = false;
        for archived in [true, false] {
            let world = if archived { &self.with_archived } else { &self.maze.world };
            let mut expected = domain.clone();
            if !archived && declared.archives() && !domain.names("active") {
                expected = Domain::eq("active", true).and(expected);
            }
            let matching = world.find(declared, &expected);
            let found = self.found(model, &domain, archived)?;
            if found != matching {
                let sentence =
                    format!("{model} {list}, archived {archived}, {zone:?}: {found:?} is not {matching:?}");
                return Err(TestCaseError::fail(sentence));
            }
            told_apart |= !found.is_empty() && found.len() < self.maze.ids(model).len();
        }
        Ok(told_apart)
    }
}

fn agree(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let registry = registry();
    let db = runtime.block_on(TestDb::create(engine));
    // Fixed, so that a failure repeats.
    let domains = std::env::var("OPBX_DOMAINS").ok().and_then(|count| count.parse().ok()).unwrap_or(DOMAINS);
    let config =
        Config { cases: domains, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (store, red, maze) = runtime.block_on(async {
        let store = db.store(self::registry()).await;
        let (red, blue) = opbx_testkit::two_tenants(&store).await;
        // Another tenant's records are alike, and never found.
        Maze::fill(&store, &registry, &scope(blue), &mut runner).await;
        let red = scope(red);
        let maze = Maze::fill(&store, &registry, &red, &mut runner).await;
        (store, red, maze)
    });
    let with_archived = maze.world.clone().with_archived();
    let bench = Bench { runtime, store, scope: red, registry: &registry, maze, with_archived };
    let zones: Vec<TimeZone> = ZONES.iter().map(|name| TimeZone::get(name).expect("a zone")).collect();
    for (model, list) in REGRESSIONS {
        let list = serde_json::from_str(list).expect("JSON");
        bench.agree(model, &list, &zones[0]).unwrap_or_else(|error| panic!("{error}"));
    }
    let (tried, told_apart) = (Cell::new(0), Cell::new(0));
    let strategy = bench.maze.domain();
    let outcome = runner.run(&strategy, |(model, list)| {
        let zone = &zones[tried.get() % zones.len()];
        tried.set(tried.get() + 1);
        told_apart.set(told_apart.get() + usize::from(bench.agree(model, &list, zone)?));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        told_apart.get() > tried.get() / 4,
        "the domains tell records apart: {told_apart:?} of {tried:?}"
    );
    drop(bench);
}

#[test]
fn sqlite_agrees_with_the_judge_in_memory() {
    agree(Engine::Sqlite);
}

#[test]
fn postgres_agrees_with_the_judge_in_memory() {
    agree(Engine::Postgres);
}

#[tokio::test]
async fn lists_of_records_are_searched_by_what_they_hold() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = TestDb::create(engine).await;
        let store = db.store(crate::lab::registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let a = tx.create("lab.sample", crate::lab::sample("a")).await.expect("a sample");
        let part = values([("name", "p".into()), ("sample", Value::Record(a))]);
        let part = tx.create("lab.part", part).await.expect("a part");
        let mut b = crate::lab::sample("b");
        b.insert("tags".to_owned(), Value::Records(vec![part]));
        let b = tx.create("lab.sample", b).await.expect("a sample");
        let both = [
            (Domain::eq("parts", part), vec![a]),
            (Domain::ne("parts", part), vec![b]),
            (Domain::is_in("tags", [part]), vec![b]),
            (Domain::is_unset("tags"), vec![a]),
            (Domain::is_set("parts"), vec![a]),
        ];
        for (domain, expected) in both {
            let rows = tx.search("lab.sample", &domain, Search::default()).await.expect("rows");
            assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{engine:?} {domain:?}");
        }
    }
}
