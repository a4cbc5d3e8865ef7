//! Which models a configuration file speaks of, in which order, and which are written inside the records they belong to.

use opbx_platform::field::OnDelete;
use opbx_platform::value::DESTINATION_KINDS;
use opbx_platform::{Field, FieldKind, Model, Registry};
use std::collections::{BTreeMap, BTreeSet};

/// The fields whose number says an element's place in its list.
const POSITIONS: [&str; 2] = ["priority", "sequence"];

/// The models of a file, in the order in which a person would read them: what others name comes first.
pub(super) struct Outline<'a> {
    top: Vec<&'a Model>,
    /// Models whose records are written inside another's, by that model and its one2many.
    inside: BTreeMap<&'a str, (&'a Model, &'a Field)>,
}

impl<'a> Outline<'a> {
    pub(super) fn of(registry: &'a Registry) -> Self {
        let config: Vec<&Model> = registry.models().filter(|model| model.config).collect();
        let inside: BTreeMap<&str, _> =
            config.iter().filter_map(|model| Some((model.name.as_str(), home(&config, model)?))).collect();
        let mut outline = Self { top: Vec::new(), inside };
        let place = |model: &Model| registry.modules().iter().position(|module| module.name == model.module);
        let mut top: Vec<_> = config
            .iter()
            .filter(|model| !outline.inside.contains_key(model.name.as_str()))
            .map(|model| {
                let depth = outline.depth(registry, model, &mut BTreeSet::new());
                (place(model), depth, model.name.as_str(), *model)
            })
            .collect();
        top.sort_by_key(|(place, depth, name, _)| (*place, *depth, *name));
        outline.top = top.into_iter().map(|(_, _, _, model)| model).collect();
        outline
    }

    /// The models that have tables of their own.
    pub(super) fn top(&self) -> &[&'a Model] {
        &self.top
    }

    /// The model inside whose records this one's are written, and the field that lists them.
    pub(super) fn inside(&self, model: &str) -> Option<(&'a Model, &'a Field)> {
        self.inside.get(model).copied()
    }

    /// Where records of a model stand in the order of the file; those inside others stand with them.
    pub(super) fn rank(&self, model: &str) -> usize {
        let mut model = model;
        // A chain of models inside models is no longer than there are models.
        for _ in 0..=self.inside.len() {
            match self.inside(model) {
                Some((home, _)) => model = home.name.as_str(),
                None => break,
            }
        }
        self.top.iter().position(|top| top.name.as_str() == model).unwrap_or(self.top.len())
    }

    /// How many models, one naming the next, a model's records build on. A circle is cut where it is entered.
    fn depth(&self, registry: &'a Registry, model: &'a Model, entered: &mut BTreeSet<&'a str>) -> usize {
        if !entered.insert(model.name.as_str()) {
            return 0;
        }
        let mut deepest = 0;
        let mut named: Vec<String> = Vec::new();
        for field in &model.fields {
            match &field.kind {
                FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => named.push(to.to_string()),
                FieldKind::One2many { to, .. } if self.lists(model, field) => named.push(to.to_string()),
                FieldKind::Destination if !is_destination(model) => {
                    named.extend(DESTINATION_KINDS.iter().map(|kind| format!("pbx.{kind}")));
                }
                _ => {}
            }
        }
        for name in named {
            let Some(target) = registry.model(&name).filter(|target| target.config) else { continue };
            // What belongs to a record stands with it and is no step of its own.
            let step = usize::from(!self.inside.contains_key(target.name.as_str()));
            deepest = deepest.max(step + self.depth(registry, target, entered));
        }
        entered.remove(model.name.as_str());
        deepest
    }

    /// Whether the records of a one2many are written inside the records of its model.
    pub(super) fn lists(&self, model: &Model, field: &Field) -> bool {
        let FieldKind::One2many { to, .. } = &field.kind else { return false };
        self.inside(to.as_str())
            .is_some_and(|(home, list)| home.name == model.name && list.name == field.name)
    }
}

/// The model and list that a model's records belong into: theirs alone, gone with it, and named by nobody else.
fn home<'a>(config: &[&'a Model], child: &Model) -> Option<(&'a Model, &'a Field)> {
    let mut homes = config.iter().filter(|model| model.name != child.name).flat_map(|model| {
        model.fields.iter().filter_map(move |field| match &field.kind {
            FieldKind::One2many { to, inverse, .. } if *to == child.name && belongs(child, inverse) => {
                Some((*model, field))
            }
            _ => None,
        })
    });
    let first = homes.next()?;
    // Of several homes, the one whose name the child's begins with.
    let is_named_after = |home: &Model| child.name.as_str().starts_with(&format!("{}.", home.name));
    let (model, field) = if is_named_after(first.0) {
        first
    } else {
        homes.find(|home| is_named_after(home.0)).unwrap_or(first)
    };
    // Records inside a record that is inside another name it, too: by the inverse of its own list of them.
    let is_free = config.iter().all(|other| {
        other.fields.iter().all(|field| match &field.kind {
            FieldKind::Many2one { to, .. } if *to == child.name => lists_back(child, other, &field.name),
            FieldKind::Many2many { to } => *to != child.name,
            _ => true,
        })
    });
    (is_free && !is_destination(child)).then_some((model, field))
}

fn lists_back(model: &Model, child: &Model, inverse: &str) -> bool {
    model.fields.iter().any(|field| match &field.kind {
        FieldKind::One2many { to, inverse: back, .. } => *to == child.name && back == inverse,
        _ => false,
    })
}

fn belongs(child: &Model, inverse: &str) -> bool {
    child.field(inverse).is_some_and(|field| {
        field.required && matches!(field.kind, FieldKind::Many2one { on_delete: OnDelete::Cascade, .. })
    })
}

/// Whether calls can be sent to records of a model.
fn is_destination(model: &Model) -> bool {
    let kind = model.name.as_str().strip_prefix("pbx.");
    kind.is_some_and(|kind| DESTINATION_KINDS.contains(&kind))
}

/// The one field that a bare name in a list can mean: the only other record that is required.
pub(super) fn meant<'a>(model: &'a Model, inverse: &str) -> Option<&'a Field> {
    let is_record = |field: &&Field| matches!(field.kind, FieldKind::Many2one { .. }) && field.required;
    let mut others = model.fields.iter().filter(is_record).filter(|field| field.name != inverse);
    let first = others.next()?;
    others.next().is_none().then_some(first)
}

/// The field that holds a list's order, where the model has one.
pub(super) fn position(model: &Model) -> Option<&Field> {
    let is_number = |field: &&Field| matches!(field.kind, FieldKind::Integer { .. });
    POSITIONS.into_iter().find_map(|name| model.field(name).filter(is_number))
}

/// Whether a file can hold the field's value itself; what OPBX writes by itself is in no file.
pub(super) fn is_written(field: &Field) -> bool {
    !field.readonly
        && !matches!(field.kind, FieldKind::One2many { .. } | FieldKind::Secret | FieldKind::Binary)
}
