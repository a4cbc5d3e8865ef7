//! Gives each model the rights, rules and field groups that files declare, checked against all that was read.

use super::Mistakes;
use super::access::{Changes, DeclaredRule, Grant};
use super::data::Known;
use super::merge::Parsed;
use crate::access::Rule;
use crate::field::Field;
use crate::literal::Reference;
use crate::model::{Model, ModelName};
use crate::registry::Registry;
use crate::source::{Place, SourceError, unknown_word};
use opbx_kernel::{CompanyId, Scope, TenantId, Timestamp, UserId};
use std::collections::BTreeMap;

/// What a file of one module may name.
struct Context<'a> {
    home: &'a str,
    reachable: &'a [String],
    known: &'a Known,
}

/// A rule with the model it is of and where its domain stands.
type Placed = (ModelName, Rule, Place);

pub(super) fn all(
    mut models: BTreeMap<ModelName, Model>,
    modules: &[Parsed<'_>],
    known: &Known,
    mistakes: &mut Mistakes,
) -> BTreeMap<ModelName, Model> {
    let mut rules: Vec<Placed> = Vec::new();
    for module in modules {
        let context = Context { home: &module.manifest.info.name, reachable: &module.reachable, known };
        for folder in module.folders.values() {
            let model = folder.model.as_ref().and_then(|name| models.get_mut(name));
            if let (None, Some(first)) = (&folder.model, folder.access.place()) {
                mistakes.add(first.refuse("found rights, expected a valid model.toml in the same folder"));
            }
            let Some(model) = model else { continue };
            for grant in &folder.access.grants {
                let granted = context.grant(model, grant);
                mistakes.note(granted);
            }
            for (group, place) in &folder.reveal {
                let group = context.group(group, place);
                model.reveal.extend(mistakes.note(group));
            }
            for changes in &folder.access.changes {
                let limited = context.limit(model, changes);
                mistakes.note(limited);
            }
            for declared in &folder.access.rules {
                let rule = context.rule(model, declared);
                rules.extend(
                    mistakes.note(rule).map(|rule| (model.name.clone(), rule, declared.place.clone())),
                );
            }
        }
    }
    for (name, rule, _) in &rules {
        if let Some(model) = models.get_mut(name) {
            model.rules.push(rule.clone());
        }
    }
    check_domains(&models, &rules, mistakes);
    models
}

/// Judges each rule by filling in a scope's values, which can only be done with every model at hand.
fn check_domains(models: &BTreeMap<ModelName, Model>, rules: &[Placed], mistakes: &mut Mistakes) {
    if rules.is_empty() {
        return;
    }
    let registry = Registry::of_models(models.clone());
    let scope = somebody();
    for (name, rule, place) in rules {
        let Some(model) = models.get(name) else { continue };
        if let Err(error) = rule.for_scope(&scope, &registry, model, Timestamp::UNIX_EPOCH) {
            mistakes.add(place.refuse(format!("the rule `{}`: {error}", rule.name)));
        }
    }
}

/// A scope that has every value a rule may name.
fn somebody() -> Scope {
    let tenant = TenantId::new(1).expect("1 is an id");
    let user = UserId::new(1).expect("1 is an id");
    let company = CompanyId::new(1).expect("1 is an id");
    Scope::user(tenant, user, vec!["base.group_user".to_owned()]).with_companies(vec![company])
}

impl Context<'_> {
    fn grant(&self, model: &mut Model, grant: &Grant) -> Result<(), SourceError> {
        let group = self.group(&grant.group, &grant.place)?;
        if model.rights.iter().any(|(other, _)| *other == group) {
            return Err(grant
                .place
                .refuse(format!("found the group `{group}` twice for {}, expected it once", model.name)));
        }
        model.rights.push((group, grant.rights));
        Ok(())
    }

    fn limit(&self, model: &mut Model, changes: &Changes) -> Result<(), SourceError> {
        let group = self.group(&changes.group, &changes.place)?;
        for (name, place) in &changes.fields {
            if model.field(name).is_none() {
                let names = model.fields.iter().map(|field| field.name.as_str());
                return Err(place.refuse(unknown_word("field", name, names)));
            }
        }
        if !model.rights.iter().any(|(other, rights)| *other == group && rights.update) {
            let message = format!("found the group `{group}`, expected one that may update {}", model.name);
            return Err(changes.place.refuse(message));
        }
        let fields = changes.fields.iter().map(|(name, _)| name.clone()).collect();
        model.changeable.push((group, fields));
        Ok(())
    }

    fn rule(&self, model: &Model, declared: &DeclaredRule) -> Result<Rule, SourceError> {
        if model.rules.iter().any(|other| other.name == declared.name) {
            let message = format!("found the rule `{}` twice, expected it once", declared.name);
            return Err(declared.place.refuse(message));
        }
        let groups = declared.groups.iter().map(|(group, place)| self.group(group, place));
        Ok(Rule {
            name: declared.name.clone(),
            groups: groups.collect::<Result<_, _>>()?,
            deeds: declared.deeds,
            domain: declared.domain.clone(),
        })
    }

    fn group(&self, named: &Reference, place: &Place) -> Result<String, SourceError> {
        group(self.home, self.reachable, self.known, named, place)
    }
}

/// The whole external id of a group that module data declares.
pub(super) fn group(
    home: &str,
    reachable: &[String],
    known: &Known,
    group: &Reference,
    place: &Place,
) -> Result<String, SourceError> {
    let module = group.module_or(home);
    let whole = format!("{module}.{}", group.name);
    let found = known.get(&(module.to_owned(), group.name.clone()));
    let is_reachable = reachable.iter().any(|reachable| reachable == module);
    if is_reachable && found.is_some_and(|model| model.as_str() == "res.groups") {
        return Ok(whole);
    }
    Err(place.refuse(format!("found the group `{whole}`, expected one that module data declares")))
}

/// Checks the groups of a model's fields: they exist, and nobody is kept from working by what they cannot see.
pub(super) fn check_field_groups(model: &Model, field: &Field, place: &Place) -> Result<(), SourceError> {
    if field.groups.is_empty() {
        return Ok(());
    }
    let name = &field.name;
    if field.required && field.default.is_none() {
        let message =
            format!("found `groups` on the required field `{name}`, expected a default beside them");
        return Err(place.refuse(message));
    }
    let is_for_all = model.display == *name
        || model.name_search.contains(name)
        || model.order.iter().any(|(other, _)| other == name)
        || ["active", "company"].contains(&name.as_str());
    if is_for_all {
        let message = format!("found `groups` on `{name}`, but records are shown, sorted or filtered by it");
        return Err(place.refuse(message));
    }
    Ok(())
}
