//! The outbound whitelist: which outside numbers may be called, and by which trunks.

mod explain;

use super::bulk;
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxOutboundRule, PbxOutboundRuleDraft};
use opbx_app::outbound_rules::{self, Named, OutboundError, Trunks, Wish};
use opbx_app::resources::{self, Stored};
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Outbound whitelist";
const NAMES: Names = &[
    ("country", "destination_country"),
    ("prefix", "destination_prefix"),
    ("trunks", "outbound_trunk_name"),
    ("active", "status"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("name", "name"),
        ("destination_country", "country"),
        ("destination_prefix", "prefix"),
        ("sequence", "sequence"),
        ("status", "active"),
    ],
    descending: true,
    per_page: 25,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/outbound-whitelist", "outbound_whitelist.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List outbound rules").gives::<Page<RuleView>>(200, "A page of rules.");
    })
    .post("/outbound-whitelist", "outbound_whitelist.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create an outbound rule").gives::<Written>(201, "The new rule.");
    })
    .get("/outbound-whitelist/{id}", "outbound_whitelist.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show an outbound rule").gives::<Shown>(200, "The rule.");
    })
    .put("/outbound-whitelist/{id}", "outbound_whitelist.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change an outbound rule").gives::<Written>(200, "The changed rule.");
    })
    .delete(
        "/outbound-whitelist/{id}",
        "outbound_whitelist.delete",
        Access::ADMINS,
        delete,
        |operation| {
            operation.about(TAG, "Delete an outbound rule").gives_nothing(204, "It is gone.");
        },
    );
    explain::declare(api);
    bulk::declare::<PbxOutboundRule>(api, "/outbound-whitelist", "outbound_whitelist.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    /// Part of the name, the country, the prefix or a trunk's name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewRule {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    #[serde(flatten)]
    rest: RulePatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedRule {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    #[serde(flatten)]
    rest: RulePatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RulePatch {
    /// A code (`GB`), a name, or a calling code (`44`), which becomes the beginning of the prefix. At least one of
    /// country and prefix is given.
    destination_country: Patch<String>,
    /// With a `+`, the beginning of the whole number; without, of its national part.
    destination_prefix: Patch<String>,
    /// As the engine names it.
    #[schemars(length(max = 255))]
    outbound_trunk_name: Patch<String>,
    /// Instead of a name: the trunks' ids, in the order in which they are tried.
    #[schemars(length(max = 8), extend("uniqueItems" = true))]
    trunk_ids: Option<Vec<i64>>,
    /// Shown to whoever is called.
    caller_id: Patch<String>,
    /// Of rules that fit equally well, the first is taken.
    sequence: Option<i64>,
    status: Option<Status>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleView {
    id: i64,
    organization_id: i64,
    name: String,
    /// The country's code.
    destination_country: Option<String>,
    destination_country_name: Option<String>,
    destination_prefix: Option<String>,
    /// The first that is tried; none where the engine chooses, or for whoever may not see trunks.
    outbound_trunk_name: Option<String>,
    trunks: Vec<TrunkRow>,
    caller_id: Option<String>,
    sequence: i64,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrunkRow {
    id: i64,
    name: String,
    engine_name: String,
    status: Status,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: RuleView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: RuleView,
}

fn trimmed(patch: Patch<String>) -> Patch<String> {
    match patch.map(|text| text.trim().to_owned()) {
        Patch::Set(text) if text.is_empty() => Patch::Clear,
        patch => patch,
    }
}

impl RulePatch {
    fn into_wish(self, name: Option<String>) -> Result<Wish, Problem> {
        let ids: Option<Result<Vec<RecordId>, _>> =
            self.trunk_ids.map(|ids| ids.into_iter().map(RecordId::new).collect());
        let trunks = match (ids, trimmed(self.outbound_trunk_name)) {
            (Some(Ok(ids)), _) => Some(Trunks::Records(ids)),
            (Some(Err(_)), _) => return Err(Problem::field("trunk_ids", "The selected trunk is invalid.")),
            (None, Patch::Keep) => None,
            (None, Patch::Clear) => Some(Trunks::Records(Vec::new())),
            (None, Patch::Set(name)) => Some(Trunks::Named(name)),
        };
        let draft = PbxOutboundRuleDraft {
            name: name.map(|name| name.trim().to_owned()),
            prefix: trimmed(self.destination_prefix).into_draft(),
            caller_id: trimmed(self.caller_id).into_draft(),
            sequence: self.sequence,
            active: self.status.map(Status::is_active),
            ..PbxOutboundRuleDraft::default()
        };
        Ok(Wish { draft, country: trimmed(self.destination_country).into_draft(), trunks })
    }
}

fn problem(error: OutboundError) -> Problem {
    match error {
        OutboundError::NoCountry => {
            Problem::field("destination_country", "The selected destination country is invalid.")
        }
        OutboundError::NoTrunk => Problem::field("trunk_ids", "The selected trunk is invalid."),
        OutboundError::NoExtension => {
            Problem::field("extension_id", "The selected extension does not exist.")
        }
        OutboundError::Plans(error) => Problem::coded(error.code(), &error),
        OutboundError::Resource(error) => Problem::of(error, NAMES),
    }
}

fn view(asker: &Signed, stored: Stored<PbxOutboundRule>, named: &Named) -> RuleView {
    let Stored { record: rule, created_at, updated_at } = stored;
    let country = rule.country.and_then(|id| named.countries.get(&id));
    let trunks: Vec<TrunkRow> = named
        .trunks
        .get(&rule.id)
        .into_iter()
        .flatten()
        .map(|trunk| TrunkRow {
            id: trunk.id.get(),
            name: trunk.name.clone(),
            engine_name: trunk.engine_name.clone(),
            status: Status::of(trunk.active),
        })
        .collect();
    RuleView {
        id: rule.id.get(),
        organization_id: asker.tenant.get(),
        name: rule.name,
        destination_country: country.map(|country| country.code.clone()),
        destination_country_name: country.map(|country| country.name.clone()),
        destination_prefix: rule.prefix,
        outbound_trunk_name: trunks.first().map(|trunk| trunk.engine_name.clone()),
        trunks,
        caller_id: rule.caller_id,
        sequence: rule.sequence,
        status: Status::of(rule.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn domain(asker: &Signed, filters: &Filters) -> Domain {
    let domain = Status::domain(filters.status);
    let Some(text) = &filters.search else { return domain };
    let part = |field: &str| Domain::contains_folded(field, text);
    let country = part("name").or(Domain::eq("code", text.trim().to_ascii_uppercase()));
    let mut found = part("name").or(Domain::contains("prefix", text)).or(Domain::any("country", country));
    // Whoever may not see trunks finds nothing out about them by searching.
    if SEES_TRUNKS.allows(asker.role) {
        let trunk = part("name").or(part("engine_name"));
        found = found.or(Domain::any("trunks", Domain::any("trunk", trunk)));
    }
    domain.and(found)
}

const SEES_TRUNKS: Access = super::trunks::SEEN_BY;

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<RuleView>>, Problem> {
    let listing = filters.paging.listing(domain(&asker, &filters), &SORTS);
    let (listed, named) = outbound_rules::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |rule| view(&asker, rule, &named))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, RuleView), Problem> {
    let (rule, named) = outbound_rules::get(&web.app, &asker.scope, id).await?;
    Ok((rule.record.version, view(asker, rule, &named)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewRule>,
) -> Result<Versioned<Written>, Problem> {
    let wish = new.rest.into_wish(Some(new.name))?;
    if !matches!(wish.country, Some(Some(_))) && !matches!(wish.draft.prefix, Some(Some(_))) {
        let sentence = "The destination country field is required where no prefix is given.";
        return Err(Problem::field("destination_country", sentence));
    }
    let id = outbound_rules::create(&web.app, &asker.scope, wish).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    let message = "Outbound whitelist entry created successfully.";
    Ok(Versioned::created(version, Written { message, data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedRule>,
) -> Result<Versioned<Written>, Problem> {
    let wish = changed.rest.into_wish(changed.name)?;
    outbound_rules::update(&web.app, &asker.scope, id, wish, version).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    let message = "Outbound whitelist entry updated successfully.";
    Ok(Versioned::ok(version, Written { message, data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxOutboundRule>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
