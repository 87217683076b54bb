//! Reading CSDL: small schemas in, the model (or a message) out; and our schema against the facts.
#![allow(clippy::unwrap_used)]

use super::parse;
use crate::{
    Model, Version,
    facts::{Listed, Over},
    graph,
};

const HEAD: &str = r#"<edmx:Edmx xmlns="http://docs.oasis-open.org/odata/ns/edm" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>"#;

fn document(schemas: &str) -> String {
    format!("{HEAD}{schemas}</edmx:DataServices></edmx:Edmx>")
}

fn model(schemas: &[&str]) -> Result<Model, String> {
    let documents: Vec<String> = schemas.iter().map(|it| document(it)).collect();
    let files: Vec<(&str, &str)> = documents.iter().map(|it| ("t.xml", it.as_str())).collect();
    parse(&files).map_err(|error| error.to_string())
}

const THINGS: &str = r#"<Schema Namespace="a.b" Alias="ab">
  <EnumType Name="color">
    <Member Name="red" Value="0"><Annotation Term="yagura.Alias" String="crimson"/></Member>
    <Member Name="blue" Value="9"/><Member Name="unknownFutureValue" Value="5"/>
  </EnumType>
  <EntityType Name="base" Abstract="true"><Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.String" Nullable="false">
      <Annotation Term="Org.OData.Core.V1.Computed"/></Property></EntityType>
  <EntityType Name="thing" BaseType="ab.base" OpenType="true">
    <Property Name="color" Type="ab.color"/>
    <Property Name="parts" Type="Collection(c.part)"/>
    <NavigationProperty Name="children" Type="Collection(ab.child)" ContainsTarget="true"/>
    <NavigationProperty Name="others" Type="Collection(ab.thing)"/></EntityType>
  <EntityType Name="child" BaseType="ab.base"><Property Name="of" Type="Edm.String"/></EntityType>
  <Action Name="paint" IsBound="true"><Parameter Name="it" Type="Collection(ab.thing)"/>
    <Parameter Name="with" Type="ab.color"/><ReturnType Type="ab.thing"/></Action>
  <EntityContainer Name="box"><EntitySet Name="things" EntityType="ab.thing"/></EntityContainer>
  <Annotations Target="ab.box/things">
    <Annotation Term="yagura.Page"><Record><PropertyValue Property="default" Int="5"/>
      <PropertyValue Property="max" Int="9"/><PropertyValue Property="over" String="refuse"/></Record></Annotation>
    <Annotation Term="yagura.DefaultOrder" String="color desc, id"/>
    <Annotation Term="yagura.Filterable"><Collection><PropertyPath>color</PropertyPath></Collection></Annotation>
    <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record><PropertyValue Property="Insertable" Bool="true"/></Record></Annotation>
  </Annotations>
</Schema>"#;

const PARTS: &str = r#"<Schema Namespace="c"><ComplexType Name="part"><Property Name="n" Type="Edm.Int32"/></ComplexType></Schema>"#;

#[test]
fn types_inherit_and_refer_across_files() {
    let model = model(&[THINGS, PARTS]).unwrap();
    let thing = model.type_named("#A.B.Thing").unwrap();
    let text: Vec<String> = thing
        .properties
        .iter()
        .map(|it| format!("{}: {}", it.name, model.type_text(it.ty)))
        .collect();
    assert_eq!(text, ["id: Edm.String", "color: a.b.color", "parts: Collection(c.part)"]);
    assert!(thing.open && thing.property("ID").unwrap().computed);
    assert_eq!(thing.key, ["id"]);
    assert!(model.is_a(thing.id, thing.base.unwrap()));
    assert_eq!(thing.wire, "#a.b.thing");

    let color = model.enum_named("a.b.color").unwrap();
    assert_eq!(color.member("CRIMSON").unwrap().name, "red");
    assert!(color.member("blue").unwrap().evolved && color.evolved);
}

#[test]
fn sets_and_facts() {
    let model = model(&[THINGS, PARTS]).unwrap();
    let kinds: Vec<&str> = model.sets().iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["things", "things/children"]);
    let facts = &model.set("things").unwrap().facts;
    assert_eq!((facts.page.default, facts.page.max, facts.page.over), (5, 9, Over::Refuse));
    assert_eq!(facts.default_order, [("color".to_owned(), true), ("id".to_owned(), false)]);
    assert_eq!(facts.filterable, Listed::Only(vec!["color".to_owned()]));
    assert!(facts.insertable && !facts.deletable);
    assert_eq!(model.set("things/children").unwrap().parent.as_deref(), Some("things"));
    assert_eq!(model.operations()[0].name, "a.b.paint");
    assert_eq!(model.operations()[0].parameters.len(), 1);
}

#[test]
fn metadata_is_one_document_that_reads_back() {
    let first = model(&[THINGS, PARTS]).unwrap();
    let again = parse(&[("$metadata", first.metadata_xml())]).unwrap();
    assert_eq!(again.types().len(), first.types().len());
    assert_eq!(again.sets().len(), first.sets().len());
    for version in Version::ALL {
        let xml = graph(version).metadata_xml();
        let again = parse(&[("$metadata", xml)]).unwrap();
        assert_eq!(again.metadata_xml(), xml);
        let namespaces = if version == Version::V1 { 3 } else { 6 };
        assert_eq!(xml.matches("<Schema ").count(), namespaces);
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let message = |schema: &str| model(&[schema]).unwrap_err();
    let entity = |inside: &str| {
        message(&format!(
            r#"<Schema Namespace="n"><EntityType Name="e">{inside}</EntityType></Schema>"#
        ))
    };
    assert_eq!(
        entity(r#"<Property Name="p" Type="n.no"/>"#),
        "t.xml:1 <Property>: there is no type 'n.no'"
    );
    assert_eq!(entity(r#"<Property Name="p"/>"#), "t.xml:1 <Property>: needs the attribute Type");
    assert_eq!(
        entity(r#"<Property Name="p" Type="Edm.Int32"/><Property Name="p" Type="Edm.Int32"/>"#),
        "t.xml:1 <EntityType>: two properties are named 'p'"
    );
    assert_eq!(
        entity(
            r#"<NavigationProperty Name="p" Type="n.e"><Annotation Term="yagura.Pgae"/></NavigationProperty>"#
        ),
        "t.xml:1 <Annotation>: the term 'yagura.Pgae' is not understood; 'yagura.Page' is near"
    );
    assert_eq!(
        message(r#"<Schema Namespace="n"><ComplexType Name="a" BaseType="n.a"/></Schema>"#),
        "t.xml:1 <ComplexType>: is its own base"
    );
    assert_eq!(
        message(r#"<Schema Namespace="n"><ComplexType Name="a"/><EnumType Name="a"/></Schema>"#),
        "t.xml:1 <EnumType>: 'n.a' is declared twice"
    );
    assert_eq!(
        message(r#"<Schema Namespace="n"><TypeDefinition Name="a"/></Schema>"#),
        "t.xml:1 <TypeDefinition>: 'TypeDefinition' is not supported"
    );
    assert_eq!(
        entity(r#"<Propery Name="p" Type="Edm.Int32"/>"#),
        "t.xml:1 <Propery>: cannot stand in <EntityType>; 'Property' is near"
    );
    assert_eq!(
        entity(r#"<Property Name="p" Type="Edm.Strng"/>"#),
        "t.xml:1 <Property>: there is no type 'Edm.Strng'; 'Edm.String' is near"
    );
    assert_eq!(parse(&[("t.xml", "<a")]).unwrap_err().to_string(), "t.xml: not well-formed");
    assert_eq!(
        parse(&[("t.xml", "<a/>")]).unwrap_err().to_string(),
        "t.xml:1 <a>: has no <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\"> in it"
    );
}

#[test]
fn mistakes_about_sets_are_named_with_their_place() {
    let message = |more: &str| {
        let text = format!(
            "<Schema Namespace=\"n\">
            <EntityType Name=\"e\"><Key><PropertyRef Name=\"id\"/></Key><Property Name=\"id\" Type=\"Edm.String\"/></EntityType>
            <EntityContainer Name=\"c\"><EntitySet Name=\"s\" EntityType=\"n.e\"/></EntityContainer>\n{more}</Schema>"
        );
        model(&[&text]).unwrap_err()
    };
    let listing = |term: &str, target: &str, name: &str| {
        message(&format!(
            r#"<Annotations Target="{target}"><Annotation Term="{term}"><Collection><PropertyPath>{name}</PropertyPath></Collection></Annotation></Annotations>"#
        ))
    };
    assert_eq!(
        listing("yagura.Filterable", "n.c/s", "Id"),
        "t.xml:3 <EntitySet>: the annotations of 's': 'n.e' has no property 'Id'; 'id' is near"
    );
    assert_eq!(
        listing("yagura.Filterable", "n.c/t", "id"),
        "t.xml:4 <Annotations>: annotates 't', which 'n.c' does not declare; 's' is near"
    );
    assert_eq!(
        listing("yagura.Filterable", "m.cameras/s", "id"),
        "t.xml:4 <Annotations>: annotates 'm.cameras', which is not there"
    );
    assert_eq!(
        listing("Org.OData.Capabilities.V1.InsertRestriction", "n.c/s", "id"),
        "t.xml:4 <Annotation>: the term 'InsertRestriction' is not understood; \
         'InsertRestrictions' is near"
    );
    assert_eq!(
        message(
            r#"<EntityType Name="f"><NavigationProperty Name="p" Type="n.e"><Annotation Term="yagura.Links"><Collection><String>x</String></Collection></Annotation></NavigationProperty></EntityType>"#
        ),
        "t.xml:4 <EntityType>: p leads to 'x', which is no set; 's' is near"
    );
    let more = |inside: &str| {
        message(&format!(
            r#"<ComplexType Name="v"/><EntityContainer Name="d" Extends="n.c">{inside}</EntityContainer>"#
        ))
    };
    assert_eq!(
        more(r#"<EntitySet Name="S" EntityType="n.e"/>"#),
        "t.xml:4 <EntitySet>: 'S' stands in t.xml already"
    );
    assert_eq!(
        more(r#"<EntitySet Name="t" EntityType="n.v"/>"#),
        "t.xml:4 <EntitySet>: 'n.v' is no entity type with the key 'id'; \
         BaseType=\"graph.entity\" gives one"
    );
}

#[test]
fn the_graph_has_what_the_areas_need() {
    for version in Version::ALL {
        let model = graph(version);
        let kinds: Vec<&str> = model.sets().iter().map(|it| it.kind.as_str()).collect();
        for kind in [
            "subscriptions",
            "security/alerts",
            "security/alerts_v2",
            "security/incidents",
            "security/incidents/correlations",
            "security/secureScores",
            "security/secureScoreControlProfiles",
        ] {
            assert!(kinds.contains(&kind), "{version} {kind}");
        }
        let evidence = model.type_named("microsoft.graph.security.alertEvidence").unwrap();
        assert_eq!(evidence.derived.len(), 48, "{version}");
        let incidents = &model.set("security/incidents").unwrap().facts;
        assert_eq!((incidents.page.max, incidents.page.over), (50, Over::Clamp));
        assert_eq!(incidents.default_order, [("lastUpdateDateTime".to_owned(), true)]);
        let legacy = &model.set("security/alerts").unwrap().facts;
        assert_eq!((legacy.page.max_skip, legacy.update_status), (None, 204));
        assert_eq!(legacy.update_required, ["vendorInformation"]);
    }
    assert_eq!(
        graph(Version::Beta).type_named("microsoft.graph.security.manualAlert").unwrap().base,
        graph(Version::Beta).type_named("microsoft.graph.security.alert").map(|it| it.id)
    );
}
