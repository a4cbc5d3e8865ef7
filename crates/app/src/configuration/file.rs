//! The file as it is written: which tenant, which records, and what their fields say.

use super::names::name_len_max;
use super::outline::{Outline, meant, position};
use opbx_platform::literal::{Literal, is_external_name};
use opbx_platform::source::{Document, Entry, Item, Place, SourceError, Table, unknown_word};
use opbx_platform::{Field, FieldKind, Model, Registry, Value};

/// The most records that one file may hold, those inside others among them.
const RECORDS_MAX: usize = 100_000;
/// The largest file, in bytes.
const FILE_LEN_MAX: usize = 32 << 20;
const TENANT_KEYS: &[&str] = &["slug", "name"];
/// What a record was called before, in a file that gives it another name.
const RENAMED_FROM: &str = "renamed_from";

/// A file that was read and checked as far as it can be without a database.
pub(super) struct ConfigFile<'a> {
    pub(super) slug: String,
    pub(super) name: String,
    /// Whether it is applied to the tenant that it names itself.
    pub(super) is_own: bool,
    pub(super) place: Place,
    pub(super) records: Vec<Wanted<'a>>,
    pub(super) mistakes: Vec<SourceError>,
}

/// A record as the file wants it.
pub(super) struct Wanted<'a> {
    pub(super) model: &'a Model,
    /// What the file calls it; another model's record may be called the same. None for a record inside another.
    pub(super) name: Option<String>,
    pub(super) renamed_from: Option<(String, Place)>,
    pub(super) place: Place,
    pub(super) fields: Vec<WantedField<'a>>,
    pub(super) lists: Vec<WantedList<'a>>,
}

pub(super) struct WantedField<'a> {
    pub(super) field: &'a Field,
    pub(super) literal: Literal,
    pub(super) place: Place,
}

/// A one2many field: the records that belong to another one.
pub(super) struct WantedList<'a> {
    pub(super) field: &'a Field,
    pub(super) model: &'a Model,
    /// The many2one by which they belong.
    pub(super) inverse: &'a str,
    pub(super) elements: Vec<Wanted<'a>>,
    pub(super) place: Place,
}

/// Where the values come from that a file only names: `{ env = "NAME" }`.
pub type Environment<'e> = &'e (dyn Fn(&str) -> Option<String> + Sync);

impl<'a> ConfigFile<'a> {
    /// Reads a file. Fails only where it is no TOML or names no tenant: what is wrong with a record stands in
    /// `mistakes`, each with its line, so that the rest can be judged, too.
    pub(super) fn read(
        registry: &'a Registry,
        outline: &Outline<'a>,
        environment: Environment<'_>,
        file: &str,
        text: &str,
    ) -> Result<Self, Vec<SourceError>> {
        let document = Document::parse_up_to(file, text, FILE_LEN_MAX).map_err(|mistake| vec![mistake])?;
        let mut reading =
            Reading { registry, outline, environment, records: Vec::new(), count: 0, mistakes: Vec::new() };
        let tenant = reading.tenant(document.root());
        for entry in document.root().entries().iter().filter(|entry| entry.key() != "tenant") {
            reading.section(entry.key(), entry);
        }
        let Reading { mut records, mut mistakes, .. } = reading;
        // Tables of one model need not stand together, and yet a person reads from top to bottom.
        records.sort_by_key(|record| record.place.line());
        match tenant {
            Ok((slug, name, place)) => Ok(Self { slug, name, is_own: true, place, records, mistakes }),
            Err(mistake) => {
                mistakes.insert(0, mistake);
                Err(mistakes)
            }
        }
    }
}

struct Reading<'a, 'r> {
    registry: &'a Registry,
    outline: &'r Outline<'a>,
    environment: Environment<'r>,
    records: Vec<Wanted<'a>>,
    count: usize,
    mistakes: Vec<SourceError>,
}

impl<'a> Reading<'a, '_> {
    fn tenant(&mut self, root: &Table) -> Result<(String, String, Place), SourceError> {
        let entry = root.require("tenant")?;
        let table = entry.table()?;
        self.mistakes.extend(table.unknown_keys(TENANT_KEYS));
        let text = |key| table.require(key).and_then(|entry| entry.text().map(str::to_owned));
        let (slug, name) = (text("slug")?, text("name")?);
        let model = self.registry.model("res.tenant").expect("the module base has tenants");
        for (key, value) in [("slug", &slug), ("name", &name)] {
            let field = model.field(key).expect("a tenant has a slug and a name");
            let place = table.require(key)?;
            field.check(&value.as_str().into()).map_err(|error| place.refuse(format!("`{key}` {error}")))?;
        }
        Ok((slug, name, entry.place().clone()))
    }

    /// Reads what stands under a dotted name: records where it is a model's, further names where it begins one.
    fn section(&mut self, path: &str, entry: &Entry) {
        let table = match entry.table() {
            Ok(table) => table,
            Err(mistake) => return self.mistakes.push(mistake),
        };
        if let Some(model) = self.registry.model(path) {
            return self.records_of(model, entry, table);
        }
        let prefix = format!("{path}.");
        if !self.registry.models().any(|model| model.name.as_str().starts_with(&prefix)) {
            let names = self.outline.top().iter().map(|model| model.name.as_str());
            return self.mistakes.push(entry.refuse(unknown_word("model", path, names)));
        }
        for deeper in table.entries() {
            self.section(&format!("{prefix}{}", deeper.key()), deeper);
        }
    }

    fn records_of(&mut self, model: &'a Model, entry: &Entry, table: &Table) {
        let is_top = |name: &str| self.outline.top().iter().any(|top| top.name.as_str() == name);
        // `[pbx.hours.break.lunch]` is a record of pbx.hours.break, where there is such a model of its own.
        let (deeper, records): (Vec<&Entry>, Vec<&Entry>) =
            table.entries().iter().partition(|entry| is_top(&format!("{}.{}", model.name, entry.key())));
        for entry in deeper {
            self.section(&format!("{}.{}", model.name, entry.key()), entry);
        }
        if !records.is_empty() && !is_top(model.name.as_str()) {
            let message = match self.outline.inside(model.name.as_str()) {
                Some((home, list)) => {
                    format!("records of {} are written in `{}` of each {}", model.name, list.name, home.name)
                }
                None => format!("records of {} are not configured by files", model.name),
            };
            return self.mistakes.push(entry.refuse(message));
        }
        for record in records {
            self.record(model, record);
        }
    }

    fn record(&mut self, model: &'a Model, entry: &Entry) {
        let name = entry.key().to_owned();
        let len_max = name_len_max(model.name.as_str());
        if let Err(mistake) = check_name(&name, len_max, entry) {
            return self.mistakes.push(mistake);
        }
        let table = match entry.table() {
            Ok(table) => table,
            Err(mistake) => return self.mistakes.push(mistake),
        };
        let renamed_from = table.get(RENAMED_FROM).filter(|_| model.field(RENAMED_FROM).is_none());
        let renamed_from = renamed_from.and_then(|entry| {
            let read = entry.text().and_then(|old| {
                check_name(old, len_max, entry)?;
                Ok((old.to_owned(), entry.place().clone()))
            });
            self.noted(read)
        });
        if let Some(mut wanted) = self.wanted(model, table, entry.place(), "", renamed_from.is_some()) {
            wanted.name = Some(name);
            wanted.renamed_from = renamed_from;
            self.records.push(wanted);
        }
    }

    fn noted<T>(&mut self, result: Result<T, SourceError>) -> Option<T> {
        result.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    /// Reads the fields of a record; `given` is filled by whoever the record belongs to.
    fn wanted(
        &mut self,
        model: &'a Model,
        table: &Table,
        place: &Place,
        given: &str,
        is_renamed: bool,
    ) -> Option<Wanted<'a>> {
        self.count += 1;
        if self.count > RECORDS_MAX {
            if self.count == RECORDS_MAX + 1 {
                self.mistakes.push(place.refuse(format!("the file has more than {RECORDS_MAX} records")));
            }
            return None;
        }
        let mut wanted = Wanted {
            model,
            name: None,
            renamed_from: None,
            place: place.clone(),
            fields: Vec::new(),
            lists: Vec::new(),
        };
        for entry in table.entries() {
            if is_renamed && entry.key() == RENAMED_FROM {
                continue;
            }
            let Some(field) = model.field(entry.key()).filter(|field| field.name != given) else {
                let names =
                    model.fields.iter().map(|field| field.name.as_str()).filter(|name| *name != given);
                self.mistakes.push(entry.refuse(unknown_word("field", entry.key(), names)));
                continue;
            };
            if field.readonly {
                let message = format!("found `{}`, which OPBX writes itself: remove it", entry.key());
                self.mistakes.push(entry.refuse(message));
                continue;
            }
            if let FieldKind::One2many { to, inverse, max } = &field.kind {
                let of = self.registry.model(to.as_str()).expect("the registry checked its models");
                wanted.lists.extend(self.list(field, of, inverse, *max, entry));
                continue;
            }
            let literal = literal(field, entry, self.environment);
            if let Some(literal) = self.noted(literal) {
                wanted.fields.push(WantedField { field, literal, place: entry.place().clone() });
            }
        }
        for field in model.fields.iter().filter(|field| field.required && field.default.is_none()) {
            if field.name != given && table.get(&field.name).is_none() {
                self.mistakes.push(place.refuse(format!("`{}` is missing, and it is required", field.name)));
            }
        }
        Some(wanted)
    }

    fn list(
        &mut self,
        field: &'a Field,
        model: &'a Model,
        inverse: &'a str,
        max: Option<usize>,
        entry: &Entry,
    ) -> Option<WantedList<'a>> {
        if !model.config {
            let message = format!("`{}`: records of {} are not configured by files", field.name, model.name);
            self.mistakes.push(entry.refuse(message));
            return None;
        }
        let listed = entry.list();
        let listed = self.noted(listed)?;
        if let Some(max) = max.filter(|max| listed.len() > *max) {
            self.mistakes.push(entry.refuse(format!("`{}` holds more than {max}", entry.key())));
            return None;
        }
        let place = entry.place().clone();
        let mut elements = Vec::new();
        for (at, element) in listed.iter().enumerate() {
            let Some(mut wanted) = self.element(model, inverse, element) else { continue };
            // The order of the list is the order of its records, unless they say theirs themselves.
            if let Some(field) = position(model).filter(|field| field.name != inverse)
                && !wanted.fields.iter().any(|given| given.field.name == field.name)
            {
                let literal = Literal::Value(Value::Int(at as i64 + 1));
                wanted.fields.push(WantedField { field, literal, place: element.place().clone() });
            }
            elements.push(wanted);
        }
        Some(WantedList { field, model, inverse, elements, place })
    }

    /// Reads an element of a list: a table of fields, or only the name of the one record it stands for.
    fn element(&mut self, model: &'a Model, inverse: &str, element: &Entry) -> Option<Wanted<'a>> {
        let place = element.place().clone();
        if let (Item::Text(_), Some(field)) = (element.item(), meant(model, inverse)) {
            self.count += 1;
            let literal = Literal::read(field, element);
            let literal = self.noted(literal)?;
            let fields = vec![WantedField { field, literal, place: place.clone() }];
            return Some(Wanted { model, name: None, renamed_from: None, place, fields, lists: Vec::new() });
        }
        let table = element.table();
        let table = self.noted(table)?;
        self.wanted(model, table, &place, inverse, false)
    }
}

fn check_name(name: &str, len_max: usize, entry: &Entry) -> Result<(), SourceError> {
    if is_external_name(name) && name.len() <= len_max {
        return Ok(());
    }
    let expected = format!("expected letters, digits, `_` and `-`, at most {len_max} of them");
    Err(entry.refuse(format!("`{name}` cannot name a record: {expected}")))
}

/// Reads a value. An empty text unsets what may be unset; a secret may stand in the environment instead.
fn literal(field: &Field, entry: &Entry, environment: Environment<'_>) -> Result<Literal, SourceError> {
    match (&field.kind, entry.item()) {
        (FieldKind::Json, _) => Literal::read(field, entry),
        (_, Item::Text(text)) if text.is_empty() && !field.required => Ok(Literal::Value(Value::Null)),
        (FieldKind::Secret, Item::Table(table)) => {
            let variable = table.require("env").and_then(Entry::text);
            let (Ok(variable), []) = (variable, table.unknown_keys(&["env"]).as_slice()) else {
                let message = format!("`{}`: expected a text, or {{ env = \"NAME\" }}", field.name);
                return Err(entry.refuse(message));
            };
            let clear = environment(variable).filter(|clear| !clear.is_empty()).ok_or_else(|| {
                let message = format!("`{}`: the environment variable {variable} is not set", field.name);
                entry.refuse(message)
            })?;
            let value = Value::Bytes(clear.into_bytes());
            field.check(&value).map_err(|error| entry.refuse(format!("`{}` {error}", field.name)))?;
            Ok(Literal::Value(value))
        }
        _ => Literal::read(field, entry),
    }
}
