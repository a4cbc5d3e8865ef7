//! Structs of the built-in models, generated from `modules/` by `build.rs`.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "every model gets the same structs, whether all of them are used or not"
)]

include!(concat!(env!("OUT_DIR"), "/models.rs"));
