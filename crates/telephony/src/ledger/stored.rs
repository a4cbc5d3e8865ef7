//! How a ledger is written down: its entries alone where nothing else was told, as ledgers have always been.

use super::Ledger;
use crate::entry::Entry;
use crate::news::News;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Entries(&'a [Entry]),
    Both { entries: &'a [Entry], news: &'a News },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Entries(Vec<Entry>),
    Both { entries: Vec<Entry>, news: Box<News> },
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = if self.news.is_empty() {
            Written::Entries(&self.entries)
        } else {
            Written::Both { entries: &self.entries, news: &self.news }
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Entries(entries) => Self { entries, news: News::default() },
            Read::Both { entries, news } => Self { entries, news: *news },
        })
    }
}
