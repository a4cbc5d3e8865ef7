//! Registries as groups of users see them, made once for each set of groups that matters.

use opbx_kernel::Scope;
use opbx_platform::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Views that are kept at most; beyond that they are made anew for each transaction.
const VIEWS_MAX: usize = 256;

pub(crate) struct Views {
    /// The groups that any field names: only these make a difference.
    groups: BTreeSet<String>,
    made: Mutex<BTreeMap<Vec<String>, Arc<Registry>>>,
}

impl Views {
    pub(crate) fn of(registry: &Registry) -> Self {
        let fields = registry.models().flat_map(|model| &model.fields);
        let groups = fields.flat_map(|field| field.groups.iter().cloned()).collect();
        Self { groups, made: Mutex::new(BTreeMap::new()) }
    }

    /// What a scope sees of the registry: all of it, where OPBX itself acts or nothing is hidden from anybody.
    pub(crate) fn seen_by(&self, registry: &Arc<Registry>, scope: &Scope) -> Arc<Registry> {
        if scope.is_system() || self.groups.is_empty() {
            return Arc::clone(registry);
        }
        let of_scope = |group: &&String| scope.groups().contains(group);
        let mine: Vec<String> = self.groups.iter().filter(of_scope).cloned().collect();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = made.get(&mine) {
            return Arc::clone(view);
        }
        let view = Arc::new(registry.seen_by(&mine));
        if made.len() < VIEWS_MAX {
            made.insert(mine, Arc::clone(&view));
        }
        view
    }
}
