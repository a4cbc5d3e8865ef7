//! A file's records laid out flat, each name in them resolved to the record it stands for.

use super::HOME;
use super::file::{ConfigFile, Wanted};
use super::names::Names;
use opbx_kernel::RecordId;
use opbx_platform::literal::{Literal, Reference};
use opbx_platform::source::{Place, SourceError, unknown_word};
use opbx_platform::{DestinationRef, Field, FieldKind, Model, ModelName, RecordRef, Registry, Value};
use std::collections::HashMap;

/// A record that the file wants, with a table of its own or inside another.
pub(super) struct Node<'a> {
    pub(super) model: &'a Model,
    pub(super) name: Option<&'a str>,
    pub(super) renamed_from: Option<&'a (String, Place)>,
    pub(super) place: &'a Place,
    /// The record with a table of its own that this one is, or is inside of.
    pub(super) top: usize,
    pub(super) wishes: Vec<Wish<'a>>,
    pub(super) lists: Vec<NodeList<'a>>,
    /// The record in the database, once there is one.
    pub(super) id: Option<RecordId>,
}

/// The records inside a record.
pub(super) struct NodeList<'a> {
    pub(super) field: &'a Field,
    pub(super) model: &'a Model,
    pub(super) inverse: &'a str,
    pub(super) elements: Vec<usize>,
    pub(super) place: &'a Place,
}

/// What a field shall hold.
pub(super) struct Wish<'a> {
    pub(super) field: &'a Field,
    pub(super) content: Content,
    pub(super) place: &'a Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Value(Value),
    One(Target),
    Many(Vec<Target>),
    Destination(String, Target),
    /// A record of one of several models.
    OneOf(ModelName, Target),
}

/// A record that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Known(RecordId),
    /// One of the file.
    Node(usize),
}

pub(super) struct Nodes<'a> {
    pub(super) all: Vec<Node<'a>>,
    by_name: HashMap<(&'a str, &'a str), usize>,
    by_word: HashMap<&'a str, usize>,
}

impl<'a> Nodes<'a> {
    /// Lays the file out; names that stand for nothing are mistakes.
    pub(super) fn of(
        file: &'a ConfigFile<'a>,
        registry: &Registry,
        names: &Names,
        mistakes: &mut Vec<SourceError>,
    ) -> Self {
        let mut nodes = Self { all: Vec::new(), by_name: HashMap::new(), by_word: HashMap::new() };
        let mut wanted = Vec::new();
        for record in &file.records {
            nodes.add(record, None, None, &mut wanted);
        }
        for (at, wanted) in wanted.into_iter().enumerate() {
            for given in &wanted.fields {
                let resolving = Resolving { nodes: &nodes, registry, names, place: &given.place };
                match resolving.content(given.field, &given.literal) {
                    Ok(content) => {
                        nodes.all[at].wishes.push(Wish { field: given.field, content, place: &given.place });
                    }
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
        nodes
    }

    fn add(
        &mut self,
        record: &'a Wanted<'a>,
        top: Option<usize>,
        parent: Option<(usize, &'a Field)>,
        wanted: &mut Vec<&'a Wanted<'a>>,
    ) -> usize {
        let at = self.all.len();
        let top = top.unwrap_or(at);
        wanted.push(record);
        let wishes = parent.map(|(parent, inverse)| Wish {
            field: inverse,
            content: Content::One(Target::Node(parent)),
            place: &record.place,
        });
        self.all.push(Node {
            model: record.model,
            name: record.name.as_deref(),
            renamed_from: record.renamed_from.as_ref(),
            place: &record.place,
            top,
            wishes: wishes.into_iter().collect(),
            lists: Vec::new(),
            id: None,
        });
        if let Some(name) = &record.name {
            self.by_name.insert((record.model.name.as_str(), name), at);
            self.by_word.entry(name).or_insert(at);
        }
        for list in &record.lists {
            let inverse = list.model.field(list.inverse).expect("the registry checked its relations");
            let elements =
                list.elements.iter().map(|element| self.add(element, Some(top), Some((at, inverse)), wanted));
            let elements = elements.collect();
            let (field, model) = (list.field, list.model);
            self.all[at].lists.push(NodeList {
                field,
                model,
                inverse: list.inverse,
                elements,
                place: &list.place,
            });
        }
        at
    }

    /// What the file calls a record, for sentences: `pbx.ring_group.sales`.
    pub(super) fn title(&self, at: usize) -> String {
        let top = &self.all[self.all[at].top];
        format!("{}.{}", top.model.name, top.name.unwrap_or("?"))
    }

    pub(super) fn named(&self, model: &str, name: &str) -> Option<usize> {
        self.by_name.get(&(model, name)).copied()
    }

    pub(super) fn id(&self, target: Target) -> Option<RecordId> {
        match target {
            Target::Known(id) => Some(id),
            Target::Node(at) => self.all[at].id,
        }
    }

    /// The value that a wish comes to; none while it names a record that does not exist yet.
    pub(super) fn value(&self, content: &Content) -> Option<Value> {
        Some(match content {
            Content::Value(value) => value.clone(),
            Content::One(target) => Value::Record(self.id(*target)?),
            Content::Many(targets) => {
                Value::Records(targets.iter().map(|target| self.id(*target)).collect::<Option<_>>()?)
            }
            Content::OneOf(model, target) => {
                Value::Reference(RecordRef { model: model.clone(), id: self.id(*target)? })
            }
            Content::Destination(kind, target) => {
                Value::Destination(DestinationRef::Record { kind: kind.clone(), id: self.id(*target)? })
            }
        })
    }
}

impl Content {
    /// The records of the file that are named.
    pub(super) fn named(&self) -> impl Iterator<Item = usize> {
        let targets = match self {
            Self::Value(_) => &[][..],
            Self::One(target) | Self::Destination(_, target) | Self::OneOf(_, target) => {
                std::slice::from_ref(target)
            }
            Self::Many(targets) => targets,
        };
        targets.iter().filter_map(|target| match target {
            Target::Node(at) => Some(*at),
            Target::Known(_) => None,
        })
    }
}

impl<'a> Node<'a> {
    pub(super) fn wish(&self, field: &str) -> Option<&Wish<'a>> {
        self.wishes.iter().find(|wish| wish.field.name == field)
    }

    /// Where a field stands; the record itself where the file does not write it.
    pub(super) fn place_of(&self, field: &str) -> &'a Place {
        self.wish(field).map_or(self.place, |wish| wish.place)
    }
}

/// One value being resolved.
struct Resolving<'r, 'a> {
    nodes: &'r Nodes<'a>,
    registry: &'r Registry,
    names: &'r Names,
    place: &'r Place,
}

impl Resolving<'_, '_> {
    fn content(&self, field: &Field, literal: &Literal) -> Result<Content, SourceError> {
        let model = match &field.kind {
            FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => to.as_str(),
            _ => "",
        };
        Ok(match literal {
            Literal::Value(value) => Content::Value(value.clone()),
            Literal::Record(to) => Content::One(self.find(to, model)?),
            Literal::Records(all) => {
                Content::Many(all.iter().map(|to| self.find(to, model)).collect::<Result<_, _>>()?)
            }
            Literal::OneOf { model, to } => Content::OneOf(model.clone(), self.find(to, model.as_str())?),
            Literal::Destination { kind, to } => {
                let model = format!("pbx.{kind}");
                if self.registry.model(&model).is_none() {
                    let message = format!("this version has no destinations of the kind `{kind}` yet");
                    return Err(self.place.refuse(message));
                }
                Content::Destination(kind.clone(), self.find(to, &model)?)
            }
        })
    }

    fn find(&self, to: &Reference, model: &str) -> Result<Target, SourceError> {
        let module = to.module_or(HOME);
        if module != HOME {
            return match self.names.of_a_module(module, &to.name) {
                Some((found, id)) if found == model => Ok(Target::Known(*id)),
                Some((found, _)) => Err(self.other_model(to, found, model)),
                None => Err(self.unknown(to, model)),
            };
        }
        if let Some(at) = self.nodes.named(model, &to.name) {
            return Ok(Target::Node(at));
        }
        // Not in this file, but perhaps from one that was applied before.
        match (self.names.id(model, &to.name), self.nodes.by_word.get(to.name.as_str())) {
            (Some(id), _) => Ok(Target::Known(id)),
            (None, Some(other)) => {
                Err(self.other_model(to, self.nodes.all[*other].model.name.as_str(), model))
            }
            (None, None) => Err(self.unknown(to, model)),
        }
    }

    fn unknown(&self, to: &Reference, model: &str) -> SourceError {
        let of_file = self.nodes.by_name.keys().filter(|(of, _)| *of == model).map(|(_, name)| *name);
        let mut names: Vec<&str> = of_file.chain(self.names.of_model(model)).collect();
        names.sort_unstable();
        names.dedup();
        let message = unknown_word(&format!("record of {model}"), &to.to_string(), names.into_iter());
        self.place.refuse(message)
    }

    fn other_model(&self, to: &Reference, found: &str, model: &str) -> SourceError {
        self.place.refuse(format!("found `{to}`, which is a record of {found}, expected one of {model}"))
    }
}
