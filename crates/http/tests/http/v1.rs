//! The REST API as its clients meet it.

mod api_keys;
mod assistants;
mod attachments;
mod business_hours;
mod call_recordings;
mod calls;
mod cloudonix_settings;
mod conference_rooms;
mod contract;
mod docs;
mod extensions;
mod frame;
mod history;
mod housekeeping;
mod idempotency;
mod ivr_menus;
mod office;
mod outbound_whitelist;
mod own_telephone;
mod passwords;
mod people;
mod phone_numbers;
mod profile;
mod rails;
mod recordings;
mod rights;
mod ring_groups;
mod screening;
mod sessions;
mod users;
mod voicemail;
mod ways;
mod webhooks;

use people::{PASSWORD, as_bearer, give_password, log_in, text, with_owner, with_owner_and};
