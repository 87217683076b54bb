//! Providers: one folder per upstream product, each turning that product's own alert format into
//! a Graph `alerts_v2` document.
//!
//! Must never: name SQL, HTTP or the clock, store anything, or decide what a new alert means for an
//! incident. Everything but `tail/disk.rs` is data in, data out.
//!
//! A caller looks a [`connector::Connector`] up by name, lets it gather a batch, and normalises
//! each gathered item; [`merge::merge`] folds what arrives in parts into what is already stored.

pub mod attack;
pub mod connector;
pub mod merge;
pub mod normalised;
pub mod tail;

mod clock;
mod draft;
mod evidence;
mod extra;
mod fields;
mod identity;
mod text;

mod crowdsec;
mod defender;
mod graph;
mod modsecurity;
mod suricata;
mod wazuh;
