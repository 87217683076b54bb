//! The entities that calls are about: made through the API, parents first, and removed in the end.
//!
//! What cannot be made is looked for: by a property of something that can (an incident, by its
//! alert), then in the list. Where nothing is found, a key stands in that names nothing.

use std::collections::HashMap;

use model::{Model, Version, path::Target};
use serde_json::{Map, Value, json};

use super::{
    rows,
    values::Maker,
    wire::{Answer, Body, Request, Who, Wire},
};

/// A key that names nothing.
pub const NO_KEY: &str = "c04f0000-dead-4000-8000-000000000000";

/// Lists that want to be asked for something, and what.
const LISTS: &[(&str, &str)] = &[
    (
        "/security/collaboration/analyzedEmails",
        "startTime=2026-01-01T00:00:00Z&endTime=2026-01-08T00:00:00Z",
    ),
    ("/security/attackSimulation/payloads", "$filter=source%20eq%20'Tenant'"),
];

/// What a list wants in its query.
pub fn list_query(template: &str) -> Option<&'static str> {
    let set = template.trim_end_matches("/$count").trim_end_matches("/delta");
    LISTS.iter().find(|(list, _)| *list == set).map(|(_, query)| *query)
}

/// An entity that stands on the server.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: String,
    pub doc: Map<String, Value>,
}

/// A template with keys in it.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: String,
    /// Do all the keys name something?
    pub known: bool,
    /// The last entity that the path goes through.
    pub item: Option<Item>,
}

/// The entities of one version.
pub struct Items<'a> {
    pub wire: &'a Wire<'a>,
    pub model: &'static Model,
    pub version: Version,
    pub maker: Maker,
    /// Keys of entities that no list has, by the kind of their set.
    told: &'a HashMap<String, String>,
    found: HashMap<String, Option<Item>>,
    /// Template and path of what was made.
    made: Vec<(String, String)>,
    /// Is something being made that another refers to?
    binding: bool,
}

impl<'a> Items<'a> {
    /// None yet.
    pub fn new(
        wire: &'a Wire<'a>,
        version: Version,
        maker: Maker,
        told: &'a HashMap<String, String>,
    ) -> Self {
        let model = model::graph(version);
        let (found, made) = (HashMap::new(), Vec::new());
        Self { wire, model, version, maker, told, found, made, binding: false }
    }

    /// A template with the keys of entities; the last of them is a new one where it can be made
    /// and `fresh` asks for it.
    pub fn place(&mut self, template: &str, fresh: bool) -> anyhow::Result<Place> {
        let mut place = Place { path: String::new(), known: true, item: None };
        let mut done = String::new();
        let keys = template.matches("{id}").count();
        let inside = !fresh && !template.ends_with("{id}");
        let mut seen = 0;
        for segment in template.split('/').filter(|it| !it.is_empty()) {
            if segment == "{id}" {
                seen += 1;
                let item = match place.known {
                    true if fresh && seen == keys => self.fresh(&done, &place.path)?,
                    // What was told of may contain, and refer to, what cannot be made.
                    true if inside || seen < keys => self.outer(&done, &place.path)?,
                    true => self.item(&done, &place.path)?,
                    false => None,
                };
                place.known &= item.is_some();
                let key = item.as_ref().map_or(NO_KEY, |it| it.key.as_str());
                place.path.push_str(&format!("/{}", encoded(key)));
                place.item = item;
            } else {
                place.path.push_str(&format!("/{segment}"));
            }
            done.push_str(&format!("/{segment}"));
        }
        Ok(place)
    }

    /// An entity of a set, always the same.
    pub fn item(&mut self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        if let Some(item) = self.found.get(path) {
            return Ok(item.clone());
        }
        let item = self.fresh(template, path)?;
        self.found.insert(path.to_owned(), item.clone());
        Ok(item)
    }

    /// The entity of a set that was told of, or else one as for any call.
    fn outer(&mut self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        let name = format!("{path}/{{told}}");
        if let Some(item) = self.found.get(&name) {
            return Ok(item.clone());
        }
        let item = match self.told_of(template, path)? {
            Some(item) => Some(item),
            None => self.item(template, path)?,
        };
        self.found.insert(name, item.clone());
        Ok(item)
    }

    /// The entity of a set that was told of, if it is there.
    fn told_of(&self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        let told = match rows::target_of(self.model, template) {
            Some(Target::Collection(set)) => self.told.get(set.kind()),
            _ => None,
        };
        let Some(key) = told.cloned() else { return Ok(None) };
        if !self.serves("GET", &format!("{template}/{{id}}")) {
            return Ok(Some(Item { key, doc: Map::new() }));
        }
        let doc = self.read(&format!("{template}/{{id}}"), &format!("{path}/{key}"))?;
        Ok(doc.map(|doc| Item { key, doc }))
    }

    /// A new entity of a set, or what can be found of it.
    pub fn fresh(&mut self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        if self.serves("POST", template)
            && let Some(item) = self.make(template, path)?
        {
            return Ok(Some(item));
        }
        if self.serves("POST", &format!("{template}/$ref"))
            && let Some(item) = self.refer(template, path)?
        {
            return Ok(Some(item));
        }
        if let Some(key) = self.named_by_another(template)? {
            let doc = self.read(&format!("{template}/{{id}}"), &format!("{path}/{key}"))?;
            return Ok(doc.map(|doc| Item { key, doc }));
        }
        if let Some(item) = self.find(template, path, |_| true)? {
            return Ok(Some(item));
        }
        self.told_of(template, path)
    }

    /// Sees to it that a list has something in it, if that can be made.
    pub fn fill(&mut self, template: &str, path: &str) -> anyhow::Result<()> {
        let set =
            |text: &str| text.trim_end_matches("/$count").trim_end_matches("/delta").to_owned();
        let template = set(template);
        if self.serves("POST", &template) {
            self.item(&template, &set(path))?;
        }
        Ok(())
    }

    /// The body of a new entity of a set.
    pub fn body(&mut self, template: &str) -> Option<Map<String, Value>> {
        match rows::target_of(self.model, template)? {
            Target::Collection(set) => Some(self.maker.create(self.model, set.ty(), set.facts())),
            _ => None,
        }
    }

    fn make(&mut self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        let Some(body) = self.body(template) else { return Ok(None) };
        let mut answer = None;
        // With references to others where that is taken, so that they can be followed.
        let bound = Some(self.bound(template, path)?).filter(|it| !it.is_empty());
        for more in bound.into_iter().chain([Map::new()]) {
            let sent: Map<String, Value> = body.clone().into_iter().chain(more).collect();
            let sent = Body::Json(Value::Object(sent));
            answer = self.send("POST", template, path, sent)?.filter(Answer::is_success);
            if answer.is_some() {
                break;
            }
        }
        let Some(answer) = answer else { return Ok(None) };
        let item = match self.made_by(template, &answer) {
            Some(item) => Some(item),
            None => self.find(template, path, |doc| has_text_of(doc, &body))?,
        };
        if let Some(item) = &item {
            self.remember(template, path, item);
        }
        Ok(item)
    }

    /// References that a new entity of a set may come with.
    fn bound(&mut self, template: &str, path: &str) -> anyhow::Result<Map<String, Value>> {
        let mut out = Map::new();
        let Some(Target::Collection(set)) = rows::target_of(self.model, template) else {
            return Ok(out);
        };
        // What is referred to needs no references of its own.
        if std::mem::replace(&mut self.binding, true) {
            return Ok(out);
        }
        let navigation = &self.model.ty(set.ty()).navigation;
        for nav in navigation.iter().filter(|nav| nav.refers() && !nav.collection) {
            for kind in &nav.links {
                // What lies inside the new entity cannot be there before it.
                if kind == set.kind() || kind.starts_with(&format!("{}/", set.kind())) {
                    continue;
                }
                if let Some((template, path)) = self.beside(kind, template, path)?
                    && let Some(item) = self.item(&template, &path)?
                {
                    let path = format!("{path}/{}", encoded(&item.key));
                    let url = self.wire.url(self.version, &path);
                    out.insert(format!("{}@odata.bind", nav.name), json!(url));
                    break;
                }
            }
        }
        self.binding = false;
        Ok(out)
    }

    /// What an answer to a POST says has been made.
    pub fn made_by(&self, template: &str, answer: &Answer) -> Option<Item> {
        let Target::Collection(set) = rows::target_of(self.model, template)? else { return None };
        if let Some(Value::Object(doc)) = answer.json() {
            let name = self.model.ty(set.ty()).key.first()?;
            let key = doc.get(name)?.as_str()?.to_owned();
            return Some(Item { key, doc });
        }
        // `Location` may lead to the work that makes it, and not to the entity.
        let location = answer.headers.get("location")?.to_str().ok()?;
        match model::path::reference(self.model, location) {
            Ok((found, key)) if found.kind() == set.kind() => Some(Item { key, doc: Map::new() }),
            _ => None,
        }
    }

    /// Notes what has to be removed in the end.
    pub fn remember(&mut self, template: &str, path: &str, item: &Item) {
        let template = format!("{template}/{{id}}");
        if self.serves("DELETE", &template) {
            self.made.push((template, format!("{path}/{}", encoded(&item.key))));
        }
    }

    /// Adds a reference to something that can stand there.
    fn refer(&mut self, template: &str, path: &str) -> anyhow::Result<Option<Item>> {
        let Some((item, url)) = self.referable(template, path)? else { return Ok(None) };
        let body = Body::Json(json!({ "@odata.id": url }));
        let answer =
            self.send("POST", &format!("{template}/$ref"), &format!("{path}/$ref"), body)?;
        Ok(answer.filter(Answer::is_success).map(|_| item))
    }

    /// A new entity to which a navigation may refer, and its address.
    pub fn referable(
        &mut self,
        template: &str,
        path: &str,
    ) -> anyhow::Result<Option<(Item, String)>> {
        let Some(Target::Collection(set)) = rows::target_of(self.model, template) else {
            return Ok(None);
        };
        let Some(link) = set.link else { return Ok(None) };
        for def in &link.sets {
            if let Some((template, path)) = self.beside(&def.kind, template, path)?
                && let Some(item) = self.fresh(&template, &path)?
            {
                let url = self.wire.url(self.version, &format!("{path}/{}", encoded(&item.key)));
                return Ok(Some((item, url)));
            }
        }
        Ok(None)
    }

    /// The set of a kind within the same parents that a path goes through.
    pub fn beside(
        &mut self,
        kind: &str,
        template: &str,
        path: &str,
    ) -> anyhow::Result<Option<(String, String)>> {
        let mut kind = kind.split('/').peekable();
        let (mut left, mut right) = (String::new(), String::new());
        let steps = template.split('/').skip(1).zip(path.split('/').skip(1));
        for (segment, key) in steps {
            if segment != "{id}" && kind.next_if_eq(&segment).is_none() {
                break;
            }
            left.push_str(&format!("/{segment}"));
            right.push_str(&format!("/{key}"));
        }
        if kind.peek().is_none() {
            // The set itself lies on the path: its key does not belong to it.
            let keyed = left.strip_suffix("/{id}").map(str::len);
            left.truncate(keyed.unwrap_or(left.len()));
            right.truncate(right.rfind('/').filter(|_| keyed.is_some()).unwrap_or(right.len()));
        }
        while let Some(segment) = kind.next() {
            left.push_str(&format!("/{segment}"));
            right.push_str(&format!("/{segment}"));
            let Some(target) = rows::target_of(self.model, &left) else { return Ok(None) };
            if kind.peek().is_some() && matches!(target, Target::Collection(_)) {
                let Some(item) = self.item(&left, &right)? else { return Ok(None) };
                left.push_str("/{id}");
                right.push_str(&format!("/{}", encoded(&item.key)));
            }
        }
        Ok(rows::target_of(self.model, &left).map(|_| (left, right)))
    }

    /// The key of an entity that something else names: the targets of a navigation say whose.
    fn named_by_another(&mut self, template: &str) -> anyhow::Result<Option<String>> {
        let Some(Target::Collection(set)) = rows::target_of(self.model, template) else {
            return Ok(None);
        };
        let navigation = &self.model.ty(set.ty()).navigation;
        for via in navigation.iter().filter_map(|nav| nav.via.as_ref()) {
            let other = format!("/{}", via.set);
            if other == template || !self.serves("POST", &other) {
                continue;
            }
            let item = self.fresh(&other, &other)?;
            if let Some(key) =
                item.and_then(|it| it.doc.get(&via.property)?.as_str().map(String::from))
            {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// The first of a list that fits.
    fn find(
        &self,
        template: &str,
        path: &str,
        fits: impl Fn(&Map<String, Value>) -> bool,
    ) -> anyhow::Result<Option<Item>> {
        let Some(Target::Collection(set)) = rows::target_of(self.model, template) else {
            return Ok(None);
        };
        let query = list_query(template).map_or(String::new(), |it| format!("?{it}"));
        let Some(list) = self.read(template, &format!("{path}{query}"))? else { return Ok(None) };
        let list = list.get("value").and_then(Value::as_array).into_iter().flatten();
        let doc = list.filter_map(Value::as_object).find(|doc| fits(doc));
        let name = self.model.ty(set.ty()).key.first();
        Ok(doc.zip(name).and_then(|(doc, name)| {
            let key = doc.get(name)?.as_str()?.to_owned();
            Some(Item { key, doc: doc.clone() })
        }))
    }

    fn read(&self, template: &str, path: &str) -> anyhow::Result<Option<Map<String, Value>>> {
        let answer = self.send("GET", template, path, Body::Nothing)?;
        Ok(match answer.filter(Answer::is_success).and_then(|it| it.json()) {
            Some(Value::Object(doc)) => Some(doc),
            _ => None,
        })
    }

    fn serves(&self, method: &str, template: &str) -> bool {
        self.wire.policy.rule(self.version.as_str(), method, template).is_some()
    }

    /// A call of the preparations; none when the table has none, or there is no token for it.
    pub fn send(
        &self,
        method: &'static str,
        template: &str,
        path: &str,
        body: Body,
    ) -> anyhow::Result<Option<Answer>> {
        let may = self.wire.can(self.version, method, template, Who::Entitled);
        if !self.serves(method, template) || !may {
            return Ok(None);
        }
        let (version, template, path) = (self.version, template.to_owned(), path.to_owned());
        let request = Request { version, method, template, path, body };
        self.wire.send(&request, Who::Entitled).map(Some)
    }

    /// Removes what was made, the last first.
    pub fn clean(&mut self) -> anyhow::Result<()> {
        for (template, path) in std::mem::take(&mut self.made).into_iter().rev() {
            self.send("DELETE", &template, &path, Body::Nothing)?;
        }
        Ok(())
    }
}

/// Do they have a text in common?
fn has_text_of(doc: &Map<String, Value>, sent: &Map<String, Value>) -> bool {
    let texts = sent.iter().filter(|(name, value)| value.is_string() && !name.contains('@'));
    texts.clone().any(|(name, value)| doc.get(name) == Some(value))
}

/// A key as a path carries it.
fn encoded(key: &str) -> String {
    let mut out = String::new();
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
