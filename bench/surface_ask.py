"""What surface.py asks, in the words of each system; ids, addresses and places come from the store.

The peer expands the evidence wherever Yagura's alerts carry it, so both answer the same. The bare
statements are what either database needs for the same rows, with the indexes that are there, and
answer whole documents.
"""

import hashlib
import json
import random

import common

ALERTS = "/v1.0/security/alerts_v2"
PAGE = 50
DEEP = 1_000
OPEN = "severity eq 'high' and status eq 'new'"
OFFICE = "10.0.0.40"
NOWHERE = "192.0.2.1"


class Call:
    """One thing to ask: by system, what; and what is done before each turn, unmeasured."""

    def __init__(self, name, by, before=None):
        self.name, self.by, self.before = name, by, before


def asked(server, systems):
    client = server.client()
    bare = systems[-1]
    dice = random.Random(3)
    text = Statements(bare, server.credentials["tenant_id"])
    stored = int(client.ask("GET", f"{ALERTS}/$count"))
    fitting = int(client.ask("GET", f"{ALERTS}/$count?{common.query(filter=OPEN)}"))
    some = sample(client, stored, dice)
    ids = [it["id"] for it in some]
    deep = min(DEEP, fitting // PAGE) - 1

    newest = dict(filter=OPEN, orderby="createdDateTime desc", top=PAGE)
    print(f"  the deep page is page {deep + 1:,}", flush=True)
    place = client.get(f"{ALERTS}?{common.query(skip=(deep - 1) * PAGE, **newest)}")
    link = place["@odata.nextLink"][len(server.base):]
    last = place["value"][-1]
    address = seldom(client, some)

    def get(path):
        return lambda number: ("GET", path, None)

    def both(name, arguments, statement, own=None, suffix="", before=None):
        expand = {} if suffix else {"expand": "evidence"}
        theirs = {key: it.replace("microsoft.graph.security.ipEvidence/", "") if key == "filter" else it
                  for key, it in arguments.items()}
        return Call(name, {
            "yagura": get(own or f"{ALERTS}{suffix}?{common.query(**arguments)}"),
            "peer": get(f"{ALERTS}{suffix}?{common.query(**theirs, **expand)}"),
            "bare": statement,
        }, before)

    def any_of(address):
        return dict(newest, filter=(
            f"evidence/any(e:e/microsoft.graph.security.ipEvidence/ipAddress eq '{address}')"))

    def change(quoted):
        def made(number):
            body = json.dumps({"assignedTo": f"analyst{number % 7}@site.example"})
            return "PATCH", ALERTS + quoted.format(ids[number % len(ids)]), body
        return made

    latest = {"link": None}

    def hundred():
        """A delta link, and a hundred changes behind it."""
        first = client.get(f"{ALERTS}/delta?$deltatoken=latest")
        latest["link"] = first["@odata.deltaLink"][len(server.base):]
        for id in ids[:100]:
            client.ask("PATCH", f"{ALERTS}/{id}", json.dumps({"assignedTo": "nobody@site.example"}))

    calls = [
        both("list: filter, sort, page 1", newest, text.newest()),
        both("list: filter, sort, deep page by nextLink",
             dict(newest, skip=deep * PAGE), text.behind(last), own=link),
        both("list: filter, sort, deep page by $skip",
             dict(newest, skip=deep * PAGE), text.newest(skip=deep * PAGE)),
        Call("get by id", {
            "yagura": lambda number: ("GET", f"{ALERTS}/{ids[number % len(ids)]}", None),
            "peer": lambda number: (
                "GET", f"{ALERTS}('{ids[number % len(ids)]}')?$expand=evidence", None),
            "bare": text.one(ids)}),
        Call("patch", {"yagura": change("/{}"), "peer": change("('{}')"), "bare": text.write(ids)}),
        both("any() over evidence, few match", any_of(address), text.any(address, rare=True)),
        both("any() over evidence, many match", any_of(OFFICE), text.any(OFFICE, rare=False)),
        both("any() over evidence, none match", any_of(NOWHERE), text.any(NOWHERE, rare=True)),
        both("$count with filter", {"filter": OPEN}, text.count(), suffix="/$count"),
        Call("delta: the last 100 changes", {
            "yagura": lambda number: ("GET", latest["link"], None),
            "peer": get(f"{ALERTS}?" + common.query(
                orderby="lastUpdateDateTime desc", top=100, expand="evidence")),
            "bare": text.changes()}, before=hundred),
    ]
    return calls


def sample(client, stored, dice):
    """Some hundred alerts from all over the store."""
    found = []
    for _ in range(12):
        skip = dice.randrange(max(1, stored - PAGE))
        found += client.get(f"{ALERTS}?{common.query(top=PAGE, skip=skip)}")["value"]
    dice.shuffle(found)
    return found


def seldom(client, alerts):
    """An address that a few alerts name."""
    best = None
    seen = set()
    for alert in alerts:
        for item in alert["evidence"]:
            address = item.get("ipAddress")
            if not address or address in seen or address == OFFICE or len(seen) > 20:
                continue
            seen.add(address)
            filter = f"evidence/any(e:e/microsoft.graph.security.ipEvidence/ipAddress eq '{address}')"
            count = int(client.ask("GET", f"{ALERTS}/$count?{common.query(filter=filter)}"))
            if best is None or abs(count - 30) < abs(best[0] - 30):
                best = count, address
    print(f"  {best[0]} alerts name {best[1]}", flush=True)
    return best[1]


class Statements:
    """The same as SQL."""

    def __init__(self, bare, tenant):
        self.file = bare.kind == "file"
        self.tenant = int(bare.rows(f"SELECT no FROM tenant WHERE name = '{tenant}'")[0][0])
        self.kind = int(bare.rows("SELECT no FROM kind WHERE name = 'security/alerts_v2'")[0][0])
        self.mine = f"r.tenant = {self.tenant} AND r.kind = {self.kind}"
        self.doc = "json(r.doc)" if self.file else "r.doc"
        self.order = f"ORDER BY {self.member('createdDateTime')} DESC"
        self.order += ", r.id DESC" if self.file else " NULLS LAST, r.id DESC"

    def member(self, name, of="r.doc"):
        if self.file:
            return f"json_extract({of}, '$.{name}')"
        return f"({of}->>'{name}') COLLATE \"C\""

    def open(self):
        return f"{self.member('severity')} = 'high' AND {self.member('status')} = 'new'"

    def select(self, where, more="", tables="record AS r"):
        return f"SELECT {self.doc} FROM {tables} WHERE {self.mine} AND {where} {more}"

    def newest(self, skip=0):
        return self.select(self.open(), f"{self.order} LIMIT {PAGE} OFFSET {skip}"), [[]]

    def behind(self, alert):
        where = f"{self.open()} AND {self.member('createdDateTime')} < ?1"
        text = self.select(where, f"{self.order} LIMIT {PAGE}")
        return text, [[alert["createdDateTime"]]]

    def one(self, ids):
        return self.select("r.id = ?1"), [[id] for id in ids]

    def write(self, ids):
        """The row is written anew, and is on disk when that is answered."""
        text = (f"UPDATE record SET modified = modified + 1 WHERE tenant = {self.tenant}"
                f" AND kind = {self.kind} AND id = ?1")
        return text, [[id] for id in ids]

    def any(self, address, rare):
        name = f"{self.tenant} {self.kind} evidence/ipAddress\n{address}"
        term = hashlib.sha256(name.encode()).digest()[:8]
        if self.file:
            has = ("EXISTS (SELECT 1 FROM jsonb_each(r.doc, '$.evidence') AS e"
                   f" WHERE {self.member('ipAddress', 'e.value')} = ?1)")
            tables = "record AS r"
            if rare:
                has = f"t.term MATCH '{term.hex()}' AND r.row = t.rowid AND {has}"
                tables = "term AS t CROSS JOIN record AS r NOT INDEXED"
            text = self.select(has, f"{self.order} LIMIT {PAGE}", tables)
        else:
            number = int.from_bytes(term, "big", signed=True)
            has = (f"r.terms @> '{{{number}}}'::bigint[] AND EXISTS (SELECT 1 FROM"
                   " jsonb_array_elements(r.doc->'evidence') AS e"
                   " WHERE e->>'ipAddress' = ?1)")
            text = self.select(has, f"{self.order} LIMIT {PAGE}")
        return text, [[address]]

    def count(self):
        return f"SELECT count(*) FROM record AS r WHERE {self.mine} AND {self.open()}", [[]]

    def changes(self):
        text = (f"SELECT c.id, {self.doc} FROM change AS c JOIN record AS r"
                f" ON r.tenant = {self.tenant} AND r.kind = {self.kind} AND r.id = c.id"
                " WHERE c.row > (SELECT max(row) FROM change) - 100 ORDER BY c.row")
        return text, [[]]
