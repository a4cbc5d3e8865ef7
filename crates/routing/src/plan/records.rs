//! The records of one kind, by id.

use super::{Extension, RingGroup};
use crate::assistant::Assistant;
use crate::conference::Conference;
use crate::destination::{
    AssistantId, ConferenceId, ExtensionId, HoursId, MenuId, RingGroupId, TrunkId, VoicemailId,
};
use crate::hours::Hours;
use crate::menu::Menu;
use crate::outbound::Trunk;
use crate::voicemail::Voicemail;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

/// What a plan keeps by id.
pub(super) trait Record {
    type Id: Copy + Eq + Ord + Hash + TryFrom<i64> + Into<i64>;
    fn id(&self) -> Self::Id;
    /// What people call it in a sentence.
    fn spoken(&self) -> &Arc<str>;
    fn is_active(&self) -> bool;
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Records<T: Record>(FxHashMap<T::Id, T>);

impl<T: Record> Records<T> {
    pub(super) fn get(&self, id: T::Id) -> Option<&T> {
        self.0.get(&id)
    }

    pub(super) fn name(&self, id: i64) -> Option<Arc<str>> {
        self.get(T::Id::try_from(id).ok()?).map(|record| record.spoken().clone())
    }

    /// The id of the one that is called so: of several the active one, then the oldest.
    pub(super) fn named(&self, name: &str) -> Option<i64> {
        let called_so = self.0.values().filter(|record| **record.spoken() == *name);
        called_so.min_by_key(|record| (!record.is_active(), record.id())).map(|record| record.id().into())
    }

    /// In order.
    pub(super) fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.0.keys().map(|id| (*id).into()).collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    pub(super) fn in_order(&self) -> Vec<&T> {
        let mut records: Vec<_> = self.0.values().collect();
        records.sort_by_key(|record| record.id());
        records
    }
}

impl<T: Record> From<Vec<T>> for Records<T> {
    fn from(records: Vec<T>) -> Self {
        Self(records.into_iter().map(|record| (record.id(), record)).collect())
    }
}

impl<T: Record> From<Records<T>> for Vec<T> {
    fn from(records: Records<T>) -> Self {
        let mut records: Vec<_> = records.0.into_values().collect();
        records.sort_by_key(Record::id);
        records
    }
}

macro_rules! records {
    ($($record:ty: $id:ty, $name:ident);+ $(;)?) => {$(
        impl Record for $record {
            type Id = $id;
            fn id(&self) -> $id { self.id }
            fn spoken(&self) -> &Arc<str> { &self.$name }
            fn is_active(&self) -> bool { self.active }
        }
    )+};
}

records! {
    Extension: ExtensionId, number;
    RingGroup: RingGroupId, name;
    Menu: MenuId, name;
    Hours: HoursId, name;
    Conference: ConferenceId, name;
    Assistant: AssistantId, name;
    Voicemail: VoicemailId, name;
    Trunk: TrunkId, name;
}
