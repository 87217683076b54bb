"""What schemathesis is told beyond the OpenAPI documents. See fuzz_surface.py.

Keys are taken from what the server has shown so far, so that most calls reach an entity instead of
a 404. What cannot be said in a schema is written as it must be: a `$filter` is one of the
parameter's examples. And one check is added: what the document allows is not refused as malformed.
"""

import hashlib
import json
import os

import schemathesis

# Ids that were seen in a collection, by its path with the keys in it.
SEEN = {}
MOST = 12
# Options and members whose text has a grammar of its own, which a schema does not hold.
GRAMMARS = ("$filter", "$search", "$id", "@odata.bind", "@odata.id", "queryText", "query")
# Rules about values that no schema can hold: where, and how the refusal begins.
RULES = [
    ("", "no such date or time"),
    ("/subscriptions", ""),
    ("/incidents/", "is set by a merge only"),
    ("/auditLog/queries", "filterEndDateTime: lies before"),
    ("/incidents/mergeIncidents", "incidentIds: "),
    ("/alerts/updateAlerts", "value["),
    ("/security/alerts/", "vendorInformation/"),
    ("/security/alerts/", "status: must be"),
    ("/secureScoreControlProfiles/", "vendorInformation/"),
    ("/tiIndicators", "fileHashType: "),
    ("/evaluateApplication", "labelingOptions/labelId: "),
    # A change may be of any type of the set; the stored one is of one.
    ("/caseManagement/cases/", "does not exist on type"),
    ("/caseManagement/cases/", "@odata.type: "),
]
FREE = os.environ.get("YAGURA_FUZZ_FREE") == "1"


def number(text):
    return int.from_bytes(hashlib.blake2s(str(text).encode()).digest()[:4], "big")


def is_negative(case, part):
    info = getattr(case.meta, "components", {})
    found = [it for name, it in info.items() if name.value == part]
    return any(it.mode.name == "NEGATIVE" for it in found)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path_parameters and not is_negative(case, "path"):
        path = ""
        for segment in case.path.strip("/").split("/"):
            name = segment[1:-1]
            if segment.startswith("{") and name in case.path_parameters:
                wanted, known = case.path_parameters[name], SEEN.get(path)
                if known and number(wanted) % 8:
                    case.path_parameters[name] = known[number(wanted) % len(known)]
                segment = str(case.path_parameters[name])
            path += f"/{segment}"
    query = case.query or {}
    if isinstance(query.get("$filter"), str) and not FREE:
        examples = filters(case)
        if examples:
            query["$filter"] = examples[number(query["$filter"]) % len(examples)]


def filters(case):
    parameters = case.operation.definition.raw.get("parameters", [])
    for it in parameters:
        if it.get("name") == "$filter":
            return [example["value"] for example in it.get("examples", {}).values()]
    return []


@schemathesis.hook
def after_call(context, case, response):
    path = response.request.path_url.split("?")[0].split("/", 2)[2]
    path = f"/{path}"
    if case.method == "DELETE" and response.status_code == 204:
        collection, _, key = path.rpartition("/")
        if key in SEEN.get(collection, []):
            SEEN[collection].remove(key)
    if response.status_code not in (200, 201) or not response.content:
        return
    try:
        body = json.loads(response.content)
    except ValueError:
        return
    if not isinstance(body, dict):
        return
    items = body.get("value") if case.method == "GET" else [body]
    for one in items if isinstance(items, list) else []:
        key = one.get("id") if isinstance(one, dict) else None
        known = SEEN.setdefault(path, [])
        if isinstance(key, str) and key and "/" not in key and key not in known:
            known.append(key)
            del known[:-MOST]


def has_grammar(value):
    if isinstance(value, dict):
        return any(
            any(name.endswith(it) for it in GRAMMARS) or has_grammar(inner)
            for name, inner in value.items()
        )
    return isinstance(value, list) and any(has_grammar(it) for it in value)


@schemathesis.check
def valid_is_accepted(ctx, response, case):
    """What the document allows is not refused as malformed."""
    if response.status_code != 400 or case.meta is None:
        return
    if case.meta.generation.mode.name == "NEGATIVE":
        return
    if has_grammar(case.query or {}) or has_grammar(case.body):
        return
    if any(where in case.path and what in response.text for where, what in RULES):
        return
    raise AssertionError(f"a valid call was refused: {response.text[:300]}")
