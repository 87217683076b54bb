//! `parse_xml`: XML as a dynamic value.
//!
//! An element with text alone is the text; attributes are members with `@` in front, text beside
//! other things is `#text`, elements of one name are an array. Comments and the like are left out.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value as Json};

use super::super::{read::strings, types::STRING_OR_DYNAMIC};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

/// The longest text that is read.
const LONGEST: usize = 1 << 20;
/// The deepest nesting that is read.
const DEEPEST: usize = 100;

pub(in super::super) const PARSE_XML: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_xml",
        params: &[Param::of("xml_text", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "The XML in a text as a dynamic value: elements are members, attributes are members \
              with `@` in front; null when the text is no XML or longer than 1 MiB.",
        examples: &[
            ("parse_xml('<e n=\"v\">t</e>')", "{\"e\":{\"@n\":\"v\",\"#text\":\"t\"}}"),
            (
                "parse_xml('<e> <a>x</a> <a>y</a> <b/> </e>')",
                "{\"e\":{\"a\":[\"x\",\"y\"],\"b\":null}}",
            ),
            ("parse_xml('<e>')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_json(args.rows(), |row| parse(text.get(row)).unwrap_or(Json::Null)))
    }),
};

fn parse(text: &str) -> Option<Json> {
    if text.len() > LONGEST || too_deep(text) {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1 << 20, ..Default::default() };
    let document = Document::parse_with_options(text.trim_start(), options).ok()?;
    let root = document.root_element();
    let mut out = Map::new();
    out.insert(name(root), element(root, 0)?);
    Some(Json::Object(out))
}

/// A bound on the nesting that costs no stack to find.
fn too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, bytes.get(at + 1)) {
            (b'<', Some(b'/')) => depth = depth.saturating_sub(1),
            (b'<', Some(b'!' | b'?')) => {}
            (b'<', _) => depth += 1,
            (b'/', Some(b'>')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// A name with its prefix, as written.
fn name(node: Node<'_, '_>) -> String {
    let tag = node.tag_name();
    let prefix = tag.namespace().and_then(|it| node.lookup_prefix(it));
    match prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", tag.name()),
        _ => tag.name().to_owned(),
    }
}

fn element(node: Node<'_, '_>, depth: usize) -> Option<Json> {
    if depth > DEEPEST {
        return None;
    }
    let mut out = Map::new();
    for attribute in node.attributes() {
        out.insert(format!("@{}", attribute.name()), Json::from(attribute.value()));
    }
    let text: String = node.children().filter(Node::is_text).filter_map(|it| it.text()).collect();
    let text = text.trim();
    let children = node.children().filter(Node::is_element);
    if out.is_empty() && !node.children().any(|it| it.is_element()) {
        return Some(if text.is_empty() { Json::Null } else { Json::from(text) });
    }
    if !text.is_empty() {
        out.insert("#text".to_owned(), Json::from(text));
    }
    let mut repeated = std::collections::HashSet::new();
    for child in children {
        let (key, value) = (name(child), element(child, depth + 1)?);
        match out.get_mut(&key) {
            None => {
                out.insert(key, value);
            }
            Some(Json::Array(several)) if repeated.contains(&key) => several.push(value),
            Some(first) => {
                *first = Json::Array(vec![first.take(), value]);
                repeated.insert(key);
            }
        }
    }
    Some(Json::Object(out))
}
