//! The audit log: who did what to which record, and what changed.

use super::words::instant;
use crate::Web;
use crate::api::{Access, Api, Id, Page, Paging, Params, Problem, Signed, Sorts};
use axum::Json;
use axum::extract::State;
use opbx_app::audit;
use opbx_app::models::{IrAudit, IrAuditDeed};
use opbx_app::resources::Stored;
use opbx_kernel::Timestamp;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Audit log";
const SORTS: Sorts =
    Sorts { fields: &[("at", "at"), ("model", "model"), ("actor", "actor")], descending: true, per_page: 50 };

pub(super) fn declare(api: &mut Api) {
    api.get("/audit-log", "audit_log.list", Access::ADMINS, list, |operation| {
        operation.about(TAG, "List what was done").gives::<Page<EntryView>>(200, "A page of entries.");
    })
    .get("/audit-log/{id}", "audit_log.show", Access::ADMINS, show, |operation| {
        operation.about(TAG, "Show an entry").gives::<Shown>(200, "The entry.");
    });
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Deed {
    Create,
    Update,
    Delete,
    /// Somebody was shown a secret.
    Reveal,
}

impl Deed {
    fn of(deed: IrAuditDeed) -> Self {
        match deed {
            IrAuditDeed::Create => Self::Create,
            IrAuditDeed::Update => Self::Update,
            IrAuditDeed::Delete => Self::Delete,
            IrAuditDeed::Reveal => Self::Reveal,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Reveal => "reveal",
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    /// `pbx.extension`
    model: Option<String>,
    record_id: Option<i64>,
    user_id: Option<i64>,
    deed: Option<Deed>,
    /// Of one request, by the id that its answer carried.
    request_id: Option<String>,
    /// At this instant or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from_date: Option<Timestamp>,
    /// Before this instant.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to_date: Option<Timestamp>,
    /// Part of the record's name.
    search: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EntryView {
    id: i64,
    at: String,
    user_id: Option<i64>,
    /// The user's name, or why OPBX itself acted.
    actor: String,
    deed: Deed,
    model: String,
    record_id: i64,
    record_name: Option<String>,
    /// By field: what it held before, and after. Of secrets only that they changed.
    changes: Option<serde_json::Value>,
    request_id: Option<String>,
    /// Why a secret was shown.
    reason: Option<String>,
    created_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: EntryView,
}

fn view(stored: Stored<IrAudit>) -> EntryView {
    let Stored { record: entry, created_at, .. } = stored;
    EntryView {
        id: entry.id.get(),
        at: entry.at.to_string(),
        user_id: entry.user,
        actor: entry.actor,
        deed: Deed::of(entry.deed),
        model: entry.model,
        record_id: entry.record,
        record_name: entry.record_name,
        changes: entry.changes,
        request_id: entry.request,
        reason: entry.reason,
        created_at: instant(created_at),
    }
}

impl Filters {
    fn domain(&self) -> Domain {
        let mut domain = Domain::All;
        let texts = [("model", &self.model), ("request", &self.request_id)];
        for (field, text) in texts {
            if let Some(text) = text {
                domain = domain.and(Domain::eq(field, text.as_str()));
            }
        }
        for (field, id) in [("record", self.record_id), ("user", self.user_id)] {
            if let Some(id) = id {
                domain = domain.and(Domain::eq(field, id));
            }
        }
        if let Some(deed) = self.deed {
            domain = domain.and(Domain::eq("deed", deed.word()));
        }
        if let Some(from) = self.from_date {
            domain = domain.and(Domain::ge("at", from));
        }
        if let Some(to) = self.to_date {
            domain = domain.and(Domain::lt("at", to));
        }
        if let Some(text) = &self.search {
            domain = domain.and(Domain::contains_folded("record_name", text));
        }
        domain
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<EntryView>>, Problem> {
    let listing = filters.paging.listing(filters.domain(), &SORTS);
    let listed = audit::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, view)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Shown>, Problem> {
    let data = view(audit::get(&web.app, &asker.scope, id).await?);
    Ok(Json(Shown { data }))
}
