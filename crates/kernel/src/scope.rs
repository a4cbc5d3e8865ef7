//! Who asks, and in which tenant. There is no way to a record without one.

use crate::ids::{CompanyId, TenantId, UserId};
use crate::language::Language;

/// Who stands behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, with the external ids of the groups they are in.
    User { id: UserId, groups: Vec<String> },
    /// OPBX itself, inside this tenant; the text says what for.
    System { reason: &'static str },
}

/// Which of a tenant's companies a request is about. Records without a company belong to all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Companies {
    All,
    /// Of none, only the records that all companies share.
    Chosen(Vec<CompanyId>),
}

/// The tenant, the actor, the companies chosen and the language of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    actor: Actor,
    companies: Companies,
    language: String,
    spoken_to_in: Option<Language>,
    request: Option<String>,
}

impl Scope {
    /// A person's scope, in all of the tenant's companies.
    pub fn user(tenant: TenantId, id: UserId, groups: Vec<String>) -> Self {
        Self {
            tenant,
            actor: Actor::User { id, groups },
            companies: Companies::All,
            language: "en".into(),
            spoken_to_in: None,
            request: None,
        }
    }

    /// OPBX's own work inside one tenant, with every right there. Say why at each use.
    pub fn system(tenant: TenantId, reason: &'static str) -> Self {
        Self {
            tenant,
            actor: Actor::System { reason },
            companies: Companies::All,
            language: "en".into(),
            spoken_to_in: None,
            request: None,
        }
    }

    /// The same scope, of somebody who reads this language (a BCP 47 tag: `fr`, `fr-BE`).
    #[must_use]
    pub fn in_language(self, language: &str) -> Self {
        Self { language: language.to_owned(), ..self }
    }

    /// The same scope, spoken to in this language, whatever that of the texts in their records is.
    #[must_use]
    pub fn to_speak(self, language: Language) -> Self {
        Self { spoken_to_in: Some(language), ..self }
    }

    /// The same scope, as part of a request that logs and the audit know by this id.
    #[must_use]
    pub fn for_request(self, id: &str) -> Self {
        Self { request: Some(id.to_owned()), ..self }
    }

    /// The id of the request that this is part of, where it is part of one.
    pub fn request(&self) -> Option<&str> {
        self.request.as_deref()
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same scope in these companies only. Whoever calls this has made sure that the actor may choose them.
    #[must_use]
    pub fn with_companies(self, chosen: Vec<CompanyId>) -> Self {
        Self { companies: Companies::Chosen(chosen), ..self }
    }

    pub fn companies(&self) -> &Companies {
        &self.companies
    }

    /// The company that a new record belongs to: the chosen one, where exactly one is chosen.
    pub fn company(&self) -> Option<CompanyId> {
        match &self.companies {
            Companies::Chosen(chosen) => match chosen.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            Companies::All => None,
        }
    }

    /// The external ids of the actor's groups; none where OPBX itself acts.
    pub fn groups(&self) -> &[String] {
        match &self.actor {
            Actor::User { groups, .. } => groups,
            Actor::System { .. } => &[],
        }
    }

    /// Whether OPBX itself acts: rights, record rules and field groups do not bind it, the tenant does.
    pub fn is_system(&self) -> bool {
        matches!(self.actor, Actor::System { .. })
    }

    pub fn language(&self) -> &str {
        &self.language
    }

    /// The language in which OPBX itself speaks to them.
    pub fn spoken_to_in(&self) -> Language {
        self.spoken_to_in.unwrap_or_else(|| Language::of(&self.language))
    }

    /// The user to name as author of a change; nobody when OPBX itself acts.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User { id, .. } => Some(id),
            Actor::System { .. } => None,
        }
    }
}

/// The installation's operator: creates tenants and reads plan versions, and sees no tenant's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    reason: &'static str,
}

impl Operator {
    /// Steps outside all tenants. Say why at each use.
    pub fn because(reason: &'static str) -> Self {
        Self { reason }
    }

    pub fn reason(&self) -> &'static str {
        self.reason
    }
}
