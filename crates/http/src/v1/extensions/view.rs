//! An extension as it is shown.

use super::body::ExtensionType;
use crate::api::{Access, Signed};
use crate::v1::destinations::DestinationView;
use crate::v1::recording_policy::RecordingView;
use crate::v1::words::{Status, TargetKind, instant};
use opbx_app::extensions::{Named, Owner};
use opbx_app::models::{PbxExtension, PbxExtensionSyncState};
use opbx_app::resources::Stored;
use opbx_platform::DestinationRef;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// Where telephones register.
const SIP_SERVER: &str = "sip.cloudonix.io";

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    pub(super) extension: ExtensionView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Written {
    message: &'static str,
    extension: ExtensionView,
    /// The engine could not be told of the extension, or of its last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudonix_warning: Option<CloudonixWarning>,
}

/// What the engine does not know, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CloudonixWarning {
    message: String,
    error: &'static str,
    details: Map<String, Value>,
}

impl CloudonixWarning {
    pub(super) fn unconfigured() -> Self {
        let message =
            "The engine is not told of it, because the Cloudonix settings are not complete.".to_owned();
        Self { message, error: "unconfigured", details: Map::new() }
    }

    fn failed(reason: &str) -> Self {
        let message = format!("The engine could not be told of it, and is told again later: {reason}");
        Self {
            message,
            error: "sync_failed",
            details: Map::from_iter([("reason".to_owned(), json!(reason))]),
        }
    }
}

impl Written {
    pub(super) fn new(message: &'static str, extension: ExtensionView) -> Self {
        let failed = extension.sync_state == Some("failed");
        let cloudonix_warning = failed.then(|| {
            CloudonixWarning::failed(extension.sync_error.as_deref().unwrap_or("no reason is known"))
        });
        Self { message, extension, cloudonix_warning }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExtensionView {
    id: i64,
    organization_id: i64,
    user_id: Option<i64>,
    extension_number: String,
    name: String,
    r#type: Option<ExtensionType>,
    status: Status,
    voicemail_enabled: bool,
    voicemail_id: Option<i64>,
    configuration: Map<String, Value>,
    user: Option<OwnerView>,
    /// How its telephone registers; of a person's extension, for those who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_config: Option<SipConfig>,
    /// None of a person's extension.
    destination: Option<DestinationView>,
    ring_timeout: i64,
    do_not_disturb: bool,
    forward_always: Option<DestinationView>,
    forward_busy: Option<DestinationView>,
    forward_no_answer: Option<DestinationView>,
    forward_unreachable: Option<DestinationView>,
    dials_out: bool,
    caller_id: Option<String>,
    outbound_calls_max: Option<i64>,
    outbound_minutes_per_day_max: Option<i64>,
    #[serde(flatten)]
    recording: RecordingView,
    /// Whether the engine knows how it stands.
    cloudonix_synced: bool,
    /// `unconfigured`, `pending`, `synced` or `failed`.
    sync_state: Option<&'static str>,
    /// Why the engine does not know; for administrators.
    sync_error: Option<String>,
    synced_at: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OwnerView {
    id: i64,
    name: String,
    /// For administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct SipConfig {
    username: String,
    /// Told when it is made, and by `/extensions/{id}/password`, each time on record.
    password: Option<String>,
    server: &'static str,
}

impl SipConfig {
    pub(super) fn of(number: &str, password: Option<&str>) -> Self {
        Self { username: number.to_owned(), password: password.map(str::to_owned), server: SIP_SERVER }
    }
}

impl std::fmt::Debug for SipConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SipConfig({})", self.username)
    }
}

impl OwnerView {
    fn of(owner: &Owner, with_email: bool) -> Self {
        let email = with_email.then(|| owner.email.clone());
        Self { id: owner.id.get(), name: owner.name.clone(), email }
    }
}

impl ExtensionView {
    pub(super) fn of(asker: &Signed, stored: Stored<PbxExtension>, named: &Named) -> Self {
        let Stored { record: extension, created_at, updated_at } = stored;
        let is_admin = Access::ADMINS.allows(asker.role);
        let is_own = extension.user.is_some_and(|user| user.get() == asker.user.get());
        let is_person = extension.destination.is_none();
        let view =
            |to: &Option<DestinationRef>| to.as_ref().map(|to| DestinationView::of(to, &named.targets));
        let owner = extension.user.and_then(|user| named.owners.get(&user));
        Self {
            configuration: configuration(&extension, named),
            sip_config: (is_person && (is_admin || is_own)).then(|| SipConfig::of(&extension.number, None)),
            destination: view(&extension.destination),
            forward_always: view(&extension.forward_always),
            forward_busy: view(&extension.forward_busy),
            forward_no_answer: view(&extension.forward_no_answer),
            forward_unreachable: view(&extension.forward_unreachable),
            id: extension.id.get(),
            organization_id: asker.tenant.get(),
            user_id: extension.user.map(|user| user.get()),
            user: owner.map(|owner| OwnerView::of(owner, is_admin || is_own)),
            r#type: ExtensionType::of(extension.destination.as_ref()),
            extension_number: extension.number,
            name: extension.name,
            status: Status::of(extension.active),
            voicemail_enabled: extension.voicemail.is_some(),
            voicemail_id: extension.voicemail.map(|id| id.get()),
            ring_timeout: extension.ring_timeout_s,
            do_not_disturb: extension.do_not_disturb,
            dials_out: extension.dials_out,
            caller_id: extension.caller_id,
            outbound_calls_max: extension.outbound_calls_max,
            outbound_minutes_per_day_max: extension.outbound_minutes_per_day_max,
            recording: RecordingView::of(
                extension.recording.as_str(),
                extension.recording_announcement,
                extension.recording_retention_days,
            ),
            cloudonix_synced: extension.sync_state == Some(PbxExtensionSyncState::Synced),
            sync_state: extension.sync_state.map(PbxExtensionSyncState::as_str),
            sync_error: extension.sync_error.filter(|_| is_admin),
            synced_at: instant(extension.synced_at),
            created_at: instant(created_at),
            updated_at: instant(updated_at),
        }
    }

    pub(super) fn is_person(&self) -> bool {
        self.r#type == Some(ExtensionType::User)
    }

    /// Puts the password of its telephone beside what else that needs.
    pub(super) fn tell_password(&mut self, password: &Option<Zeroizing<String>>) {
        let password = password.as_ref().map(|password| password.as_str());
        self.sip_config = Some(SipConfig::of(&self.extension_number, password));
    }
}

/// What the original keeps of each type.
fn configuration(extension: &PbxExtension, named: &Named) -> Map<String, Value> {
    let mut members = Map::new();
    let (rings, key) = match &extension.destination {
        None => (extension.forward_always.as_ref(), Some("forward_to")),
        Some(to) => (Some(to), ExtensionType::of(Some(to)).and_then(ExtensionType::key)),
    };
    match (rings, key) {
        (Some(DestinationRef::Forward(to)), _) => {
            members.insert("forward_to".to_owned(), json!(to));
        }
        (Some(to @ DestinationRef::Record { id, .. }), Some(key)) if extension.destination.is_some() => {
            members.insert(key.to_owned(), json!(id.get()));
            let target = named.targets.get(to);
            if TargetKind::kind_of(to) == Some(TargetKind::Assistant)
                && let Some((provider, number)) = target.and_then(|target| target.provider.clone())
            {
                members.insert("provider".to_owned(), json!(provider));
                members.insert("phone_number".to_owned(), json!(number));
            }
        }
        _ => {}
    }
    members
}
