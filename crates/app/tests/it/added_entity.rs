//! Adding an entity is a schema edit: cameras exist nowhere but in the texts below, and the started
//! server makes, finds, changes, follows and forgets them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{BINARY, Yagura, send};

const CAMERAS: &str = r#"<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="example">
  <EntityType Name="camera" BaseType="graph.entity">
    <Property Name="displayName" Type="Edm.String" MaxLength="20"/>
    <Property Name="mode" Type="example.mode"/>
    <Property Name="height" Type="Edm.Double"/>
    <Property Name="isOn" Type="Edm.Boolean" Nullable="false" DefaultValue="true"/>
    <Property Name="place" Type="example.place"/>
    <Property Name="createdDateTime" Type="Edm.DateTimeOffset"><Annotation Term="Org.OData.Core.V1.Computed"/></Property>
    <NavigationProperty Name="sightings" Type="Collection(example.sighting)" ContainsTarget="true">
      <Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record><PropertyValue Property="Readable" Bool="true"/></Record></Annotation>
      <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record><PropertyValue Property="Insertable" Bool="true"/></Record></Annotation>
      <Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="true"/></Record></Annotation>
    </NavigationProperty>
  </EntityType>
  <EntityType Name="sighting" BaseType="graph.entity"><Property Name="at" Type="Edm.DateTimeOffset" Nullable="false"/></EntityType>
  <EnumType Name="mode"><Member Name="day"/><Member Name="night"/></EnumType>
  <ComplexType Name="place"><Property Name="room" Type="Edm.String"/><Property Name="floor" Type="Edm.Int32"/></ComplexType>
  <EntityContainer Name="more" Extends="graph.GraphService"><EntitySet Name="cameras" EntityType="example.camera"/></EntityContainer>
  <Annotations Target="example.more/cameras">
    <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record>
      <PropertyValue Property="Insertable" Bool="true"/>
      <PropertyValue Property="RequiredProperties"><Collection><PropertyPath>displayName</PropertyPath></Collection></PropertyValue>
    </Record></Annotation>
    <Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions"><Record><PropertyValue Property="Updatable" Bool="true"/></Record></Annotation>
    <Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="true"/></Record></Annotation>
  </Annotations>
</Schema></edmx:DataServices></edmx:Edmx>"#;

const READ: &str = "Camera.Read.All,Camera.ReadWrite.All";
const WRITE: &str = "Camera.ReadWrite.All";

fn table() -> String {
    let rows = [
        ("GET", "/cameras", READ),
        ("POST", "/cameras", WRITE),
        ("GET", "/cameras/$count", READ),
        ("GET", "/cameras/delta", READ),
        ("GET", "/cameras/{id}", READ),
        ("PATCH", "/cameras/{id}", WRITE),
        ("DELETE", "/cameras/{id}", WRITE),
        ("GET", "/cameras/{id}/*", READ),
        ("GET", "/cameras/{id}/sightings", READ),
        ("POST", "/cameras/{id}/sightings", WRITE),
        ("GET", "/cameras/{id}/sightings/{id}", READ),
        ("DELETE", "/cameras/{id}/sightings/{id}", WRITE),
    ];
    let line = |(method, template, roles): &(&str, &str, &str)| {
        format!("v1.0\t{method}\t{template}\t{roles}\t-\tcameras\n")
    };
    "# Who may look\n".to_owned() + &rows.iter().map(line).collect::<String>()
}

/// A folder as `serve --schema` takes it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["value"].as_array().unwrap();
    items.iter().map(|it| it["displayName"].as_str().unwrap()).collect()
}

#[test]
fn an_entity_of_texts_alone_is_served() {
    let schema = folder(&[("v1.0/cameras.xml", CAMERAS), ("permissions.tsv", &table())]);
    let variables = [("YAGURA_SCHEMA", schema.path().to_str().unwrap())];
    let it = Yagura::start_in(&variables, &["--plain-http"]);
    let token = it.token();

    let camera = |name: &str, mode: &str, height: f64, floor: u8| json!({"displayName": name, "mode": mode, "height": height, "place": {"floor": floor}});
    let door = it.post(&token, "/v1.0/cameras", &camera("door", "Night", 2.5, 0)).expect(201).body;
    assert_eq!((&door["mode"], &door["isOn"]), (&json!("night"), &json!(true)));
    assert_eq!(door["place"], json!({"room": null, "floor": 0}));
    assert!(door["createdDateTime"].as_str().unwrap().ends_with('Z'));
    for (name, mode, height, floor) in [("yard", "day", 4.0, 0), ("attic", "day", 3.0, 7)] {
        it.post(&token, "/v1.0/cameras", &camera(name, mode, height, floor)).expect(201);
    }
    let one = format!("/v1.0/cameras/{}", door["id"].as_str().unwrap());
    let read = it.get(&token, &one).expect(200);
    assert_eq!(read.body["displayName"], "door");
    let etag = read.headers["etag"].to_str().unwrap().to_owned();

    let page =
        it.get(&token, "/v1.0/cameras?$filter=height gt 2.6&$orderby=height desc").expect(200);
    assert_eq!(names(&page.body), ["yard", "attic"]);
    let query = "$filter=place/floor eq 7 or mode eq 'night'&$orderby=displayName&$count=true\
                 &$select=displayName&$top=1";
    let page = it.get(&token, &format!("/v1.0/cameras?{query}")).expect(200).body;
    assert_eq!((names(&page), &page["@odata.count"]), (vec!["attic"], &json!(2)));
    assert_eq!(page["value"][0].get("height"), None, "{page}");
    let next = it.get(&token, page["@odata.nextLink"].as_str().unwrap()).expect(200).body;
    assert_eq!(names(&next), ["door"]);
    assert_eq!(it.get(&token, "/v1.0/cameras/$count").expect(200).text, "3");
    let search = it.get(&token, "/v1.0/cameras?$search=ATT").expect(200).body;
    assert_eq!(names(&search), ["attic"]);

    let mut url = "/v1.0/cameras/delta".to_owned();
    let first = it.get(&token, &url).expect(200).body;
    assert_eq!(names(&first).len(), 3);
    first["@odata.deltaLink"].as_str().unwrap().clone_into(&mut url);

    let changed = it.patch(&token, &one, &json!({"mode": "day", "place": {"room": "hall"}}));
    assert_eq!(changed.expect(200).body["place"], json!({"room": "hall", "floor": 0}));
    let stale = it.http.patch(it.url(&one)).bearer_auth(&token).header("if-match", &etag);
    send(stale.json(&json!({"isOn": false}))).expect(412);
    assert_eq!(it.get(&token, &format!("{one}/place/room/$value")).expect(200).text, "hall");

    let below = format!("{one}/sightings");
    let seen = it.post(&token, &below, &json!({"at": "2026-01-05T10:20:30Z"})).expect(201).body;
    assert_eq!(seen["at"], "2026-01-05T10:20:30.0000000Z");
    assert_eq!(it.get(&token, &below).expect(200).value().len(), 1);
    let seen = format!("{below}/{}", seen["id"].as_str().unwrap());
    it.get(&token, &seen).expect(200);
    let deleted = |path: &str| send(it.http.delete(it.url(path)).bearer_auth(&token));
    deleted(&seen).expect(204);
    it.get(&token, &seen).expect(404);

    let yard = it.get(&token, "/v1.0/cameras?$filter=displayName eq 'yard'").expect(200).body;
    let yard = yard["value"][0]["id"].as_str().unwrap().to_owned();
    deleted(&format!("/v1.0/cameras/{yard}")).expect(204);
    it.get(&token, &format!("/v1.0/cameras/{yard}")).expect(404);
    let delta = it.get(&token, &url).expect(200);
    let moved: Vec<(&str, bool)> = delta
        .value()
        .iter()
        .map(|it| (it["id"].as_str().unwrap(), it.get("@removed").is_some()))
        .collect();
    let door = door["id"].as_str().unwrap();
    assert_eq!(moved.len(), 2, "{}", delta.text);
    assert!(moved.contains(&(door, false)) && moved.contains(&(&yard, true)), "{moved:?}");

    let reader = it.token_with(&["Camera.Read.All"], None);
    let stranger = it.token_with(&["SecurityAlert.Read.All"], None);
    it.get(&reader, &one).expect(200);
    it.patch(&reader, &one, &json!({"isOn": false})).expect(403);
    it.get(&stranger, "/v1.0/cameras").expect(403);
    it.post(&stranger, "/v1.0/cameras", &camera("x", "day", 1.0, 0)).expect(403);
    assert_eq!(send(it.http.get(it.url("/v1.0/cameras"))).status, 401);

    for (body, named) in [
        (json!({"displayName": "x", "colour": "red"}), "colour"),
        (json!({"displayName": "x", "mode": "dusk"}), "mode"),
        (json!({"displayName": "x", "height": "tall"}), "height"),
        (json!({"displayName": "a name of more than twenty letters"}), "displayName"),
        (json!({"mode": "day"}), "displayName"),
    ] {
        let answer = it.post(&token, "/v1.0/cameras", &body).expect(400);
        assert!(answer.error().1.contains(named), "{}", answer.text);
    }
    let answer = it.get(&token, "/v1.0/cameras?$filter=colour eq 'red'").expect(400);
    assert!(answer.error().1.contains("colour"), "{}", answer.text);
    it.post(&token, &one, &json!({})).expect(405);
    it.get(&token, "/beta/cameras").expect(404);

    let metadata = it.get(&token, "/v1.0/$metadata").expect(200).text;
    assert!(metadata.contains("<EntitySet Name=\"cameras\""), "{metadata:.300}");
    let openapi = it.get(&token, "/openapi/v1.0.json").expect(200).body;
    let changes = &openapi["paths"]["/cameras/{cameras-id}"]["patch"];
    assert!(changes.is_object(), "{}", openapi["paths"]);
    assert!(openapi["components"]["schemas"].get("example.camera").is_some());
}

/// What a server says that does not start.
fn refused(schema: &Path) -> String {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(BINARY)
        .args(["serve", "--plain-http", "--listen", "127.0.0.1:0", "--schema"])
        .arg(schema)
        .arg("--data")
        .arg(data.path())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    said.replace(&schema.display().to_string(), "DIR")
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let told = |files: &[(&str, &str)]| refused(folder(files).path());
    let cameras = |wrong: &str, right: &str| {
        let text = CAMERAS.replacen(right, wrong, 1);
        assert_ne!(text, CAMERAS);
        told(&[("v1.0/cameras.xml", &text), ("permissions.tsv", &table())])
    };
    assert_eq!(
        cameras("Edm.Strng", "Edm.String"),
        "yagura: the schema could not be extended: DIR/v1.0/cameras.xml:4 <Property>: there is no \
         type 'Edm.Strng'; 'Edm.String' is near\n"
    );
    assert_eq!(
        cameras("<Propery Name", "<Property Name"),
        "yagura: the schema could not be extended: DIR/v1.0/cameras.xml:4 <Propery>: cannot stand \
         in <EntityType>; 'Property' is near\n"
    );
    assert!(cameras("", "</Schema>").contains("DIR/v1.0/cameras.xml: not well-formed: "));
    assert_eq!(
        cameras("Target=\"example.more/camera\"", "Target=\"example.more/cameras\""),
        "yagura: the schema could not be extended: DIR/v1.0/cameras.xml:20 <Annotations>: \
         annotates 'camera', which 'example.more' does not declare; 'cameras' is near\n"
    );
    assert_eq!(
        told(&[("v1.0/cameras.xml", CAMERAS), ("permissions.tsv", "v1.0\tGET\t/camera\ta\t-\tb")]),
        "yagura: DIR/permissions.tsv:1: v1.0 GET /camera: resource not found for the segment \
         'camera'\n"
    );
    assert_eq!(
        told(&[
            ("v1.0/cameras.xml", CAMERAS),
            ("permissions.tsv", "#\nv1.0\tPATCH\t/cameras/{id}/sightings/{id}\ta\t-\tb")
        ]),
        "yagura: DIR/permissions.tsv:2: v1.0 PATCH /cameras/{id}/sightings/{id}: the schema does \
         not allow that; see the annotations of the set\n"
    );
    assert_eq!(
        told(&[("v1.0/cameras.xml", CAMERAS), ("permissions.tsv", "v1.0 GET /cameras a - b")]),
        "yagura: DIR/permissions.tsv: line 1 of the permission table: 6 fields expected, 1 found\n"
    );
    assert!(told(&[("v1.0/cameras.xml", CAMERAS)]).contains("DIR/permissions.tsv: what stands"));
    assert_eq!(
        told(&[("cameras.xml", CAMERAS)]),
        "yagura: DIR/cameras.xml: schema files stand in DIR/v1.0 or DIR/beta, for that version\n"
    );
    assert_eq!(
        told(&[("README.md", "")]),
        "yagura: schema folder DIR: no .xml file in DIR/v1.0 or DIR/beta\n"
    );
}
