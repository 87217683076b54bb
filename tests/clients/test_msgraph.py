"""The Python Graph SDK, azure-identity and msal, unmodified, against the started binary.

Run by run.sh, which feeds the sample intrusion first. Only the authority, the base URL and the
certificate authority are configured, as for any self-hosted Graph endpoint.
"""

import asyncio
import json
import os
import subprocess
import unittest

CREDENTIALS = json.load(open(os.environ["YAGURA_CREDENTIALS"]))
os.environ["REQUESTS_CA_BUNDLE"] = CREDENTIALS["ca_file"]

import httpx  # noqa: E402
import msal  # noqa: E402
from azure.core.exceptions import ClientAuthenticationError  # noqa: E402
from azure.identity import ClientSecretCredential  # noqa: E402
from kiota_abstractions.base_request_configuration import RequestConfiguration  # noqa: E402
from kiota_authentication_azure.azure_identity_authentication_provider import (  # noqa: E402
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient  # noqa: E402
from msgraph.generated.models.o_data_errors.o_data_error import ODataError  # noqa: E402
from msgraph.generated.models.security.alert import Alert  # noqa: E402
from msgraph.generated.models.security.alert_comment import AlertComment  # noqa: E402
from msgraph.generated.models.security.alert_status import AlertStatus  # noqa: E402
from msgraph.generated.security.alerts_v2.alerts_v2_request_builder import (  # noqa: E402
    Alerts_v2RequestBuilder,
)
from msgraph.generated.security.incidents.incidents_request_builder import (  # noqa: E402
    IncidentsRequestBuilder,
)
from msgraph.generated.security.incidents.item.incident_item_request_builder import (  # noqa: E402
    IncidentItemRequestBuilder,
)
from msgraph.generated.security.microsoft_graph_security_run_hunting_query.run_hunting_query_post_request_body import (  # noqa: E402,E501
    RunHuntingQueryPostRequestBody,
)

BASE = CREDENTIALS["base_url"]
SCOPE = f"{BASE}/.default"


def credential(client_id=None, secret=None):
    return ClientSecretCredential(
        CREDENTIALS["tenant_id"],
        client_id or CREDENTIALS["client_id"],
        secret or CREDENTIALS["client_secret"],
        authority=BASE,
        disable_instance_discovery=True,
        connection_verify=CREDENTIALS["ca_file"],
    )


def client(of=None):
    provider = AzureIdentityAuthenticationProvider(
        of or credential(), scopes=[SCOPE], allowed_hosts=[BASE.split("//")[1].split(":")[0]]
    )
    http = httpx.AsyncClient(verify=CREDENTIALS["ca_file"], timeout=60)
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{BASE}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def options(kind, **values):
    return RequestConfiguration(query_parameters=kind(**values))


class Graph(unittest.IsolatedAsyncioTestCase):
    async def test_alerts_are_listed_filtered_and_paged_to_the_end(self):
        graph = client()
        kind = Alerts_v2RequestBuilder.Alerts_v2RequestBuilderGetQueryParameters
        config = options(kind, filter="severity eq 'high'", top=3, count=True)
        page = await graph.security.alerts_v2.get(request_configuration=config)
        total, seen = page.odata_count, []
        self.assertGreater(total, 3, "the scenario has more high alerts than one page")
        while True:
            seen += [alert.id for alert in page.value]
            for alert in page.value:
                self.assertEqual(alert.severity.value, "high")
                self.assertIn("Evidence", alert.evidence[0].odata_type)
                self.assertNotEqual(type(alert.evidence[0]).__name__, "AlertEvidence")
            if not page.odata_next_link:
                break
            page = await graph.security.alerts_v2.with_url(page.odata_next_link).get()
        self.assertEqual(len(seen), total)
        self.assertEqual(len(set(seen)), total)

    async def test_an_incident_with_its_alerts_changed_through_an_alert(self):
        graph = client()
        kind = IncidentsRequestBuilder.IncidentsRequestBuilderGetQueryParameters
        config = options(kind, expand=["alerts"], top=50, filter="severity eq 'high'")
        page = await graph.security.incidents.get(request_configuration=config)
        incidents = page.value
        while page.odata_next_link:
            page = await graph.security.incidents.with_url(page.odata_next_link).get()
            incidents += page.value
        story = max(incidents, key=lambda incident: len(incident.alerts))
        products = {alert.product_name for alert in story.alerts}
        self.assertGreaterEqual(len(products), 5, f"one story, several products: {products}")

        alert = story.alerts[0]
        patch = Alert(status=AlertStatus.InProgress, assigned_to="analyst@contoso.example")
        changed = await graph.security.alerts_v2.by_alert_id(alert.id).patch(patch)
        self.assertEqual(changed.assigned_to, "analyst@contoso.example")
        kind = IncidentItemRequestBuilder.IncidentItemRequestBuilderGetQueryParameters
        config = options(kind, expand=["alerts"])
        item = graph.security.incidents.by_incident_id(story.id)
        again = await item.get(request_configuration=config)
        seen = next(other for other in again.alerts if other.id == alert.id)
        self.assertEqual(seen.status, AlertStatus.InProgress)
        self.assertGreater(seen.last_update_date_time, alert.last_update_date_time)

        comment = AlertComment(comment="looked at", odata_type="microsoft.graph.security.alertComment")
        # The SDK looks for a bare array in the answer and so shows none of its items; what was
        # stored is read back.
        await graph.security.alerts_v2.by_alert_id(alert.id).comments.post([comment])
        comments = (await graph.security.alerts_v2.by_alert_id(alert.id).get()).comments
        self.assertEqual(comments[-1].comment, "looked at")
        self.assertTrue(comments[-1].created_by_display_name)

    async def test_a_hunt(self):
        graph = client()
        body = RunHuntingQueryPostRequestBody(
            query="DeviceProcessEvents | summarize n = count() by DeviceName | sort by n desc"
        )
        answer = await graph.security.microsoft_graph_security_run_hunting_query.post(body)
        self.assertEqual([column.name for column in answer.schema], ["DeviceName", "n"])
        self.assertGreater(answer.results[0].additional_data["n"], 0)

    async def test_errors_are_typed(self):
        graph = client()
        kind = Alerts_v2RequestBuilder.Alerts_v2RequestBuilderGetQueryParameters
        with self.assertRaises(ODataError) as caught:
            config = options(kind, filter="nonsense eq 1")
            await graph.security.alerts_v2.get(request_configuration=config)
        self.assertEqual(caught.exception.response_status_code, 400)
        self.assertIn("nonsense", caught.exception.error.message)
        with self.assertRaises(ODataError) as caught:
            await graph.security.alerts_v2.by_alert_id("no-such-alert").get()
        self.assertEqual(caught.exception.response_status_code, 404)
        self.assertTrue(caught.exception.error.inner_error.request_id)

    async def test_a_missing_role_and_a_wrong_secret(self):
        made = subprocess.run(
            [os.environ["YAGURA_BINARY"], "app", "create", "--name", "reader", "--json"]
            + ["--role", "SecurityIncident.Read.All"],
            check=True,
            capture_output=True,
        )
        app = json.loads(made.stdout)
        graph = client(credential(app["client_id"], app["client_secret"]))
        await graph.security.incidents.get()
        with self.assertRaises(ODataError) as caught:
            await graph.security.alerts_v2.get()
        self.assertEqual(caught.exception.response_status_code, 403)
        with self.assertRaises(ClientAuthenticationError) as refused:
            credential(secret="wrong").get_token(SCOPE)
        self.assertIn("AADSTS7000215", str(refused.exception))


class Msal(unittest.TestCase):
    def app(self, secret, **how):
        return msal.ConfidentialClientApplication(
            CREDENTIALS["client_id"], client_credential=secret, verify=CREDENTIALS["ca_file"], **how
        )

    def test_both_ways_to_name_the_authority(self):
        tenant = CREDENTIALS["tenant_id"]
        for how in (
            {"authority": f"{BASE}/{tenant}", "instance_discovery": False},
            {"oidc_authority": f"{BASE}/{tenant}/v2.0"},
        ):
            app = self.app(CREDENTIALS["client_secret"], **how)
            answer = app.acquire_token_for_client([SCOPE])
            self.assertIn("access_token", answer, answer)
            headers = {"Authorization": f"Bearer {answer['access_token']}"}
            with httpx.Client(verify=CREDENTIALS["ca_file"]) as http:
                self.assertEqual(http.get(f"{BASE}/v1.0/security/alerts_v2", headers=headers).status_code, 200)

    def test_a_wrong_secret(self):
        authority = f"{BASE}/{CREDENTIALS['tenant_id']}"
        app = self.app("wrong", authority=authority, instance_discovery=False)
        answer = app.acquire_token_for_client([SCOPE])
        self.assertEqual(answer["error"], "invalid_client")
        self.assertEqual(answer["error_codes"], [7000215])


if __name__ == "__main__":
    unittest.main()
