//! The telephone system's resources, one module each.

mod ai_assistants;
mod api_keys;
mod audit_log;
mod auth;
mod blocklist;
mod bulk;
mod business_hours;
mod call_detail_records;
mod call_logs;
mod calls;
mod cloudonix_settings;
mod company;
mod conference_rooms;
mod configuration;
mod dashboard;
mod destinations;
mod extensions;
mod feature_codes;
mod ivr_menus;
mod jobs;
mod long_lists;
mod mail_settings;
mod me;
mod outbound_whitelist;
mod passwords;
mod phone_numbers;
mod profile;
mod prompts;
mod recording_policy;
mod retention;
mod ring_groups;
mod session_updates;
mod simulations;
mod trunks;
mod users;
mod voicemail_boxes;
mod voicemail_messages;
mod webhooks;
mod words;

use crate::api::Api;
use crate::live;

/// Everything that is declared. The contract, the routes and the tests of rights all read this.
pub(crate) fn declared() -> Api {
    let mut api = Api::default();
    auth::declare(&mut api);
    passwords::declare(&mut api);
    profile::declare(&mut api);
    me::declare(&mut api);
    users::declare(&mut api);
    api_keys::declare(&mut api);
    business_hours::declare(&mut api);
    conference_rooms::declare(&mut api);
    ai_assistants::declare(&mut api);
    extensions::declare(&mut api);
    outbound_whitelist::declare(&mut api);
    phone_numbers::declare(&mut api);
    ring_groups::declare(&mut api);
    live::declare(&mut api);
    trunks::declare(&mut api);
    blocklist::declare(&mut api);
    feature_codes::declare(&mut api);
    audit_log::declare(&mut api);
    company::declare(&mut api);
    configuration::declare(&mut api);
    ivr_menus::declare(&mut api);
    jobs::declare(&mut api);
    prompts::declare(&mut api);
    retention::declare(&mut api);
    simulations::declare(&mut api);
    voicemail_boxes::declare(&mut api);
    voicemail_messages::declare(&mut api);
    call_logs::declare(&mut api);
    call_detail_records::declare(&mut api);
    calls::declare(&mut api);
    session_updates::declare(&mut api);
    cloudonix_settings::declare(&mut api);
    webhooks::declare(&mut api);
    mail_settings::declare(&mut api);
    dashboard::declare(&mut api);
    api
}
