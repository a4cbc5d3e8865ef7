//! Everything that takes bytes from outside, each with what must hold whatever they are.

mod audio;
mod configuration;
mod domains;
mod hooks;
mod journal;
mod modules;
mod requests;
mod rest;
mod stored;
mod tables;
mod tokens;
mod values;

use crate::target::Target;

/// Makes a target with what it needs.
type Make = fn() -> Target;

/// In the order in which they run; nine seconds each stay below two minutes (docs/benchmarks.md).
pub(crate) const ALL: &[(&str, Make)] = &[
    ("modules", modules::target),
    ("domains", domains::target),
    ("values", values::target),
    ("configuration", configuration::target),
    ("requests", requests::target),
    ("rest", rest::target),
    ("hooks", hooks::target),
    ("tokens", tokens::target),
    ("journal", journal::target),
    ("stored", stored::target),
    ("tables", tables::target),
    ("audio", audio::target),
];
