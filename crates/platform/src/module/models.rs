//! Makes models of what the files declare: extensions merged in, what is usual settled, relations checked.

use super::declared::{Declared, Named, Own};
use super::fields::{Amendment, DeclaredField};
use super::merge::Parsed;
use super::{Mistakes, data, grant};
use crate::access::Rule;
use crate::field::{Field, FieldKind, Unique, title_of};
use crate::model::{Model, ModelName, RESERVED, Tenancy};
use crate::source::{Place, SourceError, unknown_word};
use std::collections::BTreeMap;

/// PostgreSQL cuts longer names, and two that are alike up to there would be one.
const TABLE_LEN_MAX: usize = 63;

/// A model under construction, with the places that the checks between models point at.
pub(super) struct Draft {
    model: Model,
    /// In the order of modules; which module brought a field, it says itself.
    fields: Vec<DeclaredField>,
    own: Own,
    /// Groups of fields of `unique` and `indexes`, the extensions' too.
    named: Vec<Named>,
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
        let extended = extend(extension, &reachable, &mut drafts, mistakes);
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
        config: own.config && own.audit && own.tenancy == Tenancy::Tenant,
        unique: found.unique.iter().map(|(names, _)| names.clone()).collect(),
        indexes: found.indexes.iter().map(|(names, _)| names.clone()).collect(),
        publish: own.publish,
        machine_fields: own.machine_fields.iter().flat_map(|(names, _)| names.clone()).collect(),
        retention: own.retention.as_ref().map(|(retention, _)| retention.clone()),
        rights: Vec::new(),
        reveal: Vec::new(),
        name_search: Vec::new(),
        company: own.company,
        changeable: Vec::new(),
        rules: if own.company { vec![Rule::of_companies()] } else { Vec::new() },
        name: found.name.clone(),
    };
    let named = found.unique.into_iter().chain(found.indexes).collect();
    drafts.insert(found.name, Draft { model, fields: found.fields, own, named });
}

fn extend(
    extension: Declared,
    reachable: &[String],
    drafts: &mut BTreeMap<ModelName, Draft>,
    mistakes: &mut Mistakes,
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
    draft.model.unique.extend(extension.unique.iter().map(|(names, _)| names.clone()));
    draft.model.indexes.extend(extension.indexes.iter().map(|(names, _)| names.clone()));
    draft.named.extend(extension.unique.into_iter().chain(extension.indexes));
    for field in extension.fields {
        if let Some(other) = draft.fields.iter().find(|other| other.field.name == field.field.name) {
            mistakes.add(field.place.refuse(format!(
                "found the field `{}`, but the module `{}` brings it to `{}` already ({}:{})",
                field.field.name,
                other.field.module,
                extension.name,
                other.place.file(),
                other.place.line()
            )));
            continue;
        }
        draft.fields.push(field);
    }
    for amendment in &extension.amendments {
        let amended = amend(draft, amendment, &extension.module, reachable);
        mistakes.note(amended);
    }
    Ok(())
}

/// Changes a field of another module as an extension says.
fn amend(
    draft: &mut Draft,
    amendment: &Amendment,
    module: &str,
    reachable: &[String],
) -> Result<(), SourceError> {
    let entry = &amendment.entry;
    let is_theirs = |field: &&mut DeclaredField| field.field.name == entry.key();
    let names: Vec<String> = draft.fields.iter().map(|field| field.field.name.clone()).collect();
    let Some(field) = draft.fields.iter_mut().find(is_theirs) else {
        let unknown = unknown_word("field", entry.key(), names.iter().map(String::as_str));
        return Err(entry.refuse(format!("{unknown} A new field needs `type`.")));
    };
    if !reachable.contains(&field.field.module) {
        return Err(entry.refuse(data::not_reachable(&field.field.module)));
    }
    field.amend(amendment, module)
}

/// Checks what can only be checked with all models at hand, and settles what is usual.
pub(super) fn finish(
    drafts: &BTreeMap<ModelName, Draft>,
    modules: &[Parsed<'_>],
    mistakes: &mut Mistakes,
) -> BTreeMap<ModelName, Model> {
    let mut models = BTreeMap::new();
    for draft in drafts.values() {
        for declared in &draft.fields {
            let module = modules.iter().find(|other| other.manifest.info.name == declared.field.module);
            let reachable = module.map_or(&[][..], |module| &module.reachable);
            let related = check_relation(draft, declared, drafts, reachable);
            mistakes.note(related);
            let unique = check_unique(draft, declared);
            mistakes.note(unique);
            let currency = check_currency(draft, declared);
            mistakes.note(currency);
        }
        let model = settle(draft, mistakes);
        models.insert(model.name.clone(), model);
    }
    models
}

fn check_relation(
    draft: &Draft,
    declared: &DeclaredField,
    drafts: &BTreeMap<ModelName, Draft>,
    reachable: &[String],
) -> Result<(), SourceError> {
    let (targets, inverse) = match &declared.field.kind {
        FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => (std::slice::from_ref(to), None),
        FieldKind::One2many { to, inverse, .. } => (std::slice::from_ref(to), Some(inverse)),
        FieldKind::Reference { to, .. } => (to.as_slice(), None),
        _ => return Ok(()),
    };
    let mut last = None;
    for (at, to) in targets.iter().enumerate() {
        let place = declared.to.get(at).unwrap_or(&declared.place);
        let Some(target) = drafts.get(to) else {
            let names = drafts.keys().map(ModelName::as_str);
            return Err(place.refuse(unknown_word("model", to.as_str(), names)));
        };
        if !reachable.contains(&target.model.module) {
            return Err(place.refuse(data::not_reachable(&target.model.module)));
        }
        if draft.model.tenancy == Tenancy::Shared && target.model.tenancy != Tenancy::Shared {
            return Err(place.refuse(format!("found `{to}`, but a shared model can name only shared ones")));
        }
        last = Some((to, target));
    }
    let pairs = declared.field.relation_table(&draft.model);
    if pairs.is_some_and(|table| table.len() > TABLE_LEN_MAX) {
        return Err(declared
            .place
            .refuse("found a many2many whose table's name would be too long, expected a shorter name"));
    }
    let (Some(inverse), Some((to, target))) = (inverse, last) else { return Ok(()) };
    let place = declared.inverse.as_ref().unwrap_or(&declared.place);
    let back = target.fields.iter().find(|other| other.field.name == *inverse);
    match back.map(|other| &other.field.kind) {
        Some(FieldKind::Many2one { to: back, .. }) if *back == draft.model.name => Ok(()),
        _ => Err(place.refuse(format!(
            "`inverse`: found {inverse:?}, expected a many2one of {to} that goes to {}",
            draft.model.name
        ))),
    }
}

/// The currency of an amount is a record that the same record names.
fn check_currency(draft: &Draft, declared: &DeclaredField) -> Result<(), SourceError> {
    let FieldKind::Monetary { currency, .. } = &declared.field.kind else { return Ok(()) };
    let is_link = |other: &DeclaredField| matches!(other.field.kind, FieldKind::Many2one { .. });
    if draft.fields.iter().any(|other| other.field.name == *currency && is_link(other)) {
        return Ok(());
    }
    let place = declared.currency.as_ref().unwrap_or(&declared.place);
    Err(place.refuse(format!(
        "`currency`: found {currency:?}, expected a many2one of {}: the record that is the amount's currency",
        draft.model.name
    )))
}

fn check_unique(draft: &Draft, declared: &DeclaredField) -> Result<(), SourceError> {
    let (Some(unique), Some(place)) = (declared.field.unique, &declared.unique) else { return Ok(()) };
    let has_active = draft
        .fields
        .iter()
        .any(|other| other.field.name == "active" && other.field.kind == FieldKind::Boolean);
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

/// Checks that the groups that fields are shown to exist, once module data is read.
pub(super) fn check_groups(
    drafts: &BTreeMap<ModelName, Draft>,
    modules: &[Parsed<'_>],
    known: &data::Known,
    mistakes: &mut Mistakes,
) {
    for declared in drafts.values().flat_map(|draft| &draft.fields) {
        for (home, group, place) in &declared.groups {
            let module = modules.iter().find(|other| other.manifest.info.name == *home);
            let reachable = module.map_or(&[][..], |module| &module.reachable);
            let checked = grant::group(home, reachable, known, group, place);
            mistakes.note(checked.map(drop));
        }
    }
}

/// Checks the fields that machines keep, and by which records are deleted.
fn check_upkeep(draft: &Draft, model: &Model, mistakes: &mut Mistakes) {
    if let Some((names, place)) = &draft.own.machine_fields {
        let checked = names.iter().try_for_each(|name| check_column(model, name, place));
        mistakes.note(checked);
    }
    if let Some((retention, place)) = &draft.own.retention {
        let is_instant = model.field(&retention.field).is_some_and(|field| field.kind == FieldKind::Datetime);
        if !is_instant && retention.field != "created_at" {
            mistakes.add(place.refuse(format!(
                "`retention`: found {:?}, expected a datetime field of the model, or \"created_at\"",
                retention.field
            )));
        }
    }
}

/// Settles display, order and folding, and checks the fields that the model's own lines name.
///
/// A model with mistakes comes out as well as it can, so that what refers to it is not called a mistake, too.
fn settle(draft: &Draft, mistakes: &mut Mistakes) -> Model {
    let mut model = draft.model.clone();
    model.fields = draft.fields.iter().map(|declared| declared.field.clone()).collect();
    if let Some(declared) = draft.fields.iter().find(|declared| declared.field.name == "active")
        && declared.field.kind != FieldKind::Boolean
    {
        let message = "found a field `active` of another type, expected a boolean: it archives records";
        mistakes.add(declared.place.refuse(message));
    }
    let display = display(draft, &model);
    model.display = mistakes.note(display).unwrap_or_else(|| "id".to_owned());
    for (names, place) in &draft.named {
        let checked = names.iter().try_for_each(|name| check_column(&model, name, place));
        mistakes.note(checked);
    }
    check_upkeep(draft, &model, mistakes);
    model.order = match &draft.own.order {
        None => vec![(model.display.clone(), false)],
        Some((order, place)) => {
            let is_reserved = |name: &str| RESERVED.contains(&name) && name != "tenant_id";
            let mut own = order.iter().filter(|(name, _)| !is_reserved(name));
            let checked = own.try_for_each(|(name, _)| check_column(&model, name, place));
            mistakes.note(checked);
            order.clone()
        }
    };
    if !model.order.iter().any(|(name, _)| name == "id") {
        model.order.push(("id".to_owned(), false));
    }
    let names = name_search(draft, &model);
    model.name_search = mistakes.note(names).unwrap_or_default();
    let looked_up = model.name_search.clone();
    for (field, declared) in model.fields.iter_mut().zip(&draft.fields) {
        if matches!(field.kind, FieldKind::Char { .. }) && !declared.folded_is_said {
            field.folded = field.unique.is_some() || looked_up.contains(&field.name);
        }
    }
    for declared in &draft.fields {
        let place = declared.groups.first().map_or(&declared.place, |(_, _, place)| place);
        let checked = grant::check_field_groups(&model, &declared.field, place);
        mistakes.note(checked);
    }
    model
}

/// The fields named, else the one that a record is shown by.
fn name_search(draft: &Draft, model: &Model) -> Result<Vec<String>, SourceError> {
    let Some((names, place)) = &draft.own.name_search else {
        return Ok(Some(model.display.clone()).filter(|name| name != "id").into_iter().collect());
    };
    let is_char = |field: &&Field| matches!(field.kind, FieldKind::Char { .. });
    for name in names {
        if model.field(name).filter(is_char).is_none() {
            let chars = model.fields.iter().filter(is_char).map(|field| field.name.as_str());
            return Err(place.refuse(unknown_word("char field", name, chars)));
        }
    }
    // Whatever else is looked at, a record is always found by the name it is shown by.
    let mut names = names.clone();
    if model.display != "id" && !names.contains(&model.display) {
        names.push(model.display.clone());
    }
    Ok(names)
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
        && !matches!(
            field.kind,
            FieldKind::Json | FieldKind::Binary | FieldKind::Secret | FieldKind::Text | FieldKind::Html
        );
    if has_order {
        Ok(())
    } else {
        Err(place.refuse(format!("found `{name}`, which cannot be sorted by or indexed")))
    }
}
