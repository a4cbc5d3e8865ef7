//! The file as it is written: which tenant, which records, and what their fields say.

use opbx_platform::literal::{EXTERNAL_NAME_LEN_MAX, Literal, is_external_name};
use opbx_platform::source::{Document, Entry, Item, Place, SourceError, Table, unknown_word};
use opbx_platform::{Field, FieldKind, Model, Registry, Tenancy};

/// The most records that one file may hold.
const RECORDS_MAX: usize = 100_000;
const TENANT_KEYS: &[&str] = &["slug", "name"];

/// A file that was read and checked as far as it can be without a database.
pub(super) struct ConfigFile<'a> {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) records: Vec<Wanted<'a>>,
}

/// A record as the file wants it.
pub(super) struct Wanted<'a> {
    pub(super) model: &'a Model,
    /// What the file calls it; another model's record may be called the same.
    pub(super) name: String,
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
    pub(super) model: &'a Model,
    /// The many2one by which they belong.
    pub(super) inverse: String,
    pub(super) elements: Vec<WantedElement<'a>>,
    pub(super) place: Place,
}

pub(super) struct WantedElement<'a> {
    pub(super) fields: Vec<WantedField<'a>>,
    /// Lists inside the element.
    pub(super) lists: Vec<WantedList<'a>>,
    pub(super) place: Place,
}

impl<'a> ConfigFile<'a> {
    /// Reads a file; every mistake found is given, each with its line.
    pub(super) fn read(registry: &'a Registry, file: &str, text: &str) -> Result<Self, Vec<SourceError>> {
        let document = Document::parse(file, text).map_err(|mistake| vec![mistake])?;
        let mut reading = Reading { registry, records: Vec::new(), mistakes: Vec::new() };
        let tenant = reading.tenant(document.root());
        for entry in document.root().entries().iter().filter(|entry| entry.key() != "tenant") {
            reading.section(entry.key(), entry);
        }
        match tenant {
            Ok((slug, name, place)) if reading.mistakes.is_empty() => {
                Ok(Self { slug, name, place, records: reading.records })
            }
            Ok(_) => Err(reading.mistakes),
            Err(mistake) => {
                reading.mistakes.insert(0, mistake);
                Err(reading.mistakes)
            }
        }
    }
}

struct Reading<'a> {
    registry: &'a Registry,
    records: Vec<Wanted<'a>>,
    mistakes: Vec<SourceError>,
}

impl<'a> Reading<'a> {
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
            let names =
                self.registry.models().filter(|model| is_configured(model)).map(|model| model.name.as_str());
            return self.mistakes.push(entry.refuse(unknown_word("model", path, names)));
        }
        for deeper in table.entries() {
            self.section(&format!("{prefix}{}", deeper.key()), deeper);
        }
    }

    fn records_of(&mut self, model: &'a Model, entry: &Entry, table: &Table) {
        if !is_configured(model) {
            let message = format!("records of {} are not configured: OPBX writes them itself", model.name);
            return self.mistakes.push(entry.refuse(message));
        }
        for record in table.entries() {
            if self.records.len() >= RECORDS_MAX {
                let message = format!("the file has more than {RECORDS_MAX} records");
                return self.mistakes.push(record.refuse(message));
            }
            self.record(model, record);
        }
    }

    fn record(&mut self, model: &'a Model, entry: &Entry) {
        let name = entry.key().to_owned();
        // The external id holds the model and a dot besides.
        let len_max = EXTERNAL_NAME_LEN_MAX.saturating_sub(model.name.as_str().len() + 1);
        if !is_external_name(&name) || name.len() > len_max {
            let expected = format!("expected letters, digits, `_` and `-`, at most {len_max} of them");
            return self.mistakes.push(entry.refuse(format!("`{name}` cannot name a record: {expected}")));
        }
        let table = match entry.table() {
            Ok(table) => table,
            Err(mistake) => return self.mistakes.push(mistake),
        };
        let (fields, lists) = self.fields(model, table, entry.place(), "");
        self.records.push(Wanted { model, name, place: entry.place().clone(), fields, lists });
    }

    /// Reads the fields of a record; `given` is filled by whoever the record belongs to.
    fn fields(
        &mut self,
        model: &'a Model,
        table: &Table,
        place: &Place,
        given: &str,
    ) -> (Vec<WantedField<'a>>, Vec<WantedList<'a>>) {
        let (mut fields, mut lists) = (Vec::new(), Vec::new());
        for entry in table.entries() {
            let Some(field) = model.field(entry.key()).filter(|field| field.name != given) else {
                let names =
                    model.fields.iter().map(|field| field.name.as_str()).filter(|name| *name != given);
                self.mistakes.push(entry.refuse(unknown_word("field", entry.key(), names)));
                continue;
            };
            match &field.kind {
                FieldKind::One2many { to, inverse, max } => {
                    let of = self.registry.model(to.as_str()).expect("the registry checked its models");
                    lists.extend(self.list(of, inverse, *max, entry));
                }
                _ => match Literal::read(field, entry) {
                    Ok(literal) => fields.push(WantedField { field, literal, place: entry.place().clone() }),
                    Err(mistake) => self.mistakes.push(mistake),
                },
            }
        }
        for field in model.fields.iter().filter(|field| field.required && field.default.is_none()) {
            if field.name != given && table.get(&field.name).is_none() {
                self.mistakes.push(place.refuse(format!("`{}` is missing, and it is required", field.name)));
            }
        }
        (fields, lists)
    }

    fn list(
        &mut self,
        model: &'a Model,
        inverse: &str,
        max: Option<usize>,
        entry: &Entry,
    ) -> Option<WantedList<'a>> {
        let elements = match entry.list() {
            Ok(elements) => elements,
            Err(mistake) => {
                self.mistakes.push(mistake);
                return None;
            }
        };
        if let Some(max) = max.filter(|max| elements.len() > *max) {
            self.mistakes.push(entry.refuse(format!("`{}` holds more than {max}", entry.key())));
            return None;
        }
        let mut wanted = WantedList {
            model,
            inverse: inverse.to_owned(),
            elements: Vec::new(),
            place: entry.place().clone(),
        };
        for element in elements {
            wanted.elements.extend(self.element(model, inverse, element));
        }
        Some(wanted)
    }

    /// Reads an element of a list: a table of fields, or only the name of the one record it stands for.
    fn element(&mut self, model: &'a Model, inverse: &str, element: &Entry) -> Option<WantedElement<'a>> {
        let place = element.place().clone();
        match (element.item(), meant(model, inverse)) {
            (Item::Text(_), Some(field)) => match Literal::read(field, element) {
                Ok(literal) => {
                    let field = WantedField { field, literal, place: place.clone() };
                    Some(WantedElement { fields: vec![field], lists: Vec::new(), place })
                }
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    None
                }
            },
            _ => match element.table() {
                Ok(table) => {
                    let (fields, lists) = self.fields(model, table, &place, inverse);
                    Some(WantedElement { fields, lists, place })
                }
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    None
                }
            },
        }
    }
}

/// The one field that a bare name in a list can mean: the only other record that is required.
fn meant<'a>(model: &'a Model, inverse: &str) -> Option<&'a Field> {
    let is_record = |field: &&Field| matches!(field.kind, FieldKind::Many2one { .. }) && field.required;
    let mut others = model.fields.iter().filter(is_record).filter(|field| field.name != inverse);
    let first = others.next()?;
    others.next().is_none().then_some(first)
}

/// Whether people configure a model's records: they are a tenant's, and no machine writes them.
fn is_configured(model: &Model) -> bool {
    model.tenancy == Tenancy::Tenant && model.audit
}
