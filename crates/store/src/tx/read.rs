//! Reading records: search, read by id, count, and typed reading.

use super::values::from_column;
use super::{Tx, model_to_read};
use crate::dialect::ColumnType;
use crate::error::{ReadError, SaveError, StoreError};
use crate::statement::conditions::{column_type, unarchived};
use crate::statement::machinery;
use crate::statement::records::{Hold, record_id};
use crate::store::Store;
use opbx_kernel::RecordId;
use opbx_platform::field::{Translations, translated_language};
use opbx_platform::{Domain, Field, Model, OrderBy, Record, Row, Value};
use std::collections::HashMap;

/// Records that one search or one read by ids gives at most.
pub const SEARCH_LIMIT_MAX: usize = 10_000;
/// Records that `all` gives at most; a model with more is read page by page.
pub const ALL_MAX: usize = 200_000;
/// Records in the lists (one2many, many2many) of one answer, all together.
pub const RELATED_ROWS_MAX: usize = 200_000;
/// Ids named in one statement.
pub(crate) const IDS_PER_STATEMENT: usize = 500;

/// What of a search is not its domain.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Fields, or `created_at`, `created_by`, `updated_at`, `updated_by`.
    pub fields: &'a [&'a str],
    /// `None` is the model's own order. Ties end with the id.
    pub order: Option<&'a [OrderBy]>,
    /// In no order at all: then an index is chosen by what is looked for, never by how it would be sorted.
    pub unsorted: bool,
    pub limit: usize,
    pub offset: usize,
    /// Whether archived records are found too, and count in lists. A domain that names `active` decides for itself.
    pub archived: bool,
}

impl Default for Search<'_> {
    fn default() -> Self {
        Self {
            fields: &[],
            order: None,
            unsorted: false,
            limit: SEARCH_LIMIT_MAX,
            offset: 0,
            archived: false,
        }
    }
}

/// The columns of a reading, and where in each row the lists of records go.
struct Wanted<'a> {
    columns: Vec<(&'a str, ColumnType)>,
    lists: Vec<(usize, &'a Field)>,
    fields: Vec<Option<&'a Field>>,
    /// The columns of translations that come after those, and where in each row the text stands that they replace.
    translations: Vec<(usize, String)>,
    /// The language asked for, where it is another than the base.
    language: Option<String>,
}

impl Wanted<'_> {
    fn all_columns(&self) -> Vec<(&str, ColumnType)> {
        let translations = self.translations.iter().map(|(_, column)| (column.as_str(), ColumnType::Json));
        self.columns.iter().copied().chain(translations).collect()
    }
}

impl Tx {
    /// Finds the records for which a domain holds. Each row's values stand in the order of `search.fields`.
    ///
    /// A secret reads as unset; a list of records reads as ids.
    pub async fn search(
        &mut self,
        model: &str,
        domain: &Domain,
        search: Search<'_>,
    ) -> Result<Vec<Row>, ReadError> {
        if search.limit > SEARCH_LIMIT_MAX {
            return Err(ReadError::TooMany { max: SEARCH_LIMIT_MAX });
        }
        self.find(model, domain, search).await
    }

    /// As `search`, and holds what it finds until the transaction ends; what another transaction holds is passed over.
    pub async fn search_free(
        &mut self,
        model: &str,
        domain: &Domain,
        search: Search<'_>,
    ) -> Result<Vec<Row>, SaveError> {
        self.search_holding(model, domain, search, Hold::Free).await
    }

    pub(super) async fn search_holding(
        &mut self,
        model: &str,
        domain: &Domain,
        search: Search<'_>,
        hold: Hold,
    ) -> Result<Vec<Row>, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let wanted = wanted(model, search.fields, self.scope.language())?;
        let order = search.order.map_or_else(|| OrderBy::of(model), <[_]>::to_vec);
        let domain = if search.archived { domain.clone() } else { unarchived(model, domain) };
        let limit = search.limit.min(SEARCH_LIMIT_MAX);
        let statement =
            self.visible(&store, model).hold_where(&wanted.all_columns(), &domain, &order, limit, hold)?;
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        Ok(self.finish(&store, model, &wanted, rows).await?)
    }

    async fn find(
        &mut self,
        model: &str,
        domain: &Domain,
        search: Search<'_>,
    ) -> Result<Vec<Row>, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let wanted = wanted(model, search.fields, self.scope.language())?;
        let order = search.order.map_or_else(|| OrderBy::of(model), <[_]>::to_vec);
        let domain = if search.archived { domain.clone() } else { unarchived(model, domain) };
        let statement = self.visible(&store, model).with_archived(search.archived).search(
            &wanted.all_columns(),
            &domain,
            (!search.unsorted).then_some(order.as_slice()),
            search.limit,
            search.offset,
        )?;
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        self.finish(&store, model, &wanted, rows).await
    }

    /// Reads records by their ids, in the order of the ids; those that do not exist are left out.
    pub async fn read(
        &mut self,
        model: &str,
        ids: &[RecordId],
        fields: &[&str],
    ) -> Result<Vec<Row>, ReadError> {
        if ids.len() > SEARCH_LIMIT_MAX {
            return Err(ReadError::TooMany { max: SEARCH_LIMIT_MAX });
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let wanted = wanted(model, fields, self.scope.language())?;
        let mut found = HashMap::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let statement = self.visible(&store, model).by_ids(&wanted.all_columns(), ids);
            let rows = self.fetch(statement).await.map_err(StoreError::from)?;
            let rows = self.finish(&store, model, &wanted, rows).await?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }

    /// Reads every record for which a domain holds, as structs, in the model's order; archived ones only where the
    /// domain names `active`.
    pub async fn all<R: Record>(&mut self, domain: &Domain) -> Result<Vec<R>, ReadError> {
        self.each(domain, false).await
    }

    /// As `all`, in no order: for records that are looked up by what they are called.
    pub async fn all_unsorted<R: Record>(&mut self, domain: &Domain) -> Result<Vec<R>, ReadError> {
        self.each(domain, true).await
    }

    async fn each<R: Record>(&mut self, domain: &Domain, unsorted: bool) -> Result<Vec<R>, ReadError> {
        let search = Search { fields: R::FIELDS, unsorted, limit: ALL_MAX + 1, ..Search::default() };
        let rows = self.find(R::MODEL, domain, search).await?;
        if rows.len() > ALL_MAX {
            return Err(ReadError::TooMany { max: ALL_MAX });
        }
        rows.into_iter().map(shaped).collect()
    }

    /// Reads every record of a model, archived ones too, in the model's order. Each row's values stand in the order of
    /// `fields`.
    pub async fn rows(&mut self, model: &str, fields: &[&str]) -> Result<Vec<Row>, ReadError> {
        let search = Search { fields, limit: ALL_MAX + 1, archived: true, ..Search::default() };
        let rows = self.find(model, &Domain::All, search).await?;
        if rows.len() > ALL_MAX { Err(ReadError::TooMany { max: ALL_MAX }) } else { Ok(rows) }
    }

    /// Reads one record as a struct, archived or not.
    pub async fn get<R: Record>(&mut self, id: RecordId) -> Result<Option<R>, ReadError> {
        self.read(R::MODEL, &[id], R::FIELDS).await?.into_iter().next().map(shaped).transpose()
    }

    /// Counts the records that `search` without a limit would find.
    pub async fn count(&mut self, model: &str, domain: &Domain) -> Result<u64, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let statement = self.visible(&store, model).count(&unarchived(model, domain))?;
        Ok(self.fetch_count(statement).await?)
    }

    /// As `count`, and looks at no more than `max` records: what comes to `max` may be more.
    pub async fn count_up_to(&mut self, model: &str, domain: &Domain, max: u64) -> Result<u64, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let statement = self.visible(&store, model).count_up_to(&unarchived(model, domain), max)?;
        Ok(self.fetch_count(statement).await?)
    }

    /// Tells how the database would do a search, line by line, were its table a large one.
    pub async fn search_plan(
        &mut self,
        model: &str,
        domain: &Domain,
        search: Search<'_>,
    ) -> Result<Vec<String>, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let wanted = wanted(model, search.fields, self.scope.language())?;
        let order = search.order.map_or_else(|| OrderBy::of(model), <[_]>::to_vec);
        let visible = self.visible(&store, model).with_archived(search.archived);
        let order = (!search.unsorted).then_some(order.as_slice());
        let statement = visible.search(&wanted.all_columns(), domain, order, search.limit, search.offset)?;
        let dialect = store.dialect();
        for setting in machinery::prefer_indexes(dialect) {
            self.execute(setting).await.map_err(StoreError::from)?;
        }
        let statement = statement.explained(dialect);
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        let last = |mut row: Vec<Value>| match row.pop() {
            Some(Value::Text(line)) => line,
            _ => String::new(),
        };
        Ok(rows.into_iter().map(last).collect())
    }

    async fn finish(
        &mut self,
        store: &Store,
        model: &Model,
        wanted: &Wanted<'_>,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, ReadError> {
        let mut finished = Vec::with_capacity(rows.len());
        for cells in rows {
            finished.push(row(wanted, cells)?);
        }
        let ids: Vec<RecordId> = finished.iter().map(|row| row.id).collect();
        for (at, field) in &wanted.lists {
            let mut lists = self.lists(store, model, field, &ids).await?;
            for row in &mut finished {
                row.values[*at] = Value::Records(lists.remove(&row.id).unwrap_or_default());
            }
        }
        Ok(finished)
    }

    /// Reads one field's lists of many records in a few statements.
    pub(super) async fn lists(
        &mut self,
        store: &Store,
        model: &Model,
        field: &Field,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<RecordId>>, ReadError> {
        let mut lists: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
        let mut count = 0;
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let statement = self.visible(store, model).links(field, ids, RELATED_ROWS_MAX + 1)?;
            let pairs = self.fetch(statement).await.map_err(StoreError::from)?;
            count += pairs.len();
            if count > RELATED_ROWS_MAX {
                return Err(ReadError::TooMany { max: RELATED_ROWS_MAX });
            }
            for pair in pairs {
                if let [from, to] = pair.as_slice()
                    && let (Some(from), Some(to)) = (record_id(from), record_id(to))
                {
                    lists.entry(from).or_default().push(to);
                }
            }
        }
        Ok(lists)
    }
}

fn wanted<'a>(model: &'a Model, names: &'a [&'a str], language: &str) -> Result<Wanted<'a>, ReadError> {
    let mut wanted = Wanted {
        columns: Vec::new(),
        lists: Vec::new(),
        fields: Vec::new(),
        translations: Vec::new(),
        language: translated_language(language),
    };
    for (at, name) in names.iter().enumerate() {
        let field = model.field(name);
        match (column_type(model, name), field) {
            (Some(column), _) => wanted.columns.push((name, column)),
            (None, Some(field)) => wanted.lists.push((at, field)),
            (None, None) => {
                let (model, field) = (model.name.to_string(), (*name).to_owned());
                return Err(ReadError::UnknownField { model, field });
            }
        }
        if wanted.language.is_some() {
            wanted.translations.extend(field.and_then(Field::translations_column).map(|column| (at, column)));
        }
        wanted.fields.push(field);
    }
    Ok(wanted)
}

fn row(wanted: &Wanted<'_>, cells: Vec<Value>) -> Result<Row, ReadError> {
    let damaged = |column: &str| ReadError::Store(StoreError::Damaged { column: column.to_owned() });
    let mut cells = cells.into_iter();
    let id = cells.next().as_ref().and_then(record_id).ok_or_else(|| damaged("id"))?;
    let Some(Value::Int(version)) = cells.next() else { return Err(damaged("version")) };
    let mut columns = wanted.columns.iter();
    let mut values = Vec::with_capacity(wanted.fields.len());
    for (at, field) in wanted.fields.iter().enumerate() {
        if wanted.lists.iter().any(|(list, _)| *list == at) {
            values.push(Value::Null);
            continue;
        }
        let name = columns.next().map_or("?", |(name, _)| name);
        let cell = cells.next().ok_or_else(|| damaged(name))?;
        values.push(from_column(*field, cell).ok_or_else(|| damaged(name))?);
    }
    let language = wanted.language.as_deref().unwrap_or_default();
    for ((at, _), cell) in wanted.translations.iter().zip(cells) {
        let Value::Json(texts) = cell else { continue };
        if let Some(text) = Translations::from_json(&texts).best(language) {
            values[*at] = Value::from(text);
        }
    }
    Ok(Row { id, version, values })
}

fn shaped<R: Record>(row: Row) -> Result<R, ReadError> {
    let id = row.id;
    R::from_row(row).map_err(|error| ReadError::Unfit {
        model: R::MODEL.to_owned(),
        id,
        reason: error.to_string(),
    })
}
