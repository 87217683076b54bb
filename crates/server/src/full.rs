//! What `odata.metadata=full` adds (types, ids, links), and what `IEEE754Compatible=true` changes
//! (numbers that a double cannot hold travel as text). Both follow the declared types.

use model::{
    Model,
    edm::{Primitive, Ty, TypeId, TypeRef},
    model::{Kind, StructType},
    shape,
};
use serde_json::{Map, Value};

use crate::form::{Form, Metadata};

/// Brings an entity or complex value of a declared type into a form. `url` is the address of the
/// entity; none when it has no address of its own.
pub fn bring(
    model: &Model,
    form: Form,
    ty: TypeId,
    url: Option<&str>,
    doc: &mut Map<String, Value>,
) {
    if form.metadata != Metadata::Full && !form.ieee754 {
        return;
    }
    let actual = shape::actual_type(model, model.ty(ty), doc);
    let full = form.metadata == Metadata::Full;
    let mut out = Map::with_capacity(doc.len() * 2);
    if full {
        out.insert("@odata.type".to_owned(), Value::from(actual.wire.as_str()));
        if let Some(url) = url.filter(|_| actual.kind == Kind::Entity) {
            out.insert("@odata.id".to_owned(), Value::from(url));
            out.insert("@odata.editLink".to_owned(), Value::from(url));
        }
    }
    for (name, mut value) in std::mem::take(doc) {
        if let Some(property) = actual.property(&name).filter(|it| it.name == name) {
            if full && let Some(told) = told_type(model, property.ty, &value) {
                out.insert(format!("{name}@odata.type"), Value::from(told));
            }
            inside(model, form, property.ty, None, &mut value);
        } else if let Some(nav) = actual.nav(&name).filter(|it| it.name == name) {
            let url = url.map(|it| format!("{it}/{name}"));
            let ty =
                TypeRef { ty: Ty::Struct(nav.target), collection: nav.collection, nullable: true };
            inside(model, form, ty, url.as_deref(), &mut value);
        }
        if !(full && matches!(name.as_str(), "@odata.type" | "@odata.id" | "@odata.editLink")) {
            out.insert(name, value);
        }
    }
    if full && let Some(url) = url {
        links(actual, url, &mut out);
    }
    *doc = out;
}

/// The values of a property or an expanded navigation.
fn inside(model: &Model, form: Form, ty: TypeRef, url: Option<&str>, value: &mut Value) {
    match value {
        Value::Array(items) if ty.collection => {
            let one = TypeRef { collection: false, ..ty };
            for item in items {
                let url = url.zip(item.get("id").and_then(Value::as_str));
                let url = url.map(|(url, id)| format!("{url}('{}')", id.replace('\'', "''")));
                inside(model, form, one, url.as_deref(), item);
            }
        }
        Value::Object(doc) => {
            if let Ty::Struct(id) = ty.ty {
                bring(model, form, id, url, doc);
            }
        }
        Value::Number(number) if form.ieee754 => {
            let large = matches!(ty.ty, Ty::Primitive(Primitive::Int64 | Primitive::Decimal));
            if large {
                *value = Value::from(number.to_string());
            }
        }
        _ => {}
    }
}

/// The name of a type that JSON alone does not tell.
fn told_type(model: &Model, ty: TypeRef, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let name = model.ty_text(ty.ty);
    let name = name.strip_prefix("Edm.").unwrap_or(name);
    if ty.collection {
        return Some(format!("#Collection({name})"));
    }
    match ty.ty {
        Ty::Primitive(Primitive::String | Primitive::Boolean | Primitive::Double)
        | Ty::Struct(_)
        | Ty::Untyped => None,
        Ty::Primitive(_) | Ty::Enum(_) => Some(format!("#{name}")),
    }
}

fn links(ty: &StructType, url: &str, out: &mut Map<String, Value>) {
    for nav in &ty.navigation {
        let name = &nav.name;
        out.insert(format!("{name}@odata.associationLink"), format!("{url}/{name}/$ref").into());
        out.insert(format!("{name}@odata.navigationLink"), format!("{url}/{name}").into());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::csdl;
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = r#"<edmx:Edmx xmlns="http://docs.oasis-open.org/odata/ns/edm"
        xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
        <Schema Namespace="t">
          <EntityType Name="box"><Key><PropertyRef Name="id"/></Key>
            <Property Name="id" Type="Edm.String" Nullable="false"/>
            <Property Name="size" Type="Edm.Int64"/>
            <Property Name="made" Type="Edm.DateTimeOffset"/>
            <Property Name="tags" Type="Collection(Edm.String)"/>
            <NavigationProperty Name="lids" Type="Collection(t.box)"/>
          </EntityType>
        </Schema></edmx:DataServices></edmx:Edmx>"#;

    fn brought(form: Form) -> Value {
        let model = csdl::parse(&[("t.xml", SCHEMA)]).unwrap();
        let Value::Object(mut doc) = json!({
            "id": "1", "size": 9_007_199_254_740_993_i64, "made": "2026-01-01T00:00:00.0000000Z",
            "tags": []
        }) else {
            panic!()
        };
        let ty = model.type_named("t.box").unwrap().id;
        bring(&model, form, ty, Some("http://h/v1.0/boxes('1')"), &mut doc);
        Value::Object(doc)
    }

    #[test]
    fn full_metadata_names_types_and_links() {
        let doc = brought(Form { metadata: Metadata::Full, ieee754: true });
        assert_eq!(doc["@odata.type"], "#t.box");
        assert_eq!(doc["@odata.id"], "http://h/v1.0/boxes('1')");
        assert_eq!(doc["size@odata.type"], "#Int64");
        assert_eq!(doc["size"], "9007199254740993");
        assert_eq!(doc["made@odata.type"], "#DateTimeOffset");
        assert_eq!(doc["tags@odata.type"], "#Collection(String)");
        assert_eq!(doc["lids@odata.navigationLink"], "http://h/v1.0/boxes('1')/lids");
        assert!(doc.get("id@odata.type").is_none());
    }

    #[test]
    fn minimal_metadata_adds_nothing() {
        let doc = brought(Form::default());
        assert_eq!(doc.as_object().unwrap().len(), 4);
        let doc = brought(Form { metadata: Metadata::Minimal, ieee754: true });
        assert!(doc["size"].is_string() && doc.get("size@odata.type").is_none());
    }
}
