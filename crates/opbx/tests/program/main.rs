//! The program as people start it: the real binary, real databases, real signals.

mod backups;
mod commands;
mod configuration;
mod demo;
mod dev;
mod durability;
mod keys;
mod packaging;
mod people;
mod process;
mod rest;
mod seen;
mod simulate;
mod story;
mod tls;
mod two_nodes;
