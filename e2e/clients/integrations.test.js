// Providers and integrations.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser, connected, holding, integration, named, nango, paths, provider, reader, refused, request, sessionToken, stranger } from "./judge.js";

const members = ["created_at", "display_name", "forward_webhooks", "logo", "provider", "unique_key", "updated_at"];

test("providers are listed, and found by a part of the name in any case", async () => {
  const all = (await nango.listProviders({})).data;
  assert.ok(all.some((one) => one.name === provider && one.auth_mode === "TWO_STEP" && one.logo_url));
  const found = (await nango.listProviders({ search: "INTACCT-CC" })).data;
  assert.deepEqual(found.map((one) => one.name), [provider]);
  assert.deepEqual((await nango.listProviders({ search: "nothing-like-it" })).data, []);
});

test("providers refuse other queries and strangers", async () => {
  await refused(nango.listProviders({ colour: "blue" }), 400, "invalid_query_params");
  await refused(stranger.listProviders({}), 401, "invalid_secret_key_format");
});

test("a provider has its definition, its name and a logo that can be seen", async () => {
  const { data } = await nango.getProvider({ provider });
  assert.equal(data.name, provider);
  assert.equal(data.auth_mode, "TWO_STEP");
  assert.ok(data.display_name && data.docs && data.credentials.username);
  const logo = await fetch(data.logo_url);
  assert.deepEqual([logo.status, logo.headers.get("content-type")], [200, "image/svg+xml"]);
});

test("an unknown provider is not found", async () => {
  await refused(nango.getProvider({ provider: "nobody" }), 404, "not_found");
});

test("there are no templates, of known and unknown providers", async () => {
  assert.deepEqual((await nango.getProviderTemplates({ provider })).data, []);
  assert.deepEqual((await nango.getProviderTemplates({ provider: "nobody" })).data, []);
});

test("an integration is created with 200 and exactly the members that clients know", async () => {
  const uniqueKey = named("created");
  const { data } = await nango.createIntegration({ provider, unique_key: uniqueKey, display_name: "Books" });
  assert.deepEqual(Object.keys(data).sort(), members);
  assert.deepEqual([data.unique_key, data.provider, data.display_name, data.forward_webhooks], [uniqueKey, provider, "Books", true]);
  assert.match(data.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal((await request("POST", "/integrations", { body: { provider, unique_key: named("other") } })).status, 200);
});

test("an integration that holds its client says which fields, and never what is in them", async () => {
  const { data } = await nango.getIntegration({ uniqueKey: await integration() });
  assert.deepEqual(data.preconfigured_credentials, ["clientId", "clientSecret"]);
  assert.ok(!JSON.stringify(data).includes(holding.clientSecret));
});

test("what can't be created is named by its path", async () => {
  const uniqueKey = await integration();
  const twice = await refused(nango.createIntegration({ provider, unique_key: uniqueKey }), 400, "invalid_body");
  assert.deepEqual(paths(twice), ["uniqueKey"]);
  const nobody = await refused(nango.createIntegration({ provider: "nobody", unique_key: named("x") }), 400, "invalid_body");
  assert.deepEqual(paths(nobody), ["provider"]);
  await refused(nango.createIntegration({ provider, unique_key: "ä" }), 400, "invalid_body");
  await refused(nango.createIntegration({ provider, unique_key: named("x"), colour: "blue" }), 400, "invalid_body");
  const foreign = { type: "OAUTH2", client_id: "a", client_secret: "b" };
  await refused(nango.createIntegration({ provider, unique_key: named("x"), credentials: foreign }), 400, "invalid_body");
  const config = { clientId: "a", colour: "blue" };
  await refused(nango.createIntegration({ provider, unique_key: named("x"), integration_config: config }), 400, "invalid_body");
});

test("there are no shared apps, so a quickstart integration is refused", async () => {
  await refused(nango.createQuickstartIntegration({ provider, unique_key: named("quick") }), 400, "invalid_body");
});

test("integrations are listed as configs", async () => {
  const uniqueKey = await integration();
  const { configs } = await nango.listIntegrations();
  assert.ok(configs.some((one) => one.unique_key === uniqueKey && one.provider === provider));
  assert.equal((await request("GET", "/integrations?colour=blue")).data.error.code, "invalid_query_params");
});

test("a connect session lists what it may use, and reads no integration", async () => {
  const uniqueKey = await integration();
  await integration("hidden");
  const key = await sessionToken(uniqueKey);
  const listed = await request("GET", "/integrations", { key });
  assert.deepEqual(listed.data.data.map((one) => one.unique_key), [uniqueKey]);
  const one = await request("GET", `/integrations/${uniqueKey}`, { key });
  assert.equal(one.status, 401);
  assert.equal((await request("GET", `/providers/${provider}`, { key })).status, 200);
});

test("an integration is read, with webhook and credentials on request", async () => {
  const uniqueKey = await integration();
  const webhook = (await nango.getIntegration({ uniqueKey }, { include: ["webhook"] })).data;
  assert.ok("webhook_url" in webhook && !("credentials" in webhook));
  const credentials = (await nango.getIntegration({ uniqueKey }, { include: ["credentials"] })).data;
  assert.equal(credentials.credentials, null);
  const both = await request("GET", `/integrations/${uniqueKey}?include=webhook&include=credentials`);
  assert.ok("webhook_url" in both.data.data && "credentials" in both.data.data);
  const without = (await reader.getIntegration({ uniqueKey }, { include: ["credentials"] })).data;
  assert.ok(!("credentials" in without));
});

test("an unknown integration is not found", async () => {
  await refused(nango.getIntegration({ uniqueKey: "nobody" }), 404, "not_found");
  await refused(nango.updateIntegration({ uniqueKey: "nobody" }, { display_name: "x" }), 404, "not_found");
  await refused(nango.deleteIntegration("nobody"), 404, "not_found");
});

test("an integration is changed and renamed", async () => {
  const uniqueKey = await integration();
  const changed = await nango.updateIntegration({ uniqueKey }, { display_name: "Ledger", forward_webhooks: false });
  assert.deepEqual([changed.data.display_name, changed.data.forward_webhooks], ["Ledger", false]);
  const next = named("renamed");
  assert.equal((await nango.updateIntegration({ uniqueKey }, { unique_key: next })).data.unique_key, next);
  await refused(nango.getIntegration({ uniqueKey }), 404, "not_found");
});

test("an integration keeps its name while there are connections, and takes no other's", async () => {
  const uniqueKey = await integration();
  const other = await integration();
  await refused(nango.updateIntegration({ uniqueKey }, { unique_key: other }), 400, "invalid_body");
  await connected(uniqueKey);
  await refused(nango.updateIntegration({ uniqueKey }, { unique_key: named("renamed") }), 400, "invalid_body");
});

test("an integration takes its connections with it", async () => {
  const uniqueKey = await integration();
  const connectionId = await connected(uniqueKey);
  const answer = await nango.deleteIntegration(uniqueKey);
  assert.deepEqual([answer.status, answer.data], [200, { success: true }]);
  assert.deepEqual((await nango.listConnections({ connectionId })).connections, []);
  await refused(nango.getConnection(uniqueKey, connectionId), 400, "unknown_provider_config");
});

test("a key without the scope is refused", async () => {
  await refused(reader.createIntegration({ provider, unique_key: named("x") }), 403, "forbidden");
  await refused(reader.deleteIntegration("x"), 403, "forbidden");
});

test("the browser's client is refused with code and message", async () => {
  const uniqueKey = await integration();
  const frontend = browser(await sessionToken(uniqueKey));
  const credentials = { type: "TWO_STEP", username };
  await assert.rejects(frontend.auth("nobody", { credentials }), { type: "unknown_provider_config" });
});

const username = "nobody@nowhere";
