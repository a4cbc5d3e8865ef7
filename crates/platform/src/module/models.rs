//! Makes models of what the files declare: extensions merged in, what is usual settled, relations checked.

use super::declared::{Declared, Own};
use super::fields::DeclaredField;
use super::merge::Parsed;
use super::{Mistakes, data};
use crate::field::{Field, FieldKind, Unique, title_of};
use crate::model::{Model, ModelName, RESERVED, Tenancy};
use crate::source::{Place, SourceError, unknown_word};
use std::collections::BTreeMap;

/// PostgreSQL cuts longer names, and two that are alike up to there would be one.
const TABLE_LEN_MAX: usize = 63;

/// A model under construction, with the places that the checks between models point at.
pub(super) struct Draft {
    model: Model,
    place: Place,
    fields: Vec<(DeclaredField, String)>,
    own: Own,
}

/// Makes one draft of each model, its extensions merged in.
pub(super) fn declare(modules: &mut [Parsed<'_>], mistakes: &mut Mistakes) -> BTreeMap<ModelName, Draft> {
    let mut drafts: BTreeMap<ModelName, Draft> = BTreeMap::new();
    let mut extensions = Vec::new();
    for module in modules {
        for mut found in module.declared.drain(..) {
            match found.own.take() {
                Some(own) => declare_own(found, own, &mut drafts, mistakes),
                None => extensions.push((found, module.reachable.clone())),
            }
        }
    }
    for (extension, reachable) in extensions {
        let extended = extend(extension, &reachable, &mut drafts);
        mistakes.note(extended);
    }
    drafts
}

fn declare_own(found: Declared, own: Own, drafts: &mut BTreeMap<ModelName, Draft>, mistakes: &mut Mistakes) {
    // Two names may come to one table: `pbx.a_b` and `pbx.a.b`.
    if let Some(other) = drafts.keys().find(|name| name.table() == found.name.table()) {
        let message =
            format!("found the model `{}`, but there is already `{other}` with its table", found.name);
        mistakes.add(found.place.refuse(message));
        return;
    }
    let last = found.name.as_str().rsplit('.').next().unwrap_or_default();
    let model = Model {
        title: own.title.clone().unwrap_or_else(|| title_of(last)),
        module: found.module.clone(),
        tenancy: own.tenancy,
        fields: Vec::new(),
        order: Vec::new(),
        display: String::new(),
        routing: found.routing,
        audit: own.audit,
        publish: own.publish,
        machine_fields: own.machine_fields.iter().flat_map(|(names, _)| names.clone()).collect(),
        retention: own.retention.as_ref().map(|(retention, _)| retention.clone()),
        unique: own.unique.iter().map(|(names, _)| names.clone()).collect(),
        indexes: own.indexes.iter().map(|(names, _)| names.clone()).collect(),
        rights: Vec::new(),
        name: found.name.clone(),
    };
    let fields = found.fields.into_iter().map(|field| (field, found.module.clone())).collect();
    drafts.insert(found.name, Draft { model, place: found.place, fields, own });
}

fn extend(
    extension: Declared,
    reachable: &[String],
    drafts: &mut BTreeMap<ModelName, Draft>,
) -> Result<(), SourceError> {
    let names: Vec<String> = drafts.keys().map(ToString::to_string).collect();
    let Some(draft) = drafts.get_mut(&extension.name) else {
        let names = names.iter().map(String::as_str);
        return Err(extension.place.refuse(unknown_word("model", extension.name.as_str(), names)));
    };
    if !reachable.contains(&draft.model.module) || draft.model.module == extension.module {
        let message = format!(
            "found an extension of `{}`, expected a model of a module among this module's `depends`",
            extension.name
        );
        return Err(extension.place.refuse(message));
    }
    draft.model.routing |= extension.routing;
    for field in extension.fields {
        if draft.fields.iter().any(|(other, _)| other.field.name == field.field.name) {
            let name = &field.field.name;
            return Err(field
                .place
                .refuse(format!("found the field `{name}`, but `{}` has it", extension.name)));
        }
        draft.fields.push((field, extension.module.clone()));
    }
    Ok(())
}

/// Checks what can only be checked with all models at hand, and settles what is usual.
pub(super) fn finish(
    drafts: &BTreeMap<ModelName, Draft>,
    modules: &[Parsed<'_>],
    mistakes: &mut Mistakes,
) -> BTreeMap<ModelName, Model> {
    let mut models = BTreeMap::new();
    for draft in drafts.values() {
        for (declared, module) in &draft.fields {
            let reachable = modules.iter().find(|other| other.manifest.info.name == *module);
            let reachable = reachable.map_or(&[][..], |module| &module.reachable);
            let related = check_relation(draft, declared, drafts, reachable);
            mistakes.note(related);
            let unique = check_unique(draft, declared);
            mistakes.note(unique);
        }
        let settled = settle(draft);
        if let Some(model) = mistakes.note(settled) {
            models.insert(model.name.clone(), model);
        }
    }
    models
}

fn check_relation(
    draft: &Draft,
    declared: &DeclaredField,
    drafts: &BTreeMap<ModelName, Draft>,
    reachable: &[String],
) -> Result<(), SourceError> {
    let (to, inverse) = match &declared.field.kind {
        FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => (to, None),
        FieldKind::One2many { to, inverse, .. } => (to, Some(inverse)),
        _ => return Ok(()),
    };
    let place = declared.to.as_ref().unwrap_or(&declared.place);
    let Some(target) = drafts.get(to) else {
        return Err(place.refuse(unknown_word("model", to.as_str(), drafts.keys().map(ModelName::as_str))));
    };
    if !reachable.contains(&target.model.module) {
        return Err(place.refuse(data::not_reachable(&target.model.module)));
    }
    if draft.model.tenancy == Tenancy::Shared && target.model.tenancy != Tenancy::Shared {
        return Err(place.refuse(format!("found `{to}`, but a shared model can name only shared ones")));
    }
    let pairs = declared.field.relation_table(&draft.model);
    if pairs.is_some_and(|table| table.len() > TABLE_LEN_MAX) {
        return Err(declared
            .place
            .refuse("found a many2many whose table's name would be too long, expected a shorter name"));
    }
    let Some(inverse) = inverse else { return Ok(()) };
    let place = declared.inverse.as_ref().unwrap_or(&declared.place);
    let back = target.fields.iter().find(|(other, _)| other.field.name == *inverse);
    match back.map(|(other, _)| &other.field.kind) {
        Some(FieldKind::Many2one { to: back, .. }) if *back == draft.model.name => Ok(()),
        _ => Err(place.refuse(format!(
            "`inverse`: found {inverse:?}, expected a many2one of {to} that goes to {}",
            draft.model.name
        ))),
    }
}

fn check_unique(draft: &Draft, declared: &DeclaredField) -> Result<(), SourceError> {
    let (Some(unique), Some(place)) = (declared.field.unique, &declared.unique) else { return Ok(()) };
    let has_active = draft
        .fields
        .iter()
        .any(|(other, _)| other.field.name == "active" && other.field.kind == FieldKind::Boolean);
    match (unique, draft.model.tenancy) {
        (Unique::Installation, Tenancy::Tenant) => Err(place
            .refuse("found \"installation\", expected \"tenant\" or \"active\": its records have a tenant")),
        (Unique::Tenant | Unique::Active, Tenancy::TenantItself | Tenancy::Shared) => {
            Err(place.refuse("expected \"installation\": the records of this model have no tenant"))
        }
        (Unique::Active, Tenancy::Tenant) if !has_active => {
            Err(place
                .refuse("found \"active\", expected \"tenant\": the model has no boolean field `active`"))
        }
        _ => Ok(()),
    }
}

/// Settles display, order and folding, and checks the fields that the model's own lines name.
fn settle(draft: &Draft) -> Result<Model, SourceError> {
    let mut model = draft.model.clone();
    model.fields = draft.fields.iter().map(|(declared, _)| declared.field.clone()).collect();
    if let Some(active) = model.field("active")
        && active.kind != FieldKind::Boolean
    {
        let at = draft.fields.iter().find(|(declared, _)| declared.field.name == "active");
        let place = at.map_or(&draft.place, |(declared, _)| &declared.place);
        return Err(
            place.refuse("found a field `active` of another type, expected a boolean: it archives records")
        );
    }
    model.display = display(draft, &model)?;
    for (names, place) in draft.own.unique.iter().chain(&draft.own.indexes) {
        for name in names {
            check_column(&model, name, place)?;
        }
    }
    if let Some((names, place)) = &draft.own.machine_fields {
        for name in names {
            check_column(&model, name, place)?;
        }
    }
    if let Some((retention, place)) = &draft.own.retention {
        let is_instant = model.field(&retention.field).is_some_and(|field| field.kind == FieldKind::Datetime);
        if !is_instant && retention.field != "created_at" {
            return Err(place.refuse(format!(
                "`retention`: found {:?}, expected a datetime field of the model, or \"created_at\"",
                retention.field
            )));
        }
    }
    model.order = match &draft.own.order {
        None => vec![(model.display.clone(), false)],
        Some((order, place)) => {
            for (name, _) in order {
                if !RESERVED.contains(&name.as_str()) || name == "tenant_id" {
                    check_column(&model, name, place)?;
                }
            }
            order.clone()
        }
    };
    if !model.order.iter().any(|(name, _)| name == "id") {
        model.order.push(("id".to_owned(), false));
    }
    let display = model.display.clone();
    for (field, (declared, _)) in model.fields.iter_mut().zip(&draft.fields) {
        if matches!(field.kind, FieldKind::Char { .. }) && !declared.folded_is_said {
            field.folded = field.unique.is_some() || field.name == display;
        }
    }
    Ok(model)
}

/// The field named, else `name`, else the first char field, else the id.
fn display(draft: &Draft, model: &Model) -> Result<String, SourceError> {
    let is_char = |field: &&Field| matches!(field.kind, FieldKind::Char { .. });
    if let Some((name, place)) = &draft.own.display {
        let field = model.field(name).filter(is_char);
        let chars = model.fields.iter().filter(is_char).map(|field| field.name.as_str());
        return match field {
            Some(_) => Ok(name.clone()),
            None => Err(place.refuse(unknown_word("char field", name, chars))),
        };
    }
    let field = model.field("name").filter(is_char).or_else(|| model.fields.iter().find(is_char));
    Ok(field.map_or("id", |field| &field.name).to_owned())
}

/// Checks that a field can be sorted by and indexed.
fn check_column(model: &Model, name: &str, place: &Place) -> Result<(), SourceError> {
    let Some(field) = model.field(name) else {
        let names = model.stored().map(|field| field.name.as_str());
        return Err(place.refuse(unknown_word("field", name, names)));
    };
    let has_order = field.is_stored()
        && !matches!(field.kind, FieldKind::Json | FieldKind::Binary | FieldKind::Secret | FieldKind::Text);
    if has_order {
        Ok(())
    } else {
        Err(place.refuse(format!("found `{name}`, which cannot be sorted by or indexed")))
    }
}
