//! The connectors, in reading order: each product's name and how its items are read.
//!
//! A connector is data, so the list is the map. Adding one is a folder beside this file, one line
//! of [`CONNECTORS`], samples, and its row in `docs/src/adding-a-connector.md`.

use serde_json::Value;

use crate::normalised::{Normalised, Refused};

/// One upstream product whose alerts we can read.
#[derive(Debug)]
pub struct Connector {
    /// The name used in `?source=` and on the command line.
    pub name: &'static str,
    /// Who makes the product.
    pub vendor: &'static str,
    /// The product, as `productName` shows it.
    pub product: &'static str,
    /// Brings together the items of a batch that tell of one alert.
    pub(crate) gather: fn(Vec<(usize, Value)>) -> Vec<Gathered>,
    /// Reads one gathered item.
    pub(crate) normalise: fn(&Value) -> Result<Normalised, Refused>,
}

/// One item to normalise, with the places in the batch it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// Indexes in the pushed batch, ascending; more than one where a product tells of an alert in
    /// several rows.
    pub indexes: Vec<usize>,
    /// What [`Connector::normalise`] takes.
    pub value: Value,
}

/// Every connector, in reading order.
pub const CONNECTORS: &[Connector] = &[
    crate::suricata::CONNECTOR,
    crate::wazuh::CONNECTOR,
    crate::crowdsec::CONNECTOR,
    crate::modsecurity::CONNECTOR,
    crate::defender::CONNECTOR,
    crate::graph::CONNECTOR,
];

impl Connector {
    /// The connector of this name, whatever its case.
    pub fn named(name: &str) -> Option<&'static Connector> {
        CONNECTORS.iter().find(|connector| connector.name.eq_ignore_ascii_case(name))
    }

    /// Brings together the items of a batch that tell of one alert; order of first appearance is
    /// kept. Call it once per batch, with each parsed item and its index.
    pub fn gather(&self, items: Vec<(usize, Value)>) -> Vec<Gathered> {
        (self.gather)(items)
    }

    /// Turns one gathered item into an alert, or says why not. Never panics, whatever the item.
    pub fn normalise(&self, item: &Value) -> Result<Normalised, Refused> {
        (self.normalise)(item)
    }
}

/// For products that write one alert per item.
pub(crate) fn each_alone(items: Vec<(usize, Value)>) -> Vec<Gathered> {
    items.into_iter().map(|(index, value)| Gathered { indexes: vec![index], value }).collect()
}
