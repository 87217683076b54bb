//! One row: the valid call and the five bad ones, each held against what it must answer.

use model::{
    Model,
    edm::{Ty, TypeId, TypeRef},
    model::Verb,
    path::Target,
};
use serde_json::{Map, Value, json};

use super::{
    arguments, check,
    items::{Items, NO_KEY, Place, list_query},
    rows::{self, Row},
    values::{self, NO_SUCH},
    wire::{Answer, Body, Request, Who},
};

/// Making one of these, the server calls back.
const CALLING: &str = "subscriptions";

/// What became of a row.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All as it must be.
    Pass,
    /// All as it must be as far as can be seen: nothing of the kind is stored, nor can be made.
    Unseen,
    /// A clean 501.
    NotBuilt,
    /// There is no token for it, or no place where the server could call back.
    Skipped,
    /// Not as it must be.
    Failed(Vec<Failure>),
}

/// A call that was not answered as it must be.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which of the six.
    pub call: &'static str,
    pub request: String,
    pub expected: String,
    pub got: String,
}

/// Makes the calls of a row.
pub fn run(items: &mut Items<'_>, row: &Row) -> anyhow::Result<Outcome> {
    let Some(target) = rows::target_of(items.model, &row.template) else {
        return Ok(Outcome::Failed(vec![Failure {
            call: "valid",
            request: format!("{} /{}{}", row.method, row.version.as_str(), row.template),
            expected: "a path of the model".to_owned(),
            got: "none".to_owned(),
        }]));
    };
    if !items.wire.can(row.version, row.method, &row.template, Who::Entitled) {
        return Ok(Outcome::Skipped);
    }
    if !items.maker.can_be_called()
        && matches!(&target, Target::Collection(set) if set.kind() == CALLING && row.method == "POST")
    {
        return Ok(Outcome::Skipped);
    }
    let (request, place) = valid(items, row, &target)?;
    let mut failures = Vec::new();
    for bad in bad(items, row, &target, &request, &place)? {
        let answer = items.wire.send(&bad.request, bad.who)?;
        let fault = if !bad.statuses.contains(&answer.status) {
            Some(answer.brief())
        } else if answer.status == 405 && !answer.headers.contains_key("allow") {
            Some("405 without Allow".to_owned())
        } else {
            headers(&answer).or_else(|| check::refusal(answer.json().as_ref()))
        };
        if let Some(got) = fault {
            let statuses: Vec<String> = bad.statuses.iter().map(u16::to_string).collect();
            failures.push(Failure {
                call: bad.call,
                request: bad.request.to_string(),
                expected: statuses.join(" or "),
                got,
            });
        }
    }
    prepare(items, row, &target, &request)?;
    let answer = items.wire.send(&request, Who::Entitled)?;
    let built = answer.status != 501 || check::refusal(answer.json().as_ref()).is_some();
    if !built {
        failures.retain(|it| matches!(it.call, "rights" | "verb"));
        return Ok(if failures.is_empty() { Outcome::NotBuilt } else { Outcome::Failed(failures) });
    }
    if let (true, "POST", true) =
        (answer.is_success(), row.method, matches!(target, Target::Collection(_)))
        && let Some(item) = items.made_by(&row.template, &answer)
    {
        items.remember(&row.template, &place.path, &item);
    }
    let seen = match seen(items, row, &target, &place, &answer) {
        Ok(seen) => seen,
        Err((expected, got)) => {
            failures.push(Failure { call: "valid", request: request.to_string(), expected, got });
            true
        }
    };
    Ok(match (failures.is_empty(), seen) {
        (false, _) => Outcome::Failed(failures),
        (true, true) => Outcome::Pass,
        (true, false) => Outcome::Unseen,
    })
}

/// The valid call.
fn valid(
    items: &mut Items<'_>,
    row: &Row,
    target: &Target<'_>,
) -> anyhow::Result<(Request, Place)> {
    let model = items.model;
    let changes = row.method != "GET" && !matches!(target, Target::Collection(_));
    let mut place = items.place(&row.template, changes)?;
    let body = match (row.method, target) {
        ("POST", Target::Collection(set)) => {
            Body::Json(Value::Object(items.maker.create(model, set.ty(), set.facts())))
        }
        ("PATCH", Target::Item(set, _)) => {
            let none = Map::new();
            let doc = place.item.as_ref().map_or(&none, |it| &it.doc);
            let ty = values::actual(model, set.ty(), doc);
            Body::Json(Value::Object(items.maker.patch(model, ty, set.facts())))
        }
        ("PATCH" | "POST", Target::Singleton(one)) => {
            Body::Json(Value::Object(items.maker.patch(model, model.ty(one.ty()), one.facts())))
        }
        ("POST", Target::Property(it)) => {
            let ty = TypeRef { collection: false, ..it.ty };
            Body::Json(items.maker.of(model, &it.property().name, ty, 1))
        }
        ("PUT", Target::Property(_)) => Body::Bytes,
        ("POST" | "PUT", Target::Ref(_)) => {
            let set = |text: &str| text.trim_end_matches("/$ref").to_owned();
            let found = items.referable(&set(&row.template), &set(&place.path))?;
            place.known &= found.is_some();
            let nothing = items.wire.url(row.version, &format!("{}/{NO_KEY}", set(&place.path)));
            let url = found.map_or(nothing, |it| it.1);
            Body::Json(json!({ "@odata.id": url }))
        }
        ("POST", Target::Operation(call)) => {
            let body = arguments::of_action(items, call, &row.template, &place.path)?;
            Body::Json(Value::Object(body))
        }
        ("GET", Target::Operation(call)) => {
            let names = arguments::of_function(items, call, &row.template, &place.path, false)?;
            place.path.push_str(&names);
            Body::Nothing
        }
        ("GET", Target::Collection(_) | Target::Count(_) | Target::Delta(_)) => {
            items.fill(&row.template, &place.path)?;
            let query = list_query(&row.template).map_or(String::new(), |it| format!("?{it}"));
            place.path.push_str(&query);
            Body::Nothing
        }
        _ => Body::Nothing,
    };
    let request = Request {
        version: row.version,
        method: row.method,
        template: row.template.clone(),
        path: place.path.clone(),
        body,
    };
    Ok((request, place))
}

/// What must have been done before the valid call.
fn prepare(
    items: &mut Items<'_>,
    row: &Row,
    target: &Target<'_>,
    request: &Request,
) -> anyhow::Result<()> {
    match (row.method, target, &request.body) {
        ("POST", Target::Operation(call), Body::Json(body)) => {
            arguments::prepare(items, call, &row.template, &request.path, body)
        }
        ("GET" | "DELETE", Target::Property(it), _) if it.is_stream() => {
            items.send("PUT", &row.template, &request.path, Body::Bytes)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

struct Bad {
    call: &'static str,
    request: Request,
    who: Who,
    statuses: &'static [u16],
}

/// The five bad calls, as far as they mean something for the row.
fn bad(
    items: &mut Items<'_>,
    row: &Row,
    target: &Target<'_>,
    valid: &Request,
    place: &Place,
) -> anyhow::Result<Vec<Bad>> {
    let mut out = Vec::new();
    let entitled = |call, request, statuses| Bad { call, request, who: Who::Entitled, statuses };
    let document = matches!(target, Target::ServiceDocument | Target::Metadata);
    // Where nothing of the kind is stored, that may be said first.
    let refused: &'static [u16] = if place.known { &[400] } else { &[400, 404] };
    if !document && !matches!(target, Target::Ref(_)) {
        out.push(entitled("unknown", unknown(items, target, valid), refused));
        out.push(entitled("type", mistyped(items, target, valid, place)?, refused));
    }
    if !document {
        let (request, statuses) = elsewhere(row, valid);
        out.push(entitled("key", request, statuses));
    }
    if !row.public {
        let nobody =
            Bad { call: "rights", request: valid.clone(), who: Who::Nobody, statuses: &[401] };
        out.push(nobody);
        if items.wire.can(row.version, row.method, &row.template, Who::Weak) {
            let weak =
                Bad { call: "rights", request: valid.clone(), who: Who::Weak, statuses: &[403] };
            out.push(weak);
        }
    }
    let served = items.wire.policy.methods(row.version.as_str(), &row.template);
    let other = ["PUT", "DELETE", "PATCH", "POST"].into_iter().find(|it| !served.contains(it));
    if let Some(method) = other {
        let body = if method == "DELETE" { Body::Nothing } else { Body::Json(json!({})) };
        out.push(entitled("verb", Request { method, body, ..valid.clone() }, &[405]));
    }
    Ok(out)
}

/// A member, or an option, that there is not.
fn unknown(items: &Items<'_>, target: &Target<'_>, valid: &Request) -> Request {
    let mut request = valid.clone();
    if let (Body::Json(Value::Object(body)), Some(ty)) = (&mut request.body, body_type(target))
        && !values::actual(items.model, ty, body).open
    {
        body.insert(NO_SUCH.to_owned(), json!(7));
        return request;
    }
    with_option(valid, &format!("${NO_SUCH}=7"))
}

/// A member, argument or option of another type than it must have.
fn mistyped(
    items: &mut Items<'_>,
    target: &Target<'_>,
    valid: &Request,
    place: &Place,
) -> anyhow::Result<Request> {
    if let Body::Json(Value::Object(body)) = &valid.body {
        let wrong = match target {
            Target::Operation(call) => arguments::wrong(call, body),
            _ => body_type(target).and_then(|ty| values::wrong(items.model, ty, body)),
        };
        let body = wrong.map_or(Body::Broken("{\"value\":"), |it| Body::Json(Value::Object(it)));
        return Ok(Request { body, ..valid.clone() });
    }
    Ok(match target {
        Target::Operation(call)
            if call.op.verb == Verb::Function
                && call.op.parameters.iter().any(|it| !it.optional) =>
        {
            let path = place.path.split('(').next().unwrap_or_default();
            let names = arguments::of_function(items, call, &valid.template, path, true)?;
            Request { path: format!("{path}{names}"), ..valid.clone() }
        }
        Target::Count(_) => with_option(valid, "$filter=7%20and"),
        Target::Item(..) | Target::Singleton(_) | Target::Linked(_) if valid.method == "GET" => {
            with_option(valid, &format!("$expand={NO_SUCH}"))
        }
        _ => with_option(valid, "$top=seven"),
    })
}

/// The same call on what is not there.
fn elsewhere(row: &Row, valid: &Request) -> (Request, &'static [u16]) {
    let mut template: Vec<&str> = row.template.split('/').collect();
    let Some(last) = template.iter().rposition(|it| *it == "{id}") else {
        let (path, query) = valid.path.split_once('?').unwrap_or((&valid.path, ""));
        let path = format!("{path}/{NO_KEY}/{NO_SUCH}?{query}");
        let request = Request { method: "GET", path, body: Body::Nothing, ..valid.clone() };
        return (request, &[404]);
    };
    let (path, query) = valid.path.split_once('?').unwrap_or((&valid.path, ""));
    template = path.split('/').collect();
    if let Some(key) = template.get_mut(last) {
        *key = NO_KEY;
    }
    let mut path = template.join("/");
    if !query.is_empty() {
        path = format!("{path}?{query}");
    }
    (Request { path, ..valid.clone() }, &[404])
}

fn with_option(request: &Request, option: &str) -> Request {
    let joint = if request.path.contains('?') { '&' } else { '?' };
    Request { path: format!("{}{joint}{option}", request.path), ..request.clone() }
}

/// The type of the body that a target takes.
fn body_type(target: &Target<'_>) -> Option<TypeId> {
    match target {
        Target::Collection(set) | Target::Item(set, _) => Some(set.ty()),
        Target::Singleton(one) => Some(one.ty()),
        Target::Property(it) => match it.ty.ty {
            Ty::Struct(id) => Some(id),
            _ => None,
        },
        _ => None,
    }
}

/// What was expected, and what came.
pub type Wrong = (String, String);

/// Is the answer to the valid call right, and did it show anything?
fn seen(
    items: &Items<'_>,
    row: &Row,
    target: &Target<'_>,
    place: &Place,
    answer: &Answer,
) -> Result<bool, Wrong> {
    if let Some(got) = headers(answer) {
        return Err(("the headers of every answer".to_owned(), got));
    }
    let may_lack = !place.known || (row.method == "GET" && may_lack(target));
    if may_lack && answer.status == 404 {
        return match check::refusal(answer.json().as_ref()) {
            None => Ok(false),
            Some(got) => Err(("404 in the form of errors".to_owned(), got)),
        };
    }
    let wanted = statuses(row, target);
    if !wanted.contains(&answer.status) {
        let wanted: Vec<String> = wanted.iter().map(u16::to_string).collect();
        return Err((wanted.join(" or "), answer.brief()));
    }
    if matches!(answer.status, 202 | 204) {
        let empty = answer.bytes.is_empty();
        let created = row.method == "POST" && matches!(target, Target::Collection(_));
        return match (empty, created && !answer.headers.contains_key("location")) {
            (false, _) => Err((format!("{} without a body", answer.status), "a body".to_owned())),
            (true, true) => Err(("Location".to_owned(), "no such header".to_owned())),
            (true, false) => Ok(place.known && !may_lack),
        };
    }
    body(items, row, target, answer).map(|seen| seen && place.known)
}

/// Must it be there once its entity is?
fn may_lack(target: &Target<'_>) -> bool {
    match target {
        Target::Singleton(one) => one.parent().is_some(),
        Target::Linked(_) => true,
        Target::Property(it) => it.is_stream() || it.set.def.single || it.set.link.is_some(),
        Target::Operation(_) => true,
        _ => false,
    }
}

/// The statuses of success.
fn statuses(row: &Row, target: &Target<'_>) -> Vec<u16> {
    match (row.method, target) {
        ("POST", Target::Collection(set)) => vec![set.facts().insert_status],
        ("PATCH", Target::Item(set, _)) => vec![set.facts().update_status],
        ("PATCH", Target::Singleton(one)) => vec![one.facts().update_status],
        ("POST", Target::Singleton(_)) => vec![200, 201, 204],
        ("POST", Target::Property(_)) => vec![200, 201],
        ("PUT", Target::Property(_)) => vec![200, 204],
        ("POST" | "PUT" | "DELETE", Target::Ref(_)) | ("DELETE", _) => vec![204],
        ("POST", Target::Operation(call)) => match call.op.returns {
            Some(ty) if ty.collection => vec![200, 206],
            Some(ty) if ty.nullable => vec![200, 201, 202, 204],
            Some(_) => vec![200, 201, 202],
            None => vec![200, 202, 204],
        },
        ("GET", Target::Property(it)) if it.ty.nullable && !it.ty.collection => vec![200, 204],
        ("GET", Target::Operation(_) | Target::Linked(_)) => vec![200, 204],
        ("GET", Target::Singleton(one)) if one.parent().is_some() => vec![200, 204],
        _ => vec![200],
    }
}

/// The body of a success.
fn body(items: &Items<'_>, row: &Row, target: &Target<'_>, answer: &Answer) -> Result<bool, Wrong> {
    let model = items.model;
    if let Target::Metadata = target {
        let fits = answer.text().contains("<edmx:Edmx");
        return if fits { Ok(true) } else { Err(("CSDL".to_owned(), "no such".to_owned())) };
    }
    if let Target::Count(_) = target {
        let fits = answer.text().trim().parse::<u64>().is_ok();
        return if fits { Ok(true) } else { Err(("a number".to_owned(), answer.text())) };
    }
    let returns = match target {
        Target::Operation(call) => call.op.returns,
        Target::Property(it) if row.method == "GET" || row.method == "POST" => Some(it.ty),
        _ => None,
    };
    let operation = matches!(target, Target::Operation(_));
    let streams = matches!(target, Target::Property(it) if it.is_stream());
    if streams || (operation && returns.is_none()) {
        return Ok(true);
    }
    let Some(Value::Object(doc)) = answer.json() else {
        return Err(("a JSON object".to_owned(), answer.text().chars().take(80).collect()));
    };
    if !operation && !doc.get("@odata.context").is_some_and(Value::is_string) {
        return Err(("@odata.context".to_owned(), "no such member".to_owned()));
    }
    let faults = match target {
        Target::Collection(set) if row.method == "GET" => page(model, set.ty(), &doc)?,
        Target::Delta(set) => {
            let linked = ["@odata.deltaLink", "@odata.nextLink"];
            if !linked.iter().any(|it| doc.contains_key(*it)) {
                return Err(("@odata.deltaLink".to_owned(), "no such member".to_owned()));
            }
            page(model, set.ty(), &doc)?
        }
        Target::Collection(set) | Target::Item(set, _) => check::object(model, set.ty(), &doc),
        Target::Singleton(one) => check::object(model, one.ty(), &doc),
        Target::Linked(link) => check::object(model, link.nav.target, &doc),
        Target::Operation(_) | Target::Property(_) => match returns {
            Some(TypeRef { ty: Ty::Struct(id), collection: false, .. }) => {
                check::object(model, id, &doc)
            }
            Some(ty) => match doc.get("value") {
                Some(value) => check::value(model, ty, value),
                None => vec!["value is missing".to_owned()],
            },
            None => Vec::new(),
        },
        Target::ServiceDocument | Target::Metadata | Target::Batch | Target::Count(_) => Vec::new(),
        Target::Ref(_) => Vec::new(),
    };
    let empty = doc.get("value").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if !faults.is_empty() {
        return Err(("the shape of the model".to_owned(), faults.join("; ")));
    }
    Ok(!empty || row.method != "GET")
}

/// The items of a page.
pub fn page(model: &Model, ty: TypeId, doc: &Map<String, Value>) -> Result<Vec<String>, Wrong> {
    let Some(list) = doc.get("value").and_then(Value::as_array) else {
        return Err(("value".to_owned(), "no such array".to_owned()));
    };
    let there = list.iter().filter(|it| it.get("@removed").is_none());
    let one = |it: &Value| {
        let ty = TypeRef { ty: Ty::Struct(ty), collection: false, nullable: false };
        check::value(model, ty, it)
    };
    Ok(there.map(one).find(|faults| !faults.is_empty()).unwrap_or_default())
}

/// Does an answer lack a header that all have?
fn headers(answer: &Answer) -> Option<String> {
    let lacks = !answer.headers.contains_key("request-id");
    lacks.then(|| format!("{} without request-id", answer.status))
}
