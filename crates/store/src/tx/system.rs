//! Going on as OPBX itself for a while: what a use case must know that its user may not see.

use super::Tx;
use crate::store::Store;
use opbx_kernel::Scope;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A transaction that acts as OPBX itself, inside the same tenant, until this is dropped.
pub struct AsSystem<'a> {
    tx: &'a mut Tx,
    scope: Arc<Scope>,
    store: Store,
}

impl Tx {
    /// Steps past record rules and field groups, never past the tenant. Say why at each use.
    pub fn as_system(&mut self, reason: &'static str) -> AsSystem<'_> {
        let system = Scope::system(self.scope.tenant(), reason);
        let whole = self.store.narrowed(&system);
        let store = std::mem::replace(&mut self.store, whole);
        let scope = std::mem::replace(&mut self.scope, Arc::new(system));
        AsSystem { tx: self, scope, store }
    }
}

impl Deref for AsSystem<'_> {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        self.tx
    }
}

impl DerefMut for AsSystem<'_> {
    fn deref_mut(&mut self) -> &mut Tx {
        self.tx
    }
}

impl Drop for AsSystem<'_> {
    fn drop(&mut self) {
        self.tx.scope = Arc::clone(&self.scope);
        self.tx.store = self.store.clone();
    }
}
