//! The REST API as its clients meet it.

mod assistants;
mod business_hours;
mod conference_rooms;
mod contract;
mod extensions;
mod frame;
mod office;
mod outbound_whitelist;
mod phone_numbers;
mod ring_groups;
mod screening;
