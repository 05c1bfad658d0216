// Connect sessions, reconnect sessions, and authorization without a window.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser, connected, holding, host, integration, named, nango, paths, provider, reader, refused, request, sessionToken, stranger, username } from "./judge.js";

const byName = { credentials: { type: "TWO_STEP", username } };

test("a session has token, link and half an hour", async () => {
  const before = Date.now();
  const { data } = await nango.createConnectSession({ end_user: { id: "u1" } });
  assert.deepEqual(Object.keys(data).sort(), ["connect_link", "expires_at", "token"]);
  assert.match(data.token, /^nango_connect_session_[0-9a-f]{64}$/);
  assert.ok(data.connect_link.startsWith(host));
  assert.ok(data.connect_link.includes(`session_token=${data.token}`));
  assert.ok(Date.parse(data.expires_at) - before > 29 * 60_000);
  assert.equal((await request("POST", "/connect/sessions", { body: { tags: {} } })).status, 201);
});

test("a session needs a key, its scope, and somebody", async () => {
  await refused(stranger.createConnectSession({ end_user: { id: "u1" } }), 401, "invalid_secret_key_format");
  await refused(reader.createConnectSession({ end_user: { id: "u1" } }), 403, "forbidden");
  await refused(nango.createConnectSession({}), 400, "invalid_body");
  await refused(nango.createConnectSession({ end_user: {} }), 400, "invalid_body");
  await refused(nango.createConnectSession({ end_user: { id: "u1" }, colour: "blue" }), 400, "invalid_body");
});

test("tags are checked", async () => {
  const many = Object.fromEntries(Array.from({ length: 11 }, (_, number) => [`tag${number}`, "x"]));
  for (const tags of [{ "1st": "x" }, { ["k".repeat(65)]: "x" }, { long: "v".repeat(256) }, many, { empty: "" }]) {
    await refused(nango.createConnectSession({ tags }), 400, "invalid_body");
  }
  assert.ok((await nango.createConnectSession({ tags: { Project: "with some spaces" } })).data.token);
});

test("integrations that are not there are named by their path", async () => {
  const end_user = { id: "u1" };
  const list = await refused(nango.createConnectSession({ end_user, allowed_integrations: ["nobody"] }), 400, "invalid_body");
  assert.deepEqual(paths(list), ["allowed_integrations.0"]);
  const integrations_config_defaults = { nobody: { connection_config: {} } };
  const defaults = await refused(nango.createConnectSession({ end_user, integrations_config_defaults }), 400, "invalid_body");
  assert.deepEqual(paths(defaults), ["integrations_config_defaults.nobody"]);
  const overrides = { nobody: { docs_connect: "https://docs.example.com" } };
  await refused(nango.createConnectSession({ end_user, overrides }), 400, "invalid_body");
});

test("a session shows what the page needs, and ends", async () => {
  const uniqueKey = await integration();
  const end_user = { id: "u1", display_name: "Ada", email: "ada@acme.example", tags: { plan: "pro" } };
  const organization = { id: "o1", display_name: "Acme" };
  const overrides = { [uniqueKey]: { docs_connect: "https://docs.example.com" } };
  const key = await sessionToken(uniqueKey, { end_user, organization, overrides });
  const shown = await request("GET", "/connect/session", { key });
  assert.equal(shown.status, 200);
  assert.deepEqual(shown.data.data.endUser, { ...end_user, organization });
  assert.deepEqual(shown.data.data.allowed_integrations, [uniqueKey]);
  assert.deepEqual(shown.data.data.overrides, overrides);
  assert.ok(shown.data.data.connectUISettings.theme.light.primary);
  assert.ok(!("isReconnecting" in shown.data.data));
  assert.equal((await request("DELETE", "/connect/session", { key })).status, 204);
  const gone = await request("GET", "/connect/session", { key });
  assert.deepEqual([gone.status, gone.data.error.code], [401, "unknown_connect_session_token"]);
});

test("a session of tags alone has no end user, and an API key is no session", async () => {
  const { data } = await nango.createConnectSession({ tags: { project: "x" } });
  const shown = await request("GET", "/connect/session", { key: data.token });
  assert.equal(shown.data.data.endUser, null);
  const refusal = await request("GET", "/connect/session");
  assert.deepEqual([refusal.status, refusal.data.error.code], [401, "invalid_connect_session_token_format"]);
});

test("telemetry is swallowed, within two hours of now", async () => {
  const token = await sessionToken(await integration());
  const tell = (timestamp) => request("POST", "/connect/telemetry", { body: { token, event: "open", timestamp } });
  assert.equal((await tell(new Date())).status, 204);
  assert.equal((await tell(new Date(Date.now() - 60_000))).status, 204);
  assert.equal((await tell(new Date(Date.now() - 3 * 3_600_000))).status, 400);
});

test("credentials make a connection, whose end user and tags are the session's", async () => {
  const uniqueKey = await integration();
  const told = { end_user: { id: named("user"), email: "ada@acme.example", tags: { Plan: "pro" } }, tags: { project: "x" } };
  const made = await browser(await sessionToken(uniqueKey, told)).auth(uniqueKey, byName);
  assert.deepEqual(Object.keys(made).sort(), ["connectionId", "providerConfigKey"]);
  const connection = await nango.getConnection(uniqueKey, made.connectionId);
  assert.equal(connection.end_user.id, told.end_user.id);
  assert.deepEqual(connection.tags, { end_user_id: told.end_user.id, end_user_email: "ada@acme.example", plan: "pro", project: "x" });
  assert.deepEqual(connection.metadata, {});
});

test("a token serves until it ends", async () => {
  const uniqueKey = await integration();
  const frontend = browser(await sessionToken(uniqueKey));
  const first = await frontend.auth(uniqueKey, byName);
  const second = await frontend.auth(uniqueKey, byName);
  assert.notEqual(first.connectionId, second.connectionId);
});

test("what the session says of the connection's settings wins over what the page sends", async () => {
  const uniqueKey = await integration();
  const integrations_config_defaults = { [uniqueKey]: { connection_config: { region: "eu" } } };
  const frontend = browser(await sessionToken(uniqueKey, { integrations_config_defaults }));
  const made = await frontend.auth(uniqueKey, { ...byName, params: { region: "us", branch: "7", webhook_url: "https://a.example" } });
  const { connection_config: config } = await nango.getConnection(uniqueKey, made.connectionId);
  assert.deepEqual([config.region, config.branch, "webhook_url" in config], ["eu", "7", false]);
});

test("the browser's client is refused with an AuthError", async () => {
  const uniqueKey = await integration();
  const other = await integration("other");
  const frontend = browser(await sessionToken(uniqueKey));
  const rejected = (call, type) => assert.rejects(call, (error) => error.type === type && error.message.length > 0);
  await rejected(frontend.auth("nobody", byName), "unknown_provider_config");
  await rejected(frontend.auth(other, byName), "integration_not_allowed");
  await rejected(frontend.auth(uniqueKey, "chosen-id", byName), "invalid_query_params");
  await rejected(frontend.auth(uniqueKey, { credentials: { apiKey: "k" } }), "invalid_auth_mode");
  await rejected(frontend.auth(uniqueKey, { credentials: { username: "u", password: "p" } }), "invalid_auth_mode");
  await rejected(frontend.auth(uniqueKey, { credentials: { client_id: "i", client_secret: "s" } }), "invalid_auth_mode");
  await rejected(frontend.create(uniqueKey), "invalid_auth_mode");
  await rejected(frontend.create("nobody"), "unknown_provider_config");
  const wrong = { credentials: { type: "TWO_STEP", username: "Nobody@MyCompany" } };
  await rejected(frontend.auth(uniqueKey, wrong), "two_step_credentials_fetch_error");
  await rejected(browser(`nango_connect_session_${"0".repeat(64)}`).auth(uniqueKey, byName), "unknown_connect_session_token");
});

test("the browser's client refuses by itself without a token", () => {
  const nobody = browser(undefined);
  assert.throws(() => nobody.auth("x", byName), { type: "missing_auth_token" });
  assert.throws(() => nobody.reconnect("x", byName), { type: "missing_connect_session_token" });
});

test("what a failed attempt tried is not kept", async () => {
  const uniqueKey = await integration();
  const end_user = { id: named("user") };
  const frontend = browser(await sessionToken(uniqueKey, { end_user }));
  await assert.rejects(frontend.auth(uniqueKey, { credentials: { type: "TWO_STEP", username: "Nobody@MyCompany" } }));
  assert.deepEqual((await nango.listConnections({ userId: end_user.id })).connections, []);
});

test("an end user may bring the client", async () => {
  const uniqueKey = named("asking");
  await nango.createIntegration({ provider, unique_key: uniqueKey });
  const frontend = browser(await sessionToken(uniqueKey));
  const made = await frontend.auth(uniqueKey, { credentials: { type: "TWO_STEP", username, ...holding, sessionId: "" } });
  const { credentials } = await nango.getConnection(uniqueKey, made.connectionId);
  assert.deepEqual([credentials.type, credentials.username, credentials.clientId], ["TWO_STEP", username, holding.clientId]);
});

test("a reconnect session renews its connection and keeps what it does not say anew", async () => {
  const uniqueKey = await integration();
  const connectionId = await connected(uniqueKey, { end_user: { id: "u1" }, tags: { project: "x" } });
  await nango.setMetadata(uniqueKey, connectionId, { kept: true });
  await nango.patchConnection({ connectionId, provider_config_key: uniqueKey }, { webhook_url_override: "https://hooks.example.com/a" });
  const { data } = await nango.createReconnectSession({ connection_id: connectionId, integration_id: uniqueKey });
  const shown = await request("GET", "/connect/session", { key: data.token });
  assert.equal(shown.data.data.isReconnecting, true);
  assert.deepEqual(shown.data.data.allowed_integrations, [uniqueKey]);
  const again = await browser(data.token).reconnect(uniqueKey, byName);
  assert.equal(again.connectionId, connectionId);
  const connection = await nango.getConnection(uniqueKey, connectionId);
  assert.deepEqual([connection.metadata, connection.webhook_url_override], [{ kept: true }, "https://hooks.example.com/a"]);
  assert.deepEqual(connection.tags, { end_user_id: "u1", project: "x" });
});

test("a reconnect session's tags replace the connection's", async () => {
  const uniqueKey = await integration();
  const connectionId = await connected(uniqueKey, { tags: { project: "x" } });
  const body = { connection_id: connectionId, integration_id: uniqueKey, tags: { project: "y" } };
  const { data } = await nango.createReconnectSession(body);
  await browser(data.token).reconnect(uniqueKey, byName);
  assert.deepEqual((await nango.getConnection(uniqueKey, connectionId)).tags.project, "y");
});

test("a reconnect session needs both ids and a connection", async () => {
  const uniqueKey = await integration();
  await refused(nango.createReconnectSession({ integration_id: uniqueKey }), 400, "invalid_body");
  await refused(nango.createReconnectSession({ connection_id: "c" }), 400, "invalid_body");
  await refused(nango.createReconnectSession({ connection_id: "nobody", integration_id: uniqueKey }), 400, "invalid_body");
  const connectionId = await connected(uniqueKey);
  const body = { connection_id: connectionId, integration_id: uniqueKey };
  await refused(nango.createReconnectSession({ ...body, tags: { "1st": "x" } }), 400, "invalid_body");
  await refused(reader.createReconnectSession(body), 403, "forbidden");
  const { data } = await nango.createReconnectSession(body);
  await nango.deleteConnection(uniqueKey, connectionId);
  await assert.rejects(browser(data.token).reconnect(uniqueKey, byName), { type: "invalid_connection" });
});

test("the older place of the webhook's address still counts, unless the newer one is given", async () => {
  const uniqueKey = await integration();
  const integrations_config_defaults = { [uniqueKey]: { connection_config: { webhook_url: "https://hooks.example.com/old" } } };
  const override = async (told) => {
    const connectionId = await connected(uniqueKey, { integrations_config_defaults, ...told });
    return (await nango.getConnection(uniqueKey, connectionId)).webhook_url_override;
  };
  assert.equal(await override({}), "https://hooks.example.com/old");
  assert.equal(await override({ webhook_url_override: "https://hooks.example.com/new" }), "https://hooks.example.com/new");
  assert.equal(await override({ webhook_url_override: "" }), null);
});
