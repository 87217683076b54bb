//! Who may do what, as data: `schema/permissions.tsv`.
//!
//! An operation is a version, a method and a path template; a line of the file names the
//! application roles, and the scopes of people, of which any one is enough. A right of the one
//! kind is nothing to callers of the other. What stands in no line is denied, and not served:
//! the file is also the list of what this server offers. Which rows of a set a caller sees is not
//! decided here: the tenant is part of every key below.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::OnceLock;

use model::openapi::Offer;

use crate::context::{Caller, CallerKind};
use crate::template;

const TABLE: &str = include_str!("../../../schema/permissions.tsv");
/// In the place of roles: no right is needed.
const ANYONE: &str = "anyone";
/// In the place of roles: none is enough.
const NONE: &str = "-";
/// In the place of versions: paths that belong to no version.
const ANY_VERSION: &str = "*";

/// The answer of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allowed,
    /// The caller holds none of the roles.
    Forbidden {
        /// The roles of which one would be enough.
        needed: Vec<String>,
    },
    /// The policy knows no such operation: nobody may.
    Unknown,
}

/// Why a permission table could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the permission table: {reason}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The versions that it holds for; `*` for paths outside the versions.
    pub versions: Vec<String>,
    /// The method.
    pub method: String,
    /// The template as written.
    pub template: String,
    /// The application roles, any of which is enough.
    pub roles: Vec<String>,
    /// The delegated scopes, any of which is enough for a user.
    pub scopes: Vec<String>,
    /// The area of the API.
    pub area: String,
}

impl Rule {
    /// Is the operation open to everybody?
    pub fn is_public(&self) -> bool {
        self.roles.iter().any(|role| role == ANYONE)
    }

    fn decide(&self, caller: &Caller) -> Decision {
        let enough = match caller.kind {
            CallerKind::App => &self.roles,
            CallerKind::User => &self.scopes,
        };
        if self.is_public() || enough.iter().any(|right| caller.holds(right)) {
            Decision::Allowed
        } else {
            Decision::Forbidden { needed: enough.clone() }
        }
    }
}

/// The whole table, ready for look-ups.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<Rule>,
    /// From `version METHOD template` in normal form to a place in `rules`.
    places: HashMap<String, usize>,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// The policy of this process.
pub fn policy() -> &'static Policy {
    POLICY.get_or_init(|| Policy::parse(TABLE).expect("the embedded permission table is valid"))
}

/// Adds lines to the policy, for operations that an extended schema declares. Only before its
/// first use.
pub fn extend(lines: &str) -> Result<(), PolicyError> {
    let late = |_| PolicyError { line: 0, reason: "the policy is in use already".to_owned() };
    let mut policy = Policy::parse(TABLE)?;
    policy.read(lines)?;
    POLICY.set(policy).map_err(late)
}

impl Policy {
    /// Reads a table.
    pub fn parse(table: &str) -> Result<Self, PolicyError> {
        let mut policy = Self { rules: Vec::new(), places: HashMap::new() };
        policy.read(table)?;
        Ok(policy)
    }

    fn read(&mut self, table: &str) -> Result<(), PolicyError> {
        for (at, line) in table.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            self.add(line).map_err(|reason| PolicyError { line: at + 1, reason })?;
        }
        Ok(())
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [versions, method, template, roles, scopes, area] = fields[..] else {
            return Err(format!("6 fields expected, {} found", fields.len()));
        };
        if !template.starts_with('/') || method.is_empty() || roles.is_empty() {
            return Err("a method, a template and roles are needed".to_owned());
        }
        let list = |text: &str| -> Vec<String> {
            text.split(',').filter(|it| !it.is_empty() && *it != NONE).map(str::to_owned).collect()
        };
        let rule = Rule {
            versions: list(versions),
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            roles: list(roles),
            scopes: list(scopes),
            area: area.to_owned(),
        };
        let normal = template::normal(template);
        for version in &rule.versions {
            let key = key(version, method, &normal);
            if self.places.insert(key, self.rules.len()).is_some() {
                return Err(format!("{version} {method} {template} stands there twice"));
            }
        }
        self.rules.push(rule);
        Ok(())
    }

    /// May the caller do this? `version` is `v1.0` or `beta`, anything for other paths.
    pub fn check(&self, version: &str, method: &str, template: &str, caller: &Caller) -> Decision {
        self.rule(version, method, template).map_or(Decision::Unknown, |rule| rule.decide(caller))
    }

    /// Is the operation open to callers without a token?
    pub fn is_public(&self, version: &str, method: &str, template: &str) -> bool {
        self.rule(version, method, template).is_some_and(Rule::is_public)
    }

    /// The line that holds for an operation: its own, or the nearest `/*` above it.
    pub fn rule(&self, version: &str, method: &str, template: &str) -> Option<&Rule> {
        let normal = template::normal(template);
        let exact = |normal: &str| {
            [version, ANY_VERSION]
                .iter()
                .find_map(|version| self.places.get(&key(version, method, normal)))
                .and_then(|place| self.rules.get(*place))
        };
        exact(&normal).or_else(|| template::covering(&normal).find_map(|wide| exact(&wide)))
    }

    /// The methods that some line has for a template, in the order they are presented. None means
    /// that there is nothing of the kind.
    pub fn methods(&self, version: &str, template: &str) -> Vec<&'static str> {
        let known = |method: &&'static str| self.rule(version, method, template).is_some();
        ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(known).collect()
    }

    /// What is served in a version, for its description.
    pub fn offers<'p>(&'p self, version: &str) -> Vec<Offer<'p>> {
        let served = self.rules.iter().filter(|it| it.versions.iter().any(|it| it == version));
        served
            .map(|it| Offer {
                method: &it.method,
                template: &it.template,
                area: &it.area,
                roles: &it.roles,
                scopes: &it.scopes,
            })
            .collect()
    }

    /// Every line, as written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Every application role that some operation knows, in the order of their names.
    pub fn roles(&self) -> Vec<&str> {
        let roles = self.rules.iter().flat_map(|rule| &rule.roles).map(String::as_str);
        roles.filter(|role| *role != ANYONE).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Every delegated scope that some operation knows, in the order of their names.
    pub fn scopes(&self) -> Vec<&str> {
        let scopes = self.rules.iter().flat_map(|rule| &rule.scopes).map(String::as_str);
        scopes.filter(|scope| *scope != ANYONE).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The policy for people: a table per area, a line per operation.
    pub fn to_table(&self) -> String {
        let mut out = String::new();
        let mut area = "";
        for rule in &self.rules {
            if rule.area != area {
                area = &rule.area;
                let _ = writeln!(out, "\n{area}");
            }
            let may = |rights: &[String]| match rights {
                [] => "nobody".to_owned(),
                rights => rights.join(" | "),
            };
            let _ = writeln!(
                out,
                "  {:<9} {:<6} {}\n{:19}app  {}\n{:19}user {}",
                rule.versions.join(" "),
                rule.method,
                rule.template,
                "",
                may(&rule.roles),
                "",
                may(&rule.scopes)
            );
        }
        out
    }
}

fn key(version: &str, method: &str, normal: &str) -> String {
    let (version, method) = (version.to_ascii_lowercase(), method.to_ascii_uppercase());
    format!("{version} {method} {normal}")
}
