//! The telephone system's resources, one module each.

mod auth;
mod business_hours;
mod conference_rooms;
mod ring_groups;
mod words;

use crate::api::Api;
use crate::live;

/// Everything that is declared. The contract, the routes and the tests of rights all read this.
pub(crate) fn declared() -> Api {
    let mut api = Api::default();
    auth::declare(&mut api);
    business_hours::declare(&mut api);
    conference_rooms::declare(&mut api);
    ring_groups::declare(&mut api);
    live::declare(&mut api);
    api
}
