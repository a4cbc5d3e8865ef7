//! Who may do what: rights of groups on models, record rules and field groups, judged from a scope alone.

use crate::domain::{Domain, DomainError, Reading};
use crate::model::{COMPANY_FIELD, Model, Rights};
use crate::registry::Registry;
use opbx_kernel::{Companies, Scope, Timestamp};
use serde_json::{Value as Json, json};

/// Record rules of one model at most.
pub const RULES_MAX: usize = 50;

/// What somebody wants to do with a model's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    Create,
    Read,
    Update,
    Delete,
}

impl Deed {
    pub const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    /// The deed as a word of a sentence: "may not update records of Extension".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Rights {
    pub fn allow(self, deed: Deed) -> bool {
        match deed {
            Deed::Create => self.create,
            Deed::Read => self.read,
            Deed::Update => self.update,
            Deed::Delete => self.delete,
        }
    }
}

/// A record rule: the deeds it is about reach only records that its domain holds for.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub name: String,
    /// External ids; empty binds everybody (a global rule).
    pub groups: Vec<String>,
    pub deeds: Rights,
    /// A prefix list in which `WORDS` stand for what the scope says. Checked when modules are read.
    pub domain: Json,
}

/// The words that stand for a scope's values in a rule's domain.
///
/// `$user` is the user's id; `$company` the one company chosen, unset where it is not exactly one; `$companies` the
/// ids of the companies chosen (with all of them, a term that names it holds for every record); `$groups` the
/// external ids of the user's groups; `$now` the instant at which the transaction began.
pub const WORDS: &[&str] = &["$user", "$company", "$companies", "$groups", "$now"];

/// Whether the rights of any of the actor's groups allow a deed. OPBX itself may do everything inside its tenant.
pub fn may(scope: &Scope, model: &Model, deed: Deed) -> bool {
    let allows = |(group, rights): &(String, Rights)| scope.groups().contains(group) && rights.allow(deed);
    scope.is_system() || model.rights.iter().any(allows)
}

/// Whether the actor may change this field of records that they may update.
///
/// A group with the right to update may change every field, unless its access file lists those that it may change.
pub fn may_change(scope: &Scope, model: &Model, field: &str) -> bool {
    let allows = |(group, rights): &(String, Rights)| {
        let listed = model.changeable.iter().find(|(other, _)| other == group);
        scope.groups().contains(group)
            && rights.update
            && listed.is_none_or(|(_, fields)| fields.iter().any(|other| other == field))
    };
    scope.is_system() || model.rights.iter().any(allows)
}

/// The records of a model that a deed reaches: global rules narrow, the rules of the actor's groups widen each other.
///
/// `Domain::All` where nothing narrows, as for OPBX itself. A rule whose groups the actor is not in says nothing.
pub fn reach(
    scope: &Scope,
    registry: &Registry,
    model: &Model,
    deed: Deed,
    now: Timestamp,
) -> Result<Domain, DomainError> {
    let mut global = Domain::All;
    let mut of_groups: Option<Domain> = None;
    if scope.is_system() {
        return Ok(global);
    }
    for rule in model.rules.iter().filter(|rule| rule.deeds.allow(deed)) {
        let is_mine = rule.groups.iter().any(|group| scope.groups().contains(group));
        if rule.groups.is_empty() {
            global = global.and(rule.for_scope(scope, registry, model, now)?);
        } else if is_mine {
            let domain = rule.for_scope(scope, registry, model, now)?;
            of_groups = Some(of_groups.map_or(domain.clone(), |others| others.or(domain)));
        }
    }
    Ok(global.and(of_groups.unwrap_or(Domain::All)))
}

impl Rule {
    /// The rule that models with companies come with.
    pub(crate) fn of_companies() -> Self {
        Self {
            name: "companies".to_owned(),
            groups: Vec::new(),
            deeds: Rights { create: true, read: true, update: true, delete: true },
            domain: json!(["|", [COMPANY_FIELD, "=", null], [COMPANY_FIELD, "in", "$companies"]]),
        }
    }

    /// The rule's domain with the scope's values in it.
    pub fn for_scope(
        &self,
        scope: &Scope,
        registry: &Registry,
        model: &Model,
        now: Timestamp,
    ) -> Result<Domain, DomainError> {
        Domain::parse(&Reading::new(registry, now), model, &filled(&self.domain, scope, now))
    }

    /// The first word that begins like a scope's value and is none, or stands where its value cannot.
    pub(crate) fn misplaced_word(domain: &Json) -> Option<String> {
        let Json::Array(items) = domain else { return None };
        if let [_, op, Json::String(word)] = items.as_slice()
            && matches!(word.as_str(), "$companies" | "$groups")
        {
            let is_list_operator = matches!(op.as_str(), Some("in" | "not in"));
            return (!is_list_operator).then(|| format!("`{word}` goes with \"in\" or \"not in\""));
        }
        items.iter().find_map(|item| match item {
            Json::String(word) if word.starts_with('$') && !WORDS.contains(&word.as_str()) => {
                Some(crate::source::unknown_word("word", word, WORDS.iter().copied()))
            }
            other => Self::misplaced_word(other),
        })
    }
}

/// Puts the scope's values where their words stand.
///
/// Invariant: recursion is bounded, for the TOML parser that read the rule bounds its nesting.
fn filled(domain: &Json, scope: &Scope, now: Timestamp) -> Json {
    match domain {
        Json::String(word) => value_of(word, scope, now),
        Json::Array(items) => {
            if let ([_, Json::String(op), Json::String(word)], Companies::All) =
                (items.as_slice(), scope.companies())
                && word == "$companies"
            {
                return if op == "in" { json!([1, "=", 1]) } else { json!([0, "=", 1]) };
            }
            items.iter().map(|item| filled(item, scope, now)).collect()
        }
        other => other.clone(),
    }
}

fn value_of(word: &str, scope: &Scope, now: Timestamp) -> Json {
    match word {
        "$user" => scope.user_id().map_or(Json::Null, |user| user.get().into()),
        "$company" => scope.company().map_or(Json::Null, |company| company.get().into()),
        "$companies" => match scope.companies() {
            Companies::All => Json::Array(Vec::new()),
            Companies::Chosen(chosen) => chosen.iter().map(|company| Json::from(company.get())).collect(),
        },
        "$groups" => scope.groups().iter().map(|group| Json::from(group.as_str())).collect(),
        "$now" => Json::from(now.to_string()),
        other => Json::from(other),
    }
}

#[cfg(test)]
mod tests;
