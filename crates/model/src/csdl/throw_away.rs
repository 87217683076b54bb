//! Adding an entity is a schema edit: a file that no code knows, beside ours, and everything that
//! reads the model works on it.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::parse;
use crate::{
    Version,
    body::{self, Mode},
    model::Model,
    openapi,
    path::{Target, resolve},
    query::Options,
    shape,
    version::V1_FILES,
};

const CAMERAS: &str = r#"<edmx:Edmx xmlns="http://docs.oasis-open.org/odata/ns/edm" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema Namespace="example">
  <EntityType Name="camera" BaseType="graph.entity">
    <Property Name="displayName" Type="Edm.String" MaxLength="20"/>
    <Property Name="mode" Type="example.mode"/>
    <Property Name="isOn" Type="Edm.Boolean" DefaultValue="true"/>
    <Property Name="owner" Type="graph.identitySet"/>
    <Property Name="createdDateTime" Type="Edm.DateTimeOffset"><Annotation Term="Org.OData.Core.V1.Computed"/></Property>
    <NavigationProperty Name="sightings" Type="Collection(example.sighting)" ContainsTarget="true">
      <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record><PropertyValue Property="Insertable" Bool="true"/></Record></Annotation>
    </NavigationProperty>
    <NavigationProperty Name="incidents" Type="Collection(security.incident)">
      <Annotation Term="yagura.Links"><Collection><String>security/incidents</String></Collection></Annotation>
      <Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record><PropertyValue Property="Readable" Bool="true"/></Record></Annotation>
    </NavigationProperty>
  </EntityType>
  <EntityType Name="sighting" BaseType="graph.entity"><Property Name="at" Type="Edm.DateTimeOffset" Nullable="false"/></EntityType>
  <EnumType Name="mode"><Member Name="day"/><Member Name="night"/></EnumType>
  <Action Name="reset" IsBound="true"><Parameter Name="it" Type="example.camera"/></Action>
  <EntityContainer Name="more" Extends="graph.GraphService"><EntitySet Name="cameras" EntityType="example.camera"/></EntityContainer>
  <Annotations Target="example.more/cameras">
    <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record><PropertyValue Property="Insertable" Bool="true"/>
      <PropertyValue Property="RequiredProperties"><Collection><PropertyPath>displayName</PropertyPath></Collection></PropertyValue></Record></Annotation>
    <Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions"><Record><PropertyValue Property="Updatable" Bool="true"/></Record></Annotation>
    <Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="true"/></Record></Annotation>
  </Annotations>
</Schema></edmx:DataServices></edmx:Edmx>"#;

fn model() -> Model {
    let mut files = V1_FILES.to_vec();
    files.push(("cameras.xml", CAMERAS));
    parse(&files).unwrap()
}

#[test]
fn an_entity_is_a_schema_edit() {
    let model = model();
    let target = |path: &str| resolve(&model, path).unwrap();
    for (path, methods, template) in [
        ("/cameras", "GET POST", "/cameras"),
        ("/Cameras('1')", "GET PATCH DELETE", "/cameras/{id}"),
        ("/cameras/1/mode/$value", "GET", "/cameras/{id}/mode/$value"),
        ("/cameras/$count", "GET", "/cameras/$count"),
        ("/cameras/delta()", "GET", "/cameras/delta"),
        ("/cameras/1/sightings", "GET POST", "/cameras/{id}/sightings"),
        ("/cameras/1/example.reset", "POST", "/cameras/{id}/reset"),
        ("/cameras/1/incidents/$ref", "GET POST DELETE", "/cameras/{id}/incidents/$ref"),
    ] {
        let target = target(path);
        let all = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let found: Vec<&str> = all.into_iter().filter(|it| target.allows(it)).collect();
        assert_eq!((found.join(" "), target.template()), (methods.to_owned(), template.to_owned()));
    }

    let Target::Collection(set) = target("/cameras") else { panic!() };
    let options =
        Options::parse(&model, &set, "$filter=Mode eq 'NIGHT'&$search=door&$orderby=mode").unwrap();
    let condition = options.condition(&model, set.ty()).unwrap().to_string();
    assert!(condition.starts_with("mode eq 'night' and (contains(tolower(id),'door')"));

    let create = |body: Value| {
        body::check(&model, set.ty(), &body, Mode::Create(set.facts()))
            .map(Value::Object)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        create(json!({"displayName": "d", "mode": "Night", "createdDateTime": "2026-01-01",
                      "sightings": [{"at": "2026-01-01"}]})),
        Ok(json!({"displayName": "d", "mode": "night", "isOn": true,
                  "sightings": [{"at": "2026-01-01T00:00:00.0000000Z"}]}))
    );
    assert_eq!(create(json!({"mode": "day"})).unwrap_err(), "displayName: is required");
    assert_eq!(
        create(json!({"displayName": "x".repeat(21)})).unwrap_err(),
        "displayName: is longer than 20 characters"
    );

    let mut doc = json!({"id": "1", "mode": "day"}).as_object().unwrap().clone();
    shape::complete(&model, set.ty(), &mut doc, false);
    let names: Vec<&str> = doc.keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "displayName", "mode", "isOn", "owner", "createdDateTime"]);

    assert!(model.metadata_xml().contains("<EntityType Name=\"camera\""));
    let offer = |method, template| openapi::Offer {
        method,
        template,
        area: "cameras",
        roles: &[],
        scopes: &[],
    };
    let offers = [offer("GET", "/cameras"), offer("POST", "/cameras/{id}/reset")];
    let document = openapi::document_of(&model, Version::V1, &offers);
    assert!(document["components"]["schemas"].get("example.camera").is_some());
    assert_eq!(document["paths"].as_object().unwrap().len(), 2);
}
