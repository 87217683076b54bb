"""Every area through the unmodified Graph SDKs, v1.0 and beta, over its sets.

Each line of ROUNDS is made, listed, read, changed, read again, deleted and looked for in vain, as
far as its set allows, and each time what comes back is held against what was sent.
"""

import asyncio
import dataclasses
import datetime
import http.server
import importlib
import json
import queue
import re
import threading
import unittest
import urllib.parse
import warnings
from pathlib import Path

from graph_client import BASE, Person, client, package
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from surface_rounds import AREAS, BOTH, READ, ROUNDS, SOON, Member, of

PERMISSIONS = Path(__file__).parents[2] / "schema" / "permissions.tsv"


class Listener:
    """The endpoint of a subscriber: gives tokens back, and keeps what it is told."""

    def __enter__(self):
        listener, self.asked, self.told = self, 0, queue.Queue()

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                token = query.get("validationToken", [""])[0].encode()
                if token:
                    listener.asked += 1
                else:
                    for one in json.loads(body)["value"]:
                        listener.told.put(one)
                self.send_response(200 if token else 202)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(token)))
                self.end_headers()
                self.wfile.write(token)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def at(graph, path, ids):
    """The request builder of a set."""
    for step in path.split("."):
        name, keys = step.split("[")[0], re.findall(r"\[(\w+)\]", step)
        graph = getattr(graph, name)
        for key in keys:
            graph = item(graph, ids[key])
    return graph


def item(builder, key):
    """The builder of one entity: the set's only `by_…` method."""
    (name,) = [it for it in dir(builder) if it.startswith("by_")]
    return getattr(builder, name)(key)


class Surface(unittest.IsolatedAsyncioTestCase):
    def agrees(self, sent, got, only=None):
        """What was sent came back; what was not sent may be anything."""
        if isinstance(sent, list):
            self.assertEqual(len(sent), len(got or []))
            for one, other in zip(sent, got):
                self.agrees(one, other)
        elif dataclasses.is_dataclass(sent):
            self.assertIsInstance(got, type(sent).__mro__[0] if only is None else object)
            for field in dataclasses.fields(sent):
                value = getattr(sent, field.name)
                skip = field.name in ("backing_store", "additional_data", "odata_type")
                if skip or value is None or (only is not None and field.name not in only):
                    continue
                with self.subTest(member=field.name):
                    self.agrees(value, getattr(got, field.name))
        elif isinstance(got, list):
            # Flags are read as a list, whatever they were written as.
            self.assertEqual([sent], got)
        else:
            self.assertEqual(sent, got)

    async def gone(self, version, builder):
        errors = importlib.import_module(
            f"{package(version)}.generated.models.o_data_errors.o_data_error"
        )
        with self.assertRaises(errors.ODataError) as caught:
            await builder.get()
        self.assertEqual(caught.exception.response_status_code, 404)
        self.assertTrue(caught.exception.error.inner_error.request_id)

    async def rounds(self, version):
        graphs = {False: client(version=version), True: client(Person(), version)}
        ids, made_lines = {}, []
        for line in (it for it in ROUNDS if version in it.versions):
            with self.subTest(version=version, path=line.path):
                builder = at(graphs[line.person], line.path, ids)
                key = await self.one_round(version, builder, line)
                ids[line.name or ""] = key
                made_lines.append((line, builder, key))
        for line, builder, key in reversed(made_lines):
            with self.subTest(version=version, path=line.path, step="delete"):
                if line.deletes:
                    await item(builder, key).delete()
                    left = (await builder.get()).value
                    self.assertNotIn(key, [it.id for it in left])
                    if line.reads:
                        await self.gone(version, item(builder, key))
        return len(made_lines)

    async def one_round(self, version, builder, line):
        sent = line.new.made(version)
        answered = await builder.post(sent)
        if answered is None:
            # Taken on (202): the list has it under its name.
            page = await builder.get()
            answered = next(it for it in page.value if it.display_name == sent.display_name)
        self.assertTrue(answered.id)
        self.agrees(sent, answered, line.told)
        listed = [it for it in (await builder.get()).value if it.id == answered.id]
        self.assertEqual(len(listed), 1)
        self.agrees(sent, listed[0], line.told)
        if line.reads:
            read = await item(builder, answered.id).get()
            self.agrees(sent, read, line.told)
            self.assertEqual(read.id, answered.id)
        if line.change:
            change = line.change.made(version)
            await item(builder, answered.id).patch(change)
            again = await item(builder, answered.id).get()
            self.agrees(change, again)
            kept = {name for name in line.new.members if name not in line.change.members}
            self.agrees(sent, again, kept if line.told is None else kept & set(line.told))
        return answered.id

    async def test_rounds_v1(self):
        self.assertGreater(await self.rounds("v1.0"), 12)

    async def test_rounds_beta(self):
        self.assertGreater(await self.rounds("beta"), 25)

    async def test_sets_that_nobody_adds_to(self):
        for _, versions, path in READ:
            for version in versions:
                with self.subTest(version=version, path=path):
                    builder = at(client(version=version), path, {})
                    page = await builder.get()
                    self.assertIsInstance(page.value, list)
                    for one in page.value[:1]:
                        self.assertEqual((await item(builder, one.id).get()).id, one.id)
                    await self.gone(version, item(builder, "00000000-0000-4000-8000-00000000dead"))

    async def test_an_alert(self):
        """Made by hand, changed in both of its forms, with its comment."""
        for version in BOTH:
            graph = client(version=version)
            new = of(
                "security.alert",
                title="Seen by hand",
                description="somebody called",
                category="InitialAccess",
                severity=Member("security.alert_severity", "low"),
                evidence=[
                    of(
                        "security.ip_evidence",
                        ip_address="203.0.113.77",
                        remediation_status=Member("security.evidence_remediation_status", "none"),
                        verdict=Member("security.evidence_verdict", "suspicious"),
                    )
                ],
            ).made(version)
            alert = await graph.security.alerts_v2.post(new)
            self.assertEqual((alert.title, alert.severity.value), ("Seen by hand", "low"))
            self.assertEqual(alert.evidence[0].ip_address, "203.0.113.77")
            change = of(
                "security.alert", status=Member("security.alert_status", "inProgress")
            ).made(version)
            one = graph.security.alerts_v2.by_alert_id(alert.id)
            await one.patch(change)
            self.assertEqual((await one.get()).status.value, "inProgress")
            comment = of("security.alert_comment", comment="called back").made(version)
            comment.odata_type = "microsoft.graph.security.alertComment"
            await one.comments.post([comment])
            self.assertEqual((await one.get()).comments[-1].comment, "called back")

            legacy = graph.security.alerts.by_alert_id(alert.id)
            seen = await legacy.get()
            self.assertEqual((seen.title, seen.status.value), ("Seen by hand", "inProgress"))
            vendor = seen.vendor_information
            change = of("alert", status=Member("alert_status", "resolved")).made(version)
            change.vendor_information = vendor
            await legacy.patch(change)
            self.assertEqual((await one.get()).status.value, "resolved")
            incident = await graph.security.incidents.by_incident_id(alert.incident_id).get()
            self.assertEqual(incident.id, alert.incident_id)

    async def test_analyzed_emails(self):
        """`startTime` and `endTime` are no part of the SDK's builder; its URL can carry them."""
        for version in BOTH:
            builder = client(version=version).security.collaboration.analyzed_emails
            url = f"{BASE}/{version}/security/collaboration/analyzedEmails"
            within = "startTime=2026-01-01T00:00:00Z&endTime=2026-01-02T00:00:00Z"
            page = await builder.with_url(f"{url}?{within}").get()
            self.assertEqual(page.value, [])
            await self.gone(version, builder.by_analyzed_email_id("none"))

    async def test_identity_settings(self):
        graph = client(version="v1.0")
        settings = graph.security.identities.settings.auto_auditing_configuration
        for value in (True, False):
            change = of("security.auto_auditing_configuration", is_automatic=value).made("v1.0")
            await settings.patch(change)
            self.assertEqual((await settings.get()).is_automatic, value)

    async def test_indicators_in_bulk(self):
        graph = client(version="beta")
        indicators = graph.security.ti_indicators
        of_action = "msgraph_beta.generated.security.ti_indicators"
        new = [
            of(
                "ti_indicator",
                action=Member("ti_action", "block"),
                description=f"number {number}",
                expiration_date_time=SOON,
                target_product="Azure Sentinel",
                threat_type="C2",
                tlp_level=Member("tlp_level", "red"),
                url=f"http://{number}.bad.example/",
            ).made("beta")
            for number in range(3)
        ]
        submit = importlib.import_module(
            f"{of_action}.submit_ti_indicators.submit_ti_indicators_post_request_body"
        ).SubmitTiIndicatorsPostRequestBody(value=new)
        kept = (await indicators.submit_ti_indicators.post(submit)).value
        self.assertEqual([it.description for it in kept], ["number 0", "number 1", "number 2"])
        remove = importlib.import_module(
            f"{of_action}.delete_ti_indicators.delete_ti_indicators_post_request_body"
        ).DeleteTiIndicatorsPostRequestBody(value=[it.id for it in kept])
        told = (await indicators.delete_ti_indicators.post(remove)).value
        self.assertEqual(len(told), 3)
        self.assertTrue(all(kept[n].id in told[n].message for n in range(3)))
        for one in kept:
            await self.gone("beta", indicators.by_ti_indicator_id(one.id))

    async def test_custom_tags(self):
        """The SDK has no builder for them; its adapter sends what it is told to."""
        adapter = client(version="beta").request_adapter

        async def send(method, path, body=None):
            ask = RequestInformation(method, f"{{+baseurl}}/security/userTags{path}", {})
            ask.path_parameters = {"baseurl": adapter.base_url}
            if body is not None:
                ask.set_stream_content(body.encode(), "application/json")
            return await adapter.send_primitive_async(ask, "bytes", {})

        one = json.loads(await send(Method.POST, "", '{"displayName": "VIP", "description": "d"}'))
        self.assertEqual((one["displayName"], one["description"]), ("VIP", "d"))
        await send(Method.PATCH, f"/{one['id']}", '{"description": "e"}')
        again = json.loads(await send(Method.GET, f"/{one['id']}"))
        self.assertEqual((again["displayName"], again["description"]), ("VIP", "e"))
        await send(Method.DELETE, f"/{one['id']}")
        left = json.loads(await send(Method.GET, ""))["value"]
        self.assertNotIn(one["id"], [it["id"] for it in left])

    async def test_a_subscription(self):
        """The endpoint is asked, the subscription kept, and a change told to it."""
        for version in BOTH:
            with Listener() as listener:
                graph = client(version=version)
                soon = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
                soon += datetime.timedelta(minutes=60)
                new = of(
                    "subscription",
                    change_type="updated",
                    notification_url=listener.url,
                    resource="/security/alerts_v2",
                    expiration_date_time=soon,
                    client_state="s3cret",
                ).made(version)
                kept = await graph.subscriptions.post(new)
                self.assertEqual(listener.asked, 1)
                self.assertEqual((kept.resource, kept.expiration_date_time), (new.resource, soon))
                one = graph.subscriptions.by_subscription_id(kept.id)
                self.assertEqual((await one.get()).notification_url, listener.url)
                self.assertIn(kept.id, [it.id for it in (await graph.subscriptions.get()).value])
                soon += datetime.timedelta(minutes=5)
                later = of("subscription", expiration_date_time=soon)
                await one.patch(later.made(version))
                self.assertEqual((await one.get()).expiration_date_time, soon)

                alert = (await graph.security.alerts_v2.get()).value[0]
                change = of("security.alert", assigned_to=f"{version}@contoso.example")
                await graph.security.alerts_v2.by_alert_id(alert.id).patch(change.made(version))
                told = await asyncio.to_thread(listener.told.get, timeout=30)
                self.assertEqual(told["subscriptionId"], kept.id)
                self.assertEqual((told["clientState"], told["changeType"]), ("s3cret", "updated"))
                self.assertIn(alert.id, told["resource"])
                await one.delete()
                await self.gone(version, one)

    def test_every_area_has_a_line(self):
        lines = [line.split("\t") for line in PERMISSIONS.read_text().splitlines()]
        served = {line[5] for line in lines if len(line) == 6 and not line[0].startswith("#")}
        # What is no part of Graph, or has no entities.
        served -= {"defender-api", "documents", "providers"}
        self.assertEqual(served, set(AREAS))
        tested = {line.area for line in ROUNDS} | {area for area, _, _ in READ}
        for area, (_, where) in AREAS.items():
            if where.startswith(("ROUNDS", "READ,")) or where == "READ":
                self.assertIn(area, tested)


if __name__ == "__main__":
    # The generated builders warn of classes of their own.
    warnings.simplefilter("ignore", DeprecationWarning)
    unittest.main(warnings="ignore")
