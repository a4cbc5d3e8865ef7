//! What a story calls its records, and the ids behind the names.

use crate::story::words::{Words, is_short};
use opbx_routing::ExtensionId;
use std::collections::BTreeMap;

/// What has a name in a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Group,
    Menu,
    Hours,
    Room,
    Assistant,
    Voicemail,
    Queue,
    Trunk,
    Rule,
}

const KINDS: &[(&str, Kind)] = &[
    ("group", Kind::Group),
    ("menu", Kind::Menu),
    ("hours", Kind::Hours),
    ("room", Kind::Room),
    ("conference", Kind::Room),
    ("assistant", Kind::Assistant),
    ("voicemail", Kind::Voicemail),
    ("queue", Kind::Queue),
    ("trunk", Kind::Trunk),
    ("rule", Kind::Rule),
];

impl Kind {
    pub(super) fn of(word: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }

    fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("record", |(word, _)| word)
    }
}

/// Ids by name; each kind counts from 1.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    ids: BTreeMap<(Kind, String), i64>,
    extensions: BTreeMap<String, ExtensionId>,
}

impl Names {
    /// Learns the name that a line of the scene is about.
    pub(super) fn declare(&mut self, line: &str) {
        let Ok(mut words) = Words::of(line) else { return };
        let kind = words.bare().and_then(Kind::of);
        if let (Some(kind), Ok(name)) = (kind, words.any("a name")) {
            self.learn(kind, name);
        }
    }

    fn learn(&mut self, kind: Kind, name: &str) -> i64 {
        let next = self.ids.keys().filter(|(known, _)| *known == kind).count() as i64 + 1;
        *self.ids.entry((kind, name.to_owned())).or_insert(next)
    }

    pub(super) fn has(&self, kind: Kind, name: &str) -> bool {
        self.ids.contains_key(&(kind, name.to_owned()))
    }

    pub(super) fn id(&self, kind: Kind, name: &str) -> Result<i64, String> {
        let known = self.ids.get(&(kind, name.to_owned())).copied();
        known.ok_or_else(|| format!("the story has no {} {name:?}", kind.word()))
    }

    /// Queues have no lines of their own: naming one makes it.
    pub(super) fn queue(&mut self, name: &str) -> i64 {
        self.learn(Kind::Queue, name)
    }

    /// The one record of this name, of whatever kind a call can be sent to.
    pub(super) fn only(&self, name: &str) -> Result<(Kind, i64), String> {
        let places = |kind: &Kind| !matches!(kind, Kind::Trunk | Kind::Rule);
        let mut found = self.ids.iter().filter(|((kind, known), _)| known == name && places(kind));
        match (found.next(), found.next()) {
            (Some(((kind, _), id)), None) => Ok((*kind, *id)),
            (Some(((first, _), _)), Some(((second, _), _))) => {
                Err(format!("{name:?} is a {} and a {}: write which is meant", first.word(), second.word()))
            }
            (None, _) => Err(format!("the story knows no {name:?}")),
        }
    }

    pub(super) fn extension(&self, number: &str) -> Option<ExtensionId> {
        self.extensions.get(number).copied()
    }

    /// The id of an extension, and whether it is new.
    pub(super) fn learn_extension(&mut self, number: &str) -> (ExtensionId, bool) {
        if let Some(known) = self.extension(number) {
            return (known, false);
        }
        let id = ExtensionId::new(self.extensions.len() as i64 + 1).expect("positive");
        self.extensions.insert(number.to_owned(), id);
        (id, true)
    }
}

/// Whether a text may be an extension's number in a story.
pub(super) fn is_extension(word: &str) -> Result<(), String> {
    is_short(word).then_some(()).ok_or_else(|| format!("{word:?} is no extension: it has 3 to 5 digits"))
}
