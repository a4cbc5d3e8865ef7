//! One's own telephone: extension, forwards, greeting and voicemail, as their user sets them.

use crate::Web;
use crate::api::{Access, Api, Input, Names, Patch, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::models::{PbxExtension, PbxVoicemail};
use opbx_app::own_telephone::{self, one};
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Own telephone";
const NAMES: Names = &[
    ("do_not_disturb", "enabled"),
    ("forward_always", "always"),
    ("forward_busy", "busy"),
    ("forward_no_answer", "no_answer"),
    ("forward_unreachable", "unreachable"),
    ("greeting", "prompt_id"),
];

pub(super) fn declare(api: &mut Api) {
    api.get("/me", "me.show", Access::READERS, show, |operation| {
        operation
            .about(TAG, "Show one's own extensions and voicemail")
            .gives::<Shown>(200, "What is one's own.");
    })
    .put("/me/do-not-disturb", "me.do_not_disturb", Access::USERS, do_not_disturb, |operation| {
        operation
            .about(TAG, "Be left in peace, or not")
            .gives::<Written>(200, "What is one's own now.")
            .refuses(404);
    })
    .put("/me/forwards", "me.forwards", Access::USERS, forwards, |operation| {
        operation
            .about(TAG, "Send one's calls elsewhere")
            .gives::<Written>(200, "What is one's own now.")
            .refuses(404);
    })
    .put("/me/greeting", "me.greeting", Access::USERS, greeting, |operation| {
        operation
            .about(TAG, "Choose what greets callers in one's box")
            .gives::<Written>(200, "What is one's own now.")
            .refuses(404);
    })
    .put("/me/voicemail-pin", "me.voicemail_pin", Access::USERS, pin, |operation| {
        operation
            .about(TAG, "Set the PIN of one's voicemail box")
            .gives::<Written>(200, "What is one's own now.")
            .refuses(404);
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DoNotDisturb {
    enabled: bool,
    /// Of whoever has several; left out, the first.
    #[serde(default)]
    #[schemars(extend("x-may-be-empty" = true))]
    extension_id: Option<i64>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Forwards {
    /// `extension:12`, `voicemail:3`, `forward:+442079460018`; a telephone number alone will do. Empty turns it off.
    #[schemars(length(max = 255))]
    always: Patch<String>,
    #[schemars(length(max = 255))]
    busy: Patch<String>,
    #[schemars(length(max = 255))]
    no_answer: Patch<String>,
    #[schemars(length(max = 255))]
    unreachable: Patch<String>,
    #[schemars(extend("x-may-be-empty" = true))]
    extension_id: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Greeting {
    /// A prompt; empty is the usual greeting.
    #[schemars(extend("x-may-be-empty" = true))]
    prompt_id: Option<i64>,
    #[serde(default)]
    #[schemars(extend("x-may-be-empty" = true))]
    voicemail_id: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewPin {
    #[schemars(length(min = 4, max = 20), regex(pattern = "^[0-9]*$"))]
    pin: String,
    #[serde(default)]
    #[schemars(extend("x-may-be-empty" = true))]
    voicemail_id: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: Own,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: Own,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Own {
    user_id: i64,
    extensions: Vec<OwnExtension>,
    voicemails: Vec<OwnBox>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OwnExtension {
    id: i64,
    extension_number: String,
    name: String,
    do_not_disturb: bool,
    forwards: OwnForwards,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OwnForwards {
    always: Option<String>,
    busy: Option<String>,
    no_answer: Option<String>,
    unreachable: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OwnBox {
    id: i64,
    name: String,
    greeting_prompt_id: Option<i64>,
}

impl From<PbxExtension> for OwnExtension {
    fn from(extension: PbxExtension) -> Self {
        let shown = |to: Option<DestinationRef>| to.map(|to| to.to_string());
        Self {
            id: extension.id.get(),
            extension_number: extension.number,
            name: extension.name,
            do_not_disturb: extension.do_not_disturb,
            forwards: OwnForwards {
                always: shown(extension.forward_always),
                busy: shown(extension.forward_busy),
                no_answer: shown(extension.forward_no_answer),
                unreachable: shown(extension.forward_unreachable),
            },
        }
    }
}

impl From<PbxVoicemail> for OwnBox {
    fn from(own: PbxVoicemail) -> Self {
        Self { id: own.id.get(), name: own.name, greeting_prompt_id: own.greeting.map(RecordId::get) }
    }
}

async fn own(web: &Web, asker: &Signed) -> Result<Own, Problem> {
    let own = own_telephone::get(&web.app, asker).await?;
    Ok(Own {
        user_id: asker.user.get(),
        extensions: own.extensions.into_iter().map(OwnExtension::from).collect(),
        voicemails: own.boxes.into_iter().map(OwnBox::from).collect(),
    })
}

async fn written(web: &Web, asker: &Signed, message: &'static str) -> Result<Json<Written>, Problem> {
    Ok(Json(Written { message, data: own(web, asker).await? }))
}

fn chosen(id: Option<i64>) -> Result<Option<RecordId>, Problem> {
    id.map(|id| RecordId::new(id).map_err(|_| Problem::absent("Record"))).transpose()
}

/// A destination as it is written, or a telephone number alone.
fn destination(field: &str, patch: Patch<String>, values: &mut Values) -> Result<(), Problem> {
    let Some(text) = patch.into_draft() else { return Ok(()) };
    let value = match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => Value::Null,
        Some(text) => {
            let is_number = text.strip_prefix('+').unwrap_or(text).chars().all(|c| c.is_ascii_digit());
            let text = if is_number { format!("forward:{text}") } else { text.to_owned() };
            let invalid = |_| {
                Problem::field(field, format!("The {} field is no destination.", field.replace('_', " ")))
            };
            Value::Destination(text.parse().map_err(invalid)?)
        }
    };
    values.insert(format!("forward_{field}"), value);
    Ok(())
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Json<Shown>, Problem> {
    Ok(Json(Shown { data: own(&web, &asker).await? }))
}

async fn do_not_disturb(
    State(web): State<Web>,
    asker: Signed,
    Input(wanted): Input<DoNotDisturb>,
) -> Result<Json<Written>, Problem> {
    let values = one("do_not_disturb", Value::Bool(wanted.enabled));
    extension(&web, &asker, wanted.extension_id, values).await?;
    written(&web, &asker, "Do not disturb is set.").await
}

async fn forwards(
    State(web): State<Web>,
    asker: Signed,
    Input(wanted): Input<Forwards>,
) -> Result<Json<Written>, Problem> {
    let mut values = Values::new();
    destination("always", wanted.always, &mut values)?;
    destination("busy", wanted.busy, &mut values)?;
    destination("no_answer", wanted.no_answer, &mut values)?;
    destination("unreachable", wanted.unreachable, &mut values)?;
    extension(&web, &asker, wanted.extension_id, values).await?;
    written(&web, &asker, "Forwards are set.").await
}

async fn greeting(
    State(web): State<Web>,
    asker: Signed,
    Input(wanted): Input<Greeting>,
) -> Result<Json<Written>, Problem> {
    let prompt = match wanted.prompt_id {
        Some(id) => {
            let invalid = |_| Problem::field("prompt_id", "The selected prompt id is invalid.");
            Value::Record(RecordId::new(id).map_err(invalid)?)
        }
        None => Value::Null,
    };
    voicemail(&web, &asker, wanted.voicemail_id, one("greeting", prompt)).await?;
    written(&web, &asker, "The greeting is set.").await
}

async fn pin(
    State(web): State<Web>,
    asker: Signed,
    Input(wanted): Input<NewPin>,
) -> Result<Json<Written>, Problem> {
    let values = one("pin", Value::Bytes(wanted.pin.into_bytes()));
    voicemail(&web, &asker, wanted.voicemail_id, values).await?;
    written(&web, &asker, "The PIN is set.").await
}

async fn extension(web: &Web, asker: &Signed, id: Option<i64>, values: Values) -> Result<(), Problem> {
    let written = own_telephone::update_extension(&web.app, asker, chosen(id)?, values).await;
    written.map(drop).map_err(|error| Problem::of(error, NAMES))
}

async fn voicemail(web: &Web, asker: &Signed, id: Option<i64>, values: Values) -> Result<(), Problem> {
    let written = own_telephone::update_box(&web.app, asker, chosen(id)?, values).await;
    written.map(drop).map_err(|error| Problem::of(error, NAMES))
}
