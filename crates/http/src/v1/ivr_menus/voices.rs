//! The voices that the carrier can read texts with.

use super::TAG;
use crate::Web;
use crate::api::{Access, Api, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::carrier::{self, CarrierError};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) fn declare(api: &mut Api) {
    api.get("/ivr-menus/voices", "ivr_menus.voices", Access::READERS, voices, |operation| {
        operation
            .about(TAG, "List the carrier's voices")
            .gives::<VoicesView>(200, "Every voice, and what they can be chosen by.")
            .refuses(502);
    });
}

#[derive(Debug, Serialize, JsonSchema)]
struct VoicesView {
    data: Vec<VoiceView>,
    filters: FiltersView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct VoiceView {
    id: String,
    name: String,
    provider: String,
    language: String,
    gender: Option<String>,
    premium: bool,
    pricing: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FiltersView {
    languages: Vec<LanguageView>,
    genders: Vec<String>,
    providers: Vec<String>,
    pricing: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LanguageView {
    code: String,
    name: String,
}

async fn voices(State(web): State<Web>, asker: Signed) -> Result<Json<VoicesView>, Problem> {
    let known = carrier::voices(&web.app, &asker.scope).await.map_err(|error| problem(&error))?;
    let data = known.voices.iter().cloned().map(|voice| VoiceView {
        id: voice.id,
        name: voice.name,
        provider: voice.provider,
        language: voice.language,
        gender: voice.gender,
        premium: voice.premium,
        pricing: voice.pricing,
    });
    let filters = known.filters.clone();
    let languages = filters.languages.into_iter().map(|(code, name)| LanguageView { code, name });
    Ok(Json(VoicesView {
        data: data.collect(),
        filters: FiltersView {
            languages: languages.collect(),
            genders: filters.genders,
            providers: filters.providers,
            pricing: filters.pricing,
        },
    }))
}

/// What the carrier refuses is never the asker's own 401, which would log them out.
fn problem(error: &CarrierError) -> Problem {
    let (status, advice): (_, &[&str]) = match error {
        CarrierError::Unconfigured(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            &["Ask the owner to complete the Cloudonix settings: the domain and its API key."],
        ),
        CarrierError::Resting(_) | CarrierError::Busy(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, &["Try again in a minute."])
        }
        CarrierError::Backend(_) => (
            StatusCode::BAD_GATEWAY,
            &["Check the domain and its API key in the Cloudonix settings.", "Try again in a minute."],
        ),
        _ => return Problem::coded(error.code(), error),
    };
    let name = error.code().name;
    tracing::warn!(code = name, %error, "voices cannot be listed");
    Problem::new(status, "The carrier's voices cannot be listed now.")
        .with("code", name)
        .with("troubleshooting", advice.to_vec())
}
