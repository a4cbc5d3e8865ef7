//! Whole calls, over sockets: the product and a Cloudonix that obeys what it says, and nothing else.

mod carrier;
mod demo;
mod many;
mod stories;
