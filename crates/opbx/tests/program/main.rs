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
mod seen;
mod simulate;
mod tls;
mod rest;
mod story;
mod two_nodes;
