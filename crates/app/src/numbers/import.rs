//! Numbers from a file: every row is judged, and all of them are taken over or none.

use crate::App;
use crate::csv::{Row, Table};
use crate::models::{PbxNumber, ResCompany, ResCountry};
use crate::records::{self, Deed};
use crate::resources::{self, ResourceError};
use crate::targets::{self, Unfit};
use opbx_kernel::fold::fold;
use opbx_kernel::{Country, E164, RecordId, Scope};
use opbx_platform::{DestinationRef, Domain, Record as _, Value, Values};
use opbx_store::{INSERT_MANY_MAX, ReadError, Search, Tx};
use std::collections::{HashMap, HashSet};

/// Which column a field is written in.
const COLUMNS: [(&str, &str); 4] =
    [("number", "phone_number"), ("name", "friendly_name"), ("active", "status"), ("destination", "target")];
/// Numbers that one statement asks for.
const ASKED_TOGETHER: usize = 500;

/// What came of a file.
#[derive(Debug, Default)]
pub struct Import {
    pub rows: Vec<Imported>,
    /// Whether the numbers are there now. Never after a dry run, nor where a row is at fault.
    pub is_done: bool,
}

/// What came of a row.
#[derive(Debug)]
pub struct Imported {
    pub line: usize,
    /// In E.164 where it could be read, else as it stands in the file.
    pub number: String,
    pub id: Option<RecordId>,
    /// Each with the column at fault.
    pub faults: Vec<(&'static str, String)>,
}

impl Import {
    pub fn is_sound(&self) -> bool {
        self.rows.iter().all(|row| row.faults.is_empty())
    }
}

/// Takes over the numbers of a table, or only judges them in a dry run.
///
/// Columns: `phone_number`, `friendly_name`, `routing_type` (a kind of destination; empty hangs up), `target` (the
/// extension's number, the record's name, or where to forward to) and `status`. An `ai_assistant` is named by the number
/// of its extension, or by its own name.
pub async fn import(app: &App, scope: &Scope, table: &Table, is_dry: bool) -> Result<Import, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    records::require(scope, resources::model::<PbxNumber>(&tx), Deed::Create)?;
    let mut judge = Judge::new(&mut tx, table).await?;
    let (mut import, mut values) = (Import::default(), Vec::new());
    for row in &table.rows {
        let (judged, drafted) = judge.row(&mut tx, table, row).await?;
        import.rows.push(judged);
        values.push(drafted);
    }
    drop(tx);
    if is_dry || !import.is_sound() || values.is_empty() {
        return Ok(import);
    }
    let mut tx = app.store().begin(scope).await?;
    let models = tx.models();
    let model = models.model(PbxNumber::MODEL).expect("every struct is written from its model");
    let mut ids = Vec::with_capacity(values.len());
    while !values.is_empty() {
        let chunk = values.drain(..INSERT_MANY_MAX.min(values.len())).collect();
        ids.extend(records::create_many(&mut tx, model, chunk).await?);
    }
    tx.commit().await?;
    for (row, id) in import.rows.iter_mut().zip(ids) {
        row.id = Some(id);
    }
    import.is_done = true;
    Ok(import)
}

/// What rows are judged by.
struct Judge {
    country: Option<Country>,
    taken: HashSet<String>,
    /// In the rows so far, with the line.
    seen: HashMap<String, usize>,
    /// By kind and folded name; active ones win over archived ones of the same name.
    known: HashMap<(String, String), (RecordId, bool)>,
    kinds: HashSet<String>,
    /// The extensions that stand for AI assistants.
    stand_ins: HashSet<RecordId>,
    fit: HashMap<DestinationRef, Option<Unfit>>,
}

impl Judge {
    async fn new(tx: &mut Tx, table: &Table) -> Result<Self, ReadError> {
        let country = country(tx).await?;
        let numbers: Vec<Value> = table
            .rows
            .iter()
            .filter_map(|row| E164::normalise(table.cell(row, "phone_number"), country))
            .map(|number| Value::Text(number.into()))
            .collect();
        let mut taken = HashSet::new();
        for chunk in numbers.chunks(ASKED_TOGETHER) {
            let domain = Domain::is_in("number", chunk.iter().cloned());
            let search = Search { fields: &["number"], archived: true, ..Search::default() };
            for row in tx.search(PbxNumber::MODEL, &domain, search).await? {
                taken.extend(row.values.into_iter().filter_map(text));
            }
        }
        Ok(Self {
            country,
            taken,
            seen: HashMap::new(),
            known: HashMap::new(),
            kinds: HashSet::new(),
            stand_ins: HashSet::new(),
            fit: HashMap::new(),
        })
    }

    async fn row(
        &mut self,
        tx: &mut Tx,
        table: &Table,
        row: &Row,
    ) -> Result<(Imported, Values), ResourceError> {
        let mut faults = Vec::new();
        let mut values = Values::new();
        let written = table.cell(row, "phone_number");
        let number = match self.number(written, row.line) {
            Ok(number) => {
                values.insert("number".to_owned(), number.as_str().into());
                number
            }
            Err(fault) => {
                faults.push(("phone_number", fault));
                written.to_owned()
            }
        };
        let name = table.cell(row, "friendly_name");
        if !name.is_empty() {
            values.insert("name".to_owned(), name.into());
        }
        match table.cell(row, "status").to_ascii_lowercase().as_str() {
            "" | "active" => {}
            "inactive" => drop(values.insert("active".to_owned(), Value::Bool(false))),
            _ => faults.push(("status", "must be one of active, inactive".to_owned())),
        }
        match self.destination(tx, table.cell(row, "routing_type"), table.cell(row, "target")).await? {
            Ok(destination) => drop(values.insert("destination".to_owned(), Value::Destination(destination))),
            Err(fault) => faults.push(fault),
        }
        let models = tx.models();
        let model = models.model(PbxNumber::MODEL).expect("every struct is written from its model");
        for (field, fault) in records::faults(tx, model, &mut values).await? {
            let (_, column) =
                COLUMNS.iter().find(|(known, _)| *known == field).expect("what is judged came from a column");
            faults.push((column, format!("field {fault}")));
        }
        Ok((Imported { line: row.line, number, id: None, faults }, values))
    }

    fn number(&mut self, written: &str, line: usize) -> Result<String, String> {
        if written.is_empty() {
            return Err("is required".to_owned());
        }
        let number = E164::normalise(written, self.country)
            .ok_or_else(|| "is no number such as +12125550100".to_owned())?;
        let number = String::from(number);
        if self.taken.contains(&number) {
            return Err("has already been taken".to_owned());
        }
        match self.seen.insert(number.clone(), line) {
            Some(earlier) => Err(format!("stands in line {earlier} already")),
            None => Ok(number),
        }
    }

    async fn destination(
        &mut self,
        tx: &mut Tx,
        kind: &str,
        target: &str,
    ) -> Result<Result<DestinationRef, (&'static str, String)>, ResourceError> {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "" | "hangup" => return Ok(Ok(DestinationRef::Hangup)),
            "forward" if target.is_empty() => return Ok(Err(("target", "is required".to_owned()))),
            "forward" => return Ok(Ok(DestinationRef::Forward(target.to_owned()))),
            "ivr_menu" => "menu".to_owned(),
            "business_hours" => "hours".to_owned(),
            "conference_room" => "conference".to_owned(),
            "ai_assistant" if self.stands(tx, target).await? => "extension".to_owned(),
            "ai_assistant" => "assistant".to_owned(),
            kind @ ("extension" | "ring_group" | "voicemail" | "assistant") => kind.to_owned(),
            _ => return Ok(Err(("routing_type", "is no kind of destination".to_owned()))),
        };
        if self.kinds.insert(kind.clone()) {
            self.learn(tx, &kind).await?;
        }
        let Some((id, active)) = self.known.get(&(kind.clone(), fold(target))).copied() else {
            return Ok(Err(("target", "does not exist".to_owned())));
        };
        if !active {
            return Ok(Err(("target", Unfit::Inactive { name: target.to_owned() }.to_string())));
        }
        let leads_on = kind == "ring_group" || (kind == "extension" && self.stand_ins.contains(&id));
        let destination = DestinationRef::Record { kind, id };
        if leads_on {
            if !self.fit.contains_key(&destination) {
                let unfit = targets::require_fit(tx, &destination).await?.err();
                self.fit.insert(destination.clone(), unfit);
            }
            if let Some(Some(unfit)) = self.fit.get(&destination) {
                return Ok(Err(("target", unfit.to_string())));
            }
        }
        Ok(Ok(destination))
    }

    /// Whether this is the number of an extension that stands for an AI assistant.
    async fn stands(&mut self, tx: &mut Tx, number: &str) -> Result<bool, ReadError> {
        if self.kinds.insert("extension".to_owned()) {
            self.learn(tx, "extension").await?;
        }
        let known = self.known.get(&("extension".to_owned(), fold(number)));
        Ok(known.is_some_and(|(id, _)| self.stand_ins.contains(id)))
    }

    /// Reads what records of a kind are called, at its first mention.
    async fn learn(&mut self, tx: &mut Tx, kind: &str) -> Result<(), ReadError> {
        let fields: &[&str] =
            if kind == "extension" { &["number", "active", "destination"] } else { &["name", "active"] };
        for row in tx.rows(&format!("pbx.{kind}"), fields).await? {
            if let Some(Value::Destination(to)) = row.values.get(2)
                && targets::assistant_of(to).is_some()
            {
                self.stand_ins.insert(row.id);
            }
            let active = row.values.get(1) == Some(&Value::Bool(true));
            let Some(name) = row.values.into_iter().next().and_then(text) else { continue };
            let known = self.known.entry((kind.to_owned(), fold(&name))).or_insert((row.id, active));
            if active && !known.1 {
                *known = (row.id, true);
            }
        }
        Ok(())
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

/// How people of the company write numbers.
async fn country(tx: &mut Tx) -> Result<Option<Country>, ReadError> {
    let company = tx.all::<ResCompany>(&Domain::All).await?.into_iter().next();
    let Some(company) = company else { return Ok(None) };
    let country = tx.get::<ResCountry>(company.country).await?;
    Ok(country.and_then(|country| Country::new(&country.code)))
}
