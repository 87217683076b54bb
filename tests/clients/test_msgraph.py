"""The Python Graph SDK, azure-identity and msal, unmodified, against the started binary.

Run by run.sh, which feeds the sample intrusion first.
"""

import json
import unittest
import warnings

from graph_client import BASE, CREDENTIALS, SCOPE, client, credential, options, yagura

import httpx
import msal
from azure.core.exceptions import ClientAuthenticationError
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.security.alert import Alert
from msgraph.generated.models.security.alert_comment import AlertComment
from msgraph.generated.models.security.alert_status import AlertStatus
from msgraph.generated.security.alerts_v2.alerts_v2_request_builder import (
    Alerts_v2RequestBuilder,
)
from msgraph.generated.security.incidents.incidents_request_builder import (
    IncidentsRequestBuilder,
)
from msgraph.generated.security.incidents.item.incident_item_request_builder import (
    IncidentItemRequestBuilder,
)
from msgraph.generated.security.microsoft_graph_security_run_hunting_query.run_hunting_query_post_request_body import (  # noqa: E501
    RunHuntingQueryPostRequestBody,
)


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
        role = ("--role", "SecurityIncident.Read.All")
        app = json.loads(yagura("app", "create", "--name", "reader", "--json", *role))
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
    # The generated builders warn of classes of their own.
    warnings.simplefilter("ignore", DeprecationWarning)
    unittest.main(warnings="ignore")
