//! Our schema against the published one, when the fact files lie beside the workspace: types,
//! bases, members, enumerations, operations, containment and entry points. Every difference is a
//! line, and every line that stays has its reason here.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use crate::{Model, Version, edm::TypeRef, graph, model::Kind, model::Verb};

/// What differs on purpose: how the line begins, and why.
const REASONS: &[(&str, &str)] = &[
    ("microsoft.graph.security.incident/correlations ", "ours: why each alert is there"),
    ("microsoft.graph.bitlocker/recoveryKeys ", "documented paths; the extract ends above them"),
    ("microsoft.graph.bitlockerRecoveryKey", "documented paths; the extract ends above them"),
    ("microsoft.graph.volumeType", "documented paths; the extract ends above them"),
    ("microsoft.graph.security/userTags ", "known from the list of permissions alone"),
    ("microsoft.graph.security.ediscoveryCase/caseDatasources ", "likewise"),
    ("microsoft.graph.security.identityContainer/remediationActions ", "likewise"),
    ("microsoft.graph.security.identityContainer/supportedRemediationActions ", "likewise"),
    ("microsoft.graph.security.identityContainer/users ", "likewise"),
    ("microsoft.graph.group is", "open: the extract has its name alone"),
    ("microsoft.graph.site is", "likewise"),
    ("microsoft.graph.team is", "likewise"),
    ("microsoft.graph.user is", "likewise"),
    ("root/users ", "documented paths begin there; the extract leaves the set out"),
    (
        "microsoft.graph.security.caseManagement.attachment/content ",
        "documented as a stream that is read and written by itself; the extract is a guess here",
    ),
    (
        "operation exportDownload(microsoft.graph.security.ediscoveryCase) ",
        "in the list of permissions; clients and extract have it not",
    ),
    (
        "operation getDownloadUrl(microsoft.graph.security.ediscoveryExportOperation) ",
        "documented; the extract has it not",
    ),
    (
        "v1.0 operation getVapidPublicKey(Collection(microsoft.graph.subscription)) ",
        "documented; clients are newer than the extract",
    ),
];

#[test]
fn our_schema_agrees_with_the_facts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/graph");
    let mut left = Vec::new();
    let mut used = vec![false; REASONS.len()];
    for (version, file) in [(Version::V1, "v1.0-security"), (Version::Beta, "beta-security")] {
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{file}.csdl.xml")) else {
            eprintln!("SKIPPED: there are no fact files in {folder}");
            return;
        };
        let published = Published::read(&text);
        for line in differences(&published.lines, &ours(graph(version))) {
            let long = format!("{version} {line}");
            let known = |prefix: &str| line.starts_with(prefix) || long.starts_with(prefix);
            match REASONS.iter().position(|(prefix, _)| known(prefix)) {
                Some(index) => used[index] = true,
                None => left.push(long),
            }
        }
    }
    assert!(left.is_empty(), "{} differences:\n{}", left.len(), left.join("\n"));
    let idle: Vec<_> = REASONS.iter().zip(used).filter(|(_, used)| !used).collect();
    assert!(idle.is_empty(), "nothing differs any more for {idle:?}");
}

/// What is said of each name: a type, a member of a type, an operation, an entry point.
type Lines = BTreeMap<String, String>;

fn differences(published: &Lines, ours: &Lines) -> Vec<String> {
    let mut out = Vec::new();
    for (name, line) in ours {
        match published.get(name) {
            None => out.push(format!("{name} is not published")),
            Some(wanted) if !same(wanted, line) => {
                out.push(format!("{name} is {line}, published {wanted}"));
            }
            Some(_) => {}
        }
    }
    let missing = published.keys().filter(|name| !ours.contains_key(*name));
    out.extend(missing.map(|name| format!("{name} is missing")));
    out
}

/// A published `?` is a number nobody knows.
fn same(published: &str, ours: &str) -> bool {
    published == ours || published == "?"
}

struct Published<'x> {
    aliases: Vec<(&'x str, &'x str)>,
    lines: Lines,
}

impl Published<'_> {
    fn read(text: &str) -> Published<'static> {
        let document = Document::parse(text).unwrap();
        let schemas = || document.descendants().filter(|it| it.tag_name().name() == "Schema");
        let mut it = Published { aliases: Vec::new(), lines: Lines::new() };
        for schema in schemas() {
            it.aliases.extend(schema.attribute("Alias").zip(schema.attribute("Namespace")));
        }
        for schema in schemas().filter(|it| it.attribute("Namespace") != Some("recon")) {
            let namespace = schema.attribute("Namespace").unwrap();
            for item in schema.children().filter(|it| it.attribute("Name").is_some()) {
                let name = format!("{namespace}.{}", item.attribute("Name").unwrap());
                it.item(&name, item);
            }
        }
        it.openness(&document);
        Published { aliases: Vec::new(), lines: it.lines }
    }

    fn item(&mut self, name: &str, item: Node<'_, '_>) {
        let flag = |name: &str| item.attribute(name) == Some("true");
        let kind = item.tag_name().name();
        let line = match kind {
            "EnumType" => format!("EnumType flags={}", flag("IsFlags")),
            "EntityType" | "ComplexType" => {
                let base = item.attribute("BaseType").map(|it| self.resolve(it));
                let keys = item.descendants().filter(|it| it.tag_name().name() == "PropertyRef");
                let keys: Vec<_> = keys.filter_map(|it| it.attribute("Name")).collect();
                let base = base.unwrap_or_default();
                format!("{kind} base={base} abstract={} key={keys:?}", flag("Abstract"))
            }
            "Action" | "Function" => return self.operation(item),
            "EntityContainer" => {
                for child in item.children().filter(Node::is_element) {
                    let ty = child.attribute("EntityType").or(child.attribute("Type"));
                    let name = format!("root/{}", child.attribute("Name").unwrap());
                    self.lines.insert(name, self.resolve(ty.unwrap()));
                }
                return;
            }
            _ => return,
        };
        self.lines.insert(name.to_owned(), line);
        for child in item.children().filter(|it| it.attribute("Name").is_some()) {
            let member = format!("{name}/{}", child.attribute("Name").unwrap());
            let ty = child.attribute("Type").map(|it| self.resolve(it)).unwrap_or_default();
            let line = match child.tag_name().name() {
                "Member" => child.attribute("Value").unwrap_or("?").to_owned(),
                "NavigationProperty" => {
                    format!(
                        "-> {ty} contained={}",
                        child.attribute("ContainsTarget") == Some("true")
                    )
                }
                _ => format!("{ty} nullable={}", child.attribute("Nullable") != Some("false")),
            };
            self.lines.insert(member, line);
        }
    }

    fn operation(&mut self, item: Node<'_, '_>) {
        let kind = item.tag_name().name();
        let mut parameters =
            item.children().filter(|it| it.tag_name().name() == "Parameter").map(|it| {
                let nullable = it.attribute("Nullable") != Some("false");
                let ty = self.resolve(it.attribute("Type").unwrap());
                (it.attribute("Name").unwrap(), ty, nullable)
            });
        let (_, binding, _) = parameters.next().unwrap();
        let mut list: Vec<String> =
            parameters.map(|(name, ty, nullable)| format!("{name}: {ty} {nullable}")).collect();
        list.sort();
        let returns = item.children().find(|it| it.tag_name().name() == "ReturnType");
        let returns = returns.map(|it| self.resolve(it.attribute("Type").unwrap()));
        let name = format!("operation {}({binding})", item.attribute("Name").unwrap());
        self.lines.insert(name, line_of_operation(kind, &list, returns));
    }

    /// A type is open when a base of it is.
    fn openness(&mut self, document: &Document<'_>) {
        let mut own = BTreeMap::new();
        for schema in document.descendants().filter(|it| it.tag_name().name() == "Schema") {
            for item in schema.children().filter(Node::is_element) {
                let Some(name) = item.attribute("Name") else { continue };
                let name = format!("{}.{name}", schema.attribute("Namespace").unwrap());
                let base = item.attribute("BaseType").map(|it| self.resolve(it));
                own.insert(name, (item.attribute("OpenType") == Some("true"), base));
            }
        }
        for (name, line) in &mut self.lines {
            if !line.starts_with("EntityType") && !line.starts_with("ComplexType") {
                continue;
            }
            let (mut open, mut at) = (false, Some(name.clone()));
            while let Some((is_open, base)) = at.and_then(|it| own.get(&it)) {
                open |= is_open;
                at = base.clone();
            }
            line.push_str(&format!(" open={open}"));
        }
    }

    fn resolve(&self, name: &str) -> String {
        if let Some(inner) = name.strip_prefix("Collection(").and_then(|it| it.strip_suffix(')')) {
            return format!("Collection({})", self.resolve(inner));
        }
        let (prefix, last) = name.rsplit_once('.').unwrap();
        let found = self.aliases.iter().find(|(alias, _)| *alias == prefix);
        format!("{}.{last}", found.map_or(prefix, |(_, it)| it))
    }
}

fn line_of_operation(kind: &str, parameters: &[String], returns: Option<String>) -> String {
    format!("{kind} [{}] -> {}", parameters.join(", "), returns.unwrap_or_default())
}

/// What our model says, in the same lines; our own namespace is left out.
fn ours(model: &Model) -> Lines {
    let mut out = Lines::new();
    let text = |ty: TypeRef| model.type_text(ty);
    let theirs = |name: &str| name.starts_with("microsoft.graph.");
    for it in model.enums().iter().filter(|it| theirs(&it.name)) {
        out.insert(it.name.clone(), format!("EnumType flags={}", it.flags));
        for member in &it.members {
            out.insert(format!("{}/{}", it.name, member.name), member.value.to_string());
        }
    }
    for it in model.types().iter().filter(|it| theirs(&it.name)) {
        let kind = match it.kind {
            Kind::Entity => "EntityType",
            Kind::Complex => "ComplexType",
        };
        let base = it.base.map(|id| model.ty(id));
        let inherited = base.map_or(0, |it| it.key.len());
        let keys = &it.key[inherited..];
        let base = base.map(|it| it.name.as_str()).unwrap_or_default();
        let line =
            format!("{kind} base={base} abstract={} key={keys:?} open={}", it.is_abstract, it.open);
        out.insert(it.name.clone(), line);
        for member in it.properties.iter().filter(|member| member.declared_by == it.id) {
            let line = format!("{} nullable={}", text(member.ty), member.ty.nullable);
            out.insert(format!("{}/{}", it.name, member.name), line);
        }
        for nav in it.navigation.iter().filter(|nav| nav.declared_by == it.id) {
            let target = &model.ty(nav.target).name;
            let ty = if nav.collection { format!("Collection({target})") } else { target.clone() };
            let line = format!("-> {ty} contained={}", nav.contained);
            out.insert(format!("{}/{}", it.name, nav.name), line);
        }
    }
    for op in model.operations().iter().filter(|op| theirs(&op.name)) {
        let kind = match op.verb {
            Verb::Action => "Action",
            Verb::Function => "Function",
        };
        let parameters = op.parameters.iter();
        let mut list: Vec<String> = parameters
            .map(|it| format!("{}: {} {}", it.name, text(it.ty), it.ty.nullable))
            .collect();
        list.sort();
        let name = format!("operation {}({})", op.short, text(op.binding.unwrap()));
        out.insert(name, line_of_operation(kind, &list, op.returns.map(text)));
    }
    let tops = model.sets().iter().filter(|it| !it.kind.contains('/'));
    for (name, ty) in tops
        .map(|it| (&it.kind, it.ty))
        .chain(model.singletons().iter().map(|it| (&it.name, it.ty)))
    {
        out.insert(format!("root/{name}"), model.ty(ty).name.clone());
    }
    out
}
