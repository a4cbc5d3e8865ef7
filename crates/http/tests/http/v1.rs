//! The REST API as its clients meet it.

mod business_hours;
mod conference_rooms;
mod contract;
mod frame;
mod ring_groups;
