// The JavaScript Graph client and @azure/identity, unmodified, against the started binary.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ClientSecretCredential } from "@azure/identity";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

const credentials = JSON.parse(readFileSync(process.env.YAGURA_CREDENTIALS, "utf8"));
const base = credentials.base_url;
const host = new URL(base).hostname;

function credential(secret = credentials.client_secret) {
  return new ClientSecretCredential(credentials.tenant_id, credentials.client_id, secret, {
    authorityHost: base,
    disableInstanceDiscovery: true,
  });
}

const authProvider = new TokenCredentialAuthenticationProvider(credential(), {
  scopes: [`${base}/.default`],
});
const graph = Client.initWithMiddleware({
  authProvider,
  baseUrl: base,
  customHosts: new Set([host]),
});

test("alerts, filtered and paged to the end", async () => {
  const first = await graph
    .api("/security/alerts_v2")
    .filter("severity eq 'high'")
    .top(3)
    .count(true)
    .get();
  const seen = [];
  await new PageIterator(graph, first, (alert) => seen.push(alert.id)).iterate();
  assert.ok(seen.length > 3);
  assert.equal(seen.length, first["@odata.count"]);
  assert.equal(new Set(seen).size, seen.length);
});

test("an incident with its alerts, a change, a comment", async () => {
  const { value } = await graph.api("/security/incidents").expand("alerts").top(5).get();
  const incident = await graph.api(`/security/incidents/${value[0].id}`).expand("alerts").get();
  const alert = incident.alerts[0];
  const changed = await graph
    .api(`/security/alerts_v2/${alert.id}`)
    .patch({ classification: "truePositive", determination: "malware" });
  assert.equal(changed.classification, "truePositive");
  const again = await graph.api(`/security/incidents/${value[0].id}`).expand("alerts").get();
  const seen = again.alerts.find((other) => other.id === alert.id);
  assert.equal(seen.determination, "malware");
  const comments = await graph.api(`/security/alerts_v2/${alert.id}/comments`).post({
    "@odata.type": "microsoft.graph.security.alertComment",
    comment: "from JavaScript",
  });
  assert.equal(comments.value.at(-1).comment, "from JavaScript");
});

test("a hunt", async () => {
  const answer = await graph
    .api("/security/runHuntingQuery")
    .post({ Query: "AlertInfo | summarize n = count() by Severity" });
  assert.deepEqual(
    answer.schema.map((column) => column.name),
    ["Severity", "n"],
  );
  assert.ok(answer.results.length > 0);
});

test("typed errors", async () => {
  const bad = graph.api("/security/alerts_v2").filter("nonsense eq 1").get();
  await assert.rejects(bad, (error) => error.statusCode === 400 && /nonsense/.test(error.message));
  const missing = graph.api("/security/alerts_v2/no-such-alert").get();
  await assert.rejects(missing, (error) => error.statusCode === 404 && error.requestId !== null);
  const refused = credential("wrong").getToken(`${base}/.default`);
  await assert.rejects(refused, /7000215/);
});
