//! An alert being written by a connector: what every product's alert has, in the document's order.
//!
//! `serviceSource` and `detectionSource` name Microsoft's own products only. For anybody else's we
//! say `unknownFutureValue`, the enum's word for "a source that this list does not name", and tell
//! the product in `productName` and `additionalData.vendorInformation`.

use serde_json::{Map, Value, json};

use crate::connector::Connector;
use crate::evidence::Evidence;
use crate::{attack, extra, text};

/// The enum's word for a source outside its list.
pub(crate) const OUTSIDE: &str = "unknownFutureValue";

/// How bad, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Unknown,
    Informational,
    Low,
    Medium,
    High,
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The parts of an alert.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) provider_alert_id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) service_source: &'static str,
    pub(crate) detection_source: &'static str,
    /// Where it is not the connector's, as for a suite of products.
    pub(crate) product_name: Option<String>,
    /// Whether the alert's own headline may still come, so that none is made up.
    pub(crate) partial: bool,
    pub(crate) detector_id: Option<String>,
    pub(crate) threat_name: Option<String>,
    pub(crate) threat_family: Option<String>,
    pub(crate) created: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) tags: Vec<String>,
    pub(crate) evidence: Evidence,
    /// Leftover members of the source.
    pub(crate) rest: Map<String, Value>,
    tactics: Vec<&'static str>,
    /// Categories that are no tactics, such as `Malware`.
    others: Vec<String>,
    techniques: Vec<String>,
}

impl Draft {
    /// An alert of one moment; a connector widens the span where its product tells one.
    pub(crate) fn new(provider_alert_id: String, title: &str, at: String) -> Self {
        // An id that would have to be changed to be shown could then be another alert's.
        let clean = text::line(&provider_alert_id, text::LINE) == provider_alert_id;
        let provider_alert_id =
            if clean { provider_alert_id } else { fingerprint("id", &[Some(provider_alert_id)]) };
        Self {
            provider_alert_id,
            title: text::line(title, text::TITLE),
            description: None,
            severity: Severity::Unknown,
            service_source: OUTSIDE,
            detection_source: OUTSIDE,
            product_name: None,
            partial: false,
            detector_id: None,
            threat_name: None,
            threat_family: None,
            created: at.clone(),
            first: at.clone(),
            last: at,
            tags: Vec::new(),
            evidence: Evidence::default(),
            rest: Map::new(),
            tactics: Vec::new(),
            others: Vec::new(),
            techniques: Vec::new(),
        }
    }

    /// Adds a tactic in any of its spellings; the first one known becomes the category.
    pub(crate) fn tactic(&mut self, written: &str) {
        if let Some(name) = attack::tactic(written)
            && !self.tactics.contains(&name)
        {
            self.tactics.push(name);
        }
    }

    /// Adds a category of a product that uses Graph's own: a tactic, or a word such as `Malware`.
    pub(crate) fn category_as_written(&mut self, written: &str) {
        if attack::tactic(written).is_some() {
            return self.tactic(written);
        }
        let word = text::line(written, 64);
        if !word.is_empty() && !self.others.contains(&word) && self.others.len() < 16 {
            self.others.push(word);
        }
    }

    /// Adds a technique; what has not the shape of an id is not one.
    pub(crate) fn technique(&mut self, written: &str) {
        if let Some(id) = attack::technique_id(written)
            && !self.techniques.contains(&id)
            && self.techniques.len() < 64
        {
            self.techniques.push(id);
        }
    }

    pub(crate) fn has_technique(&self) -> bool {
        !self.techniques.is_empty()
    }

    /// The tactics so far; where a product names none, those of its techniques.
    pub(crate) fn settled_tactics(&mut self) -> &[&'static str] {
        if self.tactics.is_empty() && self.others.is_empty() {
            for id in &self.techniques {
                if let Some(tactic) = attack::first_tactic(id)
                    && !self.tactics.contains(&tactic)
                {
                    self.tactics.push(tactic);
                }
            }
        }
        &self.tactics
    }

    /// The first tactic, which becomes the category.
    pub(crate) fn category(&self) -> Option<&'static str> {
        let of_technique = || attack::first_tactic(self.techniques.first()?);
        self.tactics.first().copied().or_else(of_technique)
    }

    /// The document. Members that only the hub decides are not in it.
    pub(crate) fn finish(mut self, connector: &Connector) -> Map<String, Value> {
        self.settled_tactics();
        let tactics = self.tactics.iter().map(|tactic| (*tactic).to_owned());
        let mut categories: Vec<String> = tactics.chain(self.others).collect();
        if categories.is_empty() && !self.partial {
            categories.push("SuspiciousActivity".to_owned());
        }
        let category = categories.first().cloned();
        let mut rest = self.rest;
        if self.evidence.left_out > 0 {
            rest.insert("evidenceLeftOut".to_owned(), self.evidence.left_out.into());
        }
        let mut additional = Map::new();
        additional.insert(
            "vendorInformation".to_owned(),
            json!({"provider": connector.product, "vendor": connector.vendor}),
        );
        rest.shift_remove("vendorInformation");
        additional.extend(extra::fit(rest));
        let (first, last) =
            if self.first <= self.last { (self.first, self.last) } else { (self.last, self.first) };
        let long = |text: Option<String>| text.map(|it| text::cut(&it, 5_000));
        let named = |text: Option<String>| text.map(|it| text::line(&it, text::LINE));
        // A part without the headline leaves the product to it.
        let suite = Some(connector.product.to_owned()).filter(|_| !self.partial);
        let product = named(self.product_name).or(suite);
        let members = [
            ("providerAlertId", json!(self.provider_alert_id)),
            ("title", json!(Some(self.title).filter(|title| !title.is_empty()))),
            ("description", json!(long(self.description))),
            ("severity", json!(self.severity.name())),
            ("category", json!(category)),
            ("categories", json!(categories)),
            ("mitreTechniques", json!(self.techniques)),
            ("serviceSource", json!(self.service_source)),
            ("detectionSource", json!(self.detection_source)),
            ("productName", json!(product)),
            ("detectorId", json!(named(self.detector_id))),
            ("threatDisplayName", json!(named(self.threat_name))),
            ("threatFamilyName", json!(named(self.threat_family))),
            ("actorDisplayName", Value::Null),
            ("alertWebUrl", Value::Null),
            ("recommendedActions", Value::Null),
            ("createdDateTime", json!(self.created)),
            ("firstActivityDateTime", json!(first)),
            ("lastActivityDateTime", json!(last)),
            ("systemTags", json!(self.tags)),
            ("evidence", self.evidence.into_value()),
            ("additionalData", Value::Object(additional)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// An id for alerts that their product gives none: the same facts always make the same one.
pub(crate) fn fingerprint(product: &str, facts: &[Option<String>]) -> String {
    let mut name = product.to_owned();
    for fact in facts {
        match fact {
            // With its length before it, no fact can pass for two.
            Some(fact) => name.extend(["|", &fact.len().to_string(), ":", fact]),
            None => name.push_str("|-"),
        }
    }
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}
