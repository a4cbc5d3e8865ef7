//! What is here and what is there: extensions of people beside the carrier's subscribers, compared by number.

use crate::models::{PbxExtension, PbxExtensionSyncState};
use opbx_kernel::RecordId;
use opbx_telephony::backend::Subscriber;
use std::collections::BTreeMap;

/// The longest number of a subscriber that can be an extension here.
const NUMBER_LEN_MAX: usize = 5;
/// The shortest.
const NUMBER_LEN_MIN: usize = 3;

/// An extension that stands on one side, or on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub number: String,
    /// Its record here.
    pub extension: Option<RecordId>,
    pub name: Option<String>,
    /// Its name there.
    pub subscriber: Option<String>,
    /// Whether it works there, or here where it is not there.
    pub active: bool,
}

/// How both sides stand to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    pub local_only: Vec<Difference>,
    pub cloudonix_only: Vec<Difference>,
    pub synced: Vec<Difference>,
    /// Of the synced ones: those that are active on one side only.
    pub status_differs: Vec<Difference>,
    /// Of the synced ones: those that the carrier has not been told of since they changed, or never.
    pub untold: Vec<Difference>,
}

impl Comparison {
    pub fn needs_sync(&self) -> bool {
        !self.local_only.is_empty()
            || !self.cloudonix_only.is_empty()
            || !self.status_differs.is_empty()
            || !self.untold.is_empty()
    }
}

/// Compares the extensions of people, archived ones too, with the carrier's subscribers.
///
/// Archived extensions that are not there either are no difference. Of subscribers, only those whose number could be
/// an extension's count.
pub(super) fn compared(local: &[PbxExtension], remote: &[Subscriber]) -> Comparison {
    let mut there: BTreeMap<&str, &Subscriber> =
        remote.iter().map(|subscriber| (subscriber.number.as_str(), subscriber)).collect();
    let mut comparison = Comparison::default();
    for extension in local {
        let subscriber = there.remove(extension.number.as_str());
        if extension.destination.is_some() {
            // Its number is taken here; what is there under it is nobody's to take over.
            continue;
        }
        let difference = Difference {
            number: extension.number.clone(),
            extension: Some(extension.id),
            name: Some(extension.name.clone()),
            subscriber: subscriber.map(|subscriber| subscriber.id.clone()),
            active: subscriber.map_or(extension.active, |subscriber| subscriber.active),
        };
        let Some(subscriber) = subscriber else {
            if extension.active {
                comparison.local_only.push(difference);
            }
            continue;
        };
        let is_told = extension.sync_state == Some(PbxExtensionSyncState::Synced)
            && extension.cloudonix_subscriber_id.as_deref() == Some(&subscriber.id);
        if !is_told {
            comparison.untold.push(difference.clone());
        } else if subscriber.active != extension.active {
            comparison.status_differs.push(difference.clone());
        }
        comparison.synced.push(difference);
    }
    comparison.cloudonix_only = there.into_values().filter_map(remote_only).collect();
    comparison
}

fn remote_only(subscriber: &Subscriber) -> Option<Difference> {
    let number = &subscriber.number;
    let fits = (NUMBER_LEN_MIN..=NUMBER_LEN_MAX).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Difference {
        number: number.clone(),
        extension: None,
        name: None,
        subscriber: Some(subscriber.id.clone()),
        active: subscriber.active,
    })
}
