//! Names of records: what a configuration file calls them, and what the modules call theirs.

use super::HOME;
use crate::tenants::shared_key;
use opbx_kernel::RecordId;
use opbx_kernel::fold::slug;
use opbx_platform::literal::{EXTERNAL_NAME_LEN_MAX, Literal, Reference};
use opbx_platform::{Registry, Tenancy, Value};
use opbx_store::{ReadError, Tx};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest word that is made of a record's display name.
const MADE_LEN_MAX: usize = 40;

/// A record, whatever its model.
pub(super) type Key = (String, RecordId);

/// Every name in one tenant, both ways.
#[derive(Default)]
pub(super) struct Names {
    /// (model, name in configuration files) → record
    ids: HashMap<String, HashMap<String, RecordId>>,
    own: HashMap<Key, String>,
    /// module.name → record, of the tenant's records and of shared ones
    by_module: HashMap<(String, String), Key>,
    of_module: HashMap<Key, Reference>,
    /// Names that stand for records that are gone.
    stale: HashSet<String>,
    /// Names that were made up just now, and that nothing keeps yet.
    made: HashSet<Key>,
}

impl Names {
    /// Reads the names that are kept. `exists` tells whether a configured record still does.
    pub(super) async fn load(
        tx: &mut Tx,
        registry: &Registry,
        exists: impl Fn(&str, RecordId) -> bool,
    ) -> Result<Self, ReadError> {
        let mut names = Self::default();
        let fields = ["module", "name", "model", "record"];
        for row in tx.rows("ir.model.data", &fields).await? {
            let [Value::Text(module), Value::Text(name), Value::Text(model), Value::Int(record)] =
                row.values.as_slice()
            else {
                continue;
            };
            let Ok(id) = RecordId::new(*record) else { continue };
            if module == HOME {
                let Some(own) = name.strip_prefix(&format!("{model}.")) else { continue };
                if exists(model, id) {
                    names.learn(model, own, id);
                } else {
                    names.stale.insert(name.clone());
                }
            } else {
                names.learn_of_module(module, name, (model.clone(), id));
            }
        }
        names.learn_shared(tx, registry).await?;
        Ok(names)
    }

    /// Shared records are known by what the modules say of them: they have no row in any tenant.
    async fn learn_shared(&mut self, tx: &mut Tx, registry: &Registry) -> Result<(), ReadError> {
        for model in registry.models().filter(|model| model.tenancy == Tenancy::Shared) {
            let model = model.name.as_str();
            let Some(key) = shared_key(registry, model) else { continue };
            let mut ids = BTreeMap::new();
            for row in tx.rows(model, &[&key]).await? {
                if let Some(Value::Text(text)) = row.values.first() {
                    ids.insert(text.clone(), row.id);
                }
            }
            for data in registry.data().iter().filter(|data| data.model.as_str() == model) {
                let Some(Literal::Value(Value::Text(text))) = data.values.get(&key) else { continue };
                if let Some(id) = ids.get(text) {
                    self.learn_of_module(&data.module, &data.name, (model.to_owned(), *id));
                }
            }
        }
        Ok(())
    }

    fn learn_of_module(&mut self, module: &str, name: &str, record: Key) {
        let reference = Reference { module: Some(module.to_owned()), name: name.to_owned() };
        self.of_module.entry(record.clone()).or_insert(reference);
        self.by_module.insert((module.to_owned(), name.to_owned()), record);
    }

    pub(super) fn learn(&mut self, model: &str, name: &str, id: RecordId) {
        self.ids.entry(model.to_owned()).or_default().insert(name.to_owned(), id);
        self.own.entry((model.to_owned(), id)).or_insert_with(|| name.to_owned());
    }

    /// Gives a record another name: its old one stands for nothing any more.
    pub(super) fn rename(&mut self, model: &str, name: &str, id: RecordId) {
        let key = (model.to_owned(), id);
        if let Some(old) = self.own.remove(&key) {
            self.made.remove(&key);
            if let Some(ids) = self.ids.get_mut(model) {
                ids.remove(&old);
            }
        }
        self.learn(model, name, id);
    }

    /// Makes a name of a record's display name, where it has none: readable, its own, and the same each time.
    ///
    /// `is_taken` tells of names that stand for something else, as those of models below this one do.
    pub(super) fn make(
        &mut self,
        model: &str,
        display: Option<&str>,
        id: RecordId,
        is_taken: impl Fn(&str) -> bool,
    ) {
        let key = (model.to_owned(), id);
        if self.own.contains_key(&key) || self.of_module.contains_key(&key) {
            return;
        }
        let last = model.rsplit('.').next().unwrap_or(model);
        let len_max = MADE_LEN_MAX.min(name_len_max(model).saturating_sub("-123456".len()));
        let mut word = slug(display.unwrap_or_default());
        word.truncate(len_max);
        let word = word.trim_end_matches('-');
        let word = if word.is_empty() { last } else { word };
        // The second "Sales" is `sales-2`. There are fewer records than numbers to try.
        let mut name = word.to_owned();
        let mut count = 1;
        while self.id(model, &name).is_some() || is_taken(&name) {
            count += 1;
            name = format!("{word}-{count}");
        }
        self.learn(model, &name, id);
        self.made.insert(key);
    }

    /// The record that a configuration file's name stands for.
    pub(super) fn id(&self, model: &str, name: &str) -> Option<RecordId> {
        self.ids.get(model)?.get(name).copied()
    }

    pub(super) fn of_a_module(&self, module: &str, name: &str) -> Option<&Key> {
        self.by_module.get(&(module.to_owned(), name.to_owned()))
    }

    /// What a file calls a record.
    pub(super) fn own(&self, model: &str, id: RecordId) -> Option<&str> {
        self.own.get(&(model.to_owned(), id)).map(String::as_str)
    }

    /// How a record is named in a file: by its own name, else by its module's.
    pub(super) fn reference(&self, model: &str, id: RecordId) -> Option<String> {
        let key = (model.to_owned(), id);
        let own = self.own.get(&key).cloned();
        own.or_else(|| self.of_module.get(&key).map(ToString::to_string))
    }

    /// Whether a module brought the record along; files name it, and do not write it.
    pub(super) fn is_of_a_module(&self, model: &str, id: RecordId) -> bool {
        let key = (model.to_owned(), id);
        !self.own.contains_key(&key) && self.of_module.contains_key(&key)
    }

    pub(super) fn is_made(&self, model: &str, id: RecordId) -> bool {
        self.made.contains(&(model.to_owned(), id))
    }

    /// The records whose names nothing keeps yet.
    pub(super) fn made(&self) -> Vec<Key> {
        let mut made: Vec<Key> = self.made.iter().cloned().collect();
        made.sort();
        made
    }

    pub(super) fn is_stale(&self, external: &str) -> bool {
        self.stale.contains(external)
    }

    /// The names of a model's records, for suggestions.
    pub(super) fn of_model<'a>(&'a self, model: &str) -> impl Iterator<Item = &'a str> {
        let mut names: Vec<&str> =
            self.ids.get(model).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.into_iter()
    }
}

/// The name of a record's external id.
pub(super) fn external(model: &str, name: &str) -> String {
    format!("{model}.{name}")
}

/// How long a record's name may be: the external id holds the model and a dot besides.
pub(super) fn name_len_max(model: &str) -> usize {
    EXTERNAL_NAME_LEN_MAX.saturating_sub(model.len() + 1)
}
