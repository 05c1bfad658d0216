// API_KEY, BASIC, OAUTH2_CC and NONE, with an API of this test's own behind the providers for any API.

import assert from "node:assert/strict";
import { test } from "node:test";

import { client, key, serve, user } from "./api.js";
import { browser, named, nango, refused, sessionToken } from "./judge.js";

const address = await serve();

async function integration(kind, more) {
  const uniqueKey = named(kind);
  const integration_config = { baseUrl: address, ...more };
  await nango.createIntegration({ provider: `generic-${kind}`, unique_key: uniqueKey, integration_config });
  return uniqueKey;
}

const byKey = await integration("api-key", { headerName: "X-Api-Key", verificationPath: "/key" });
const byPassword = await integration("basic", { verificationPath: "/basic" });
const byClient = await integration("client-credentials", { tokenUrl: `${address}/token`, verificationPath: "/bearer" });
const open = await integration("unauthenticated", {});

const auth = async (uniqueKey, credentials) => browser(await sessionToken(uniqueKey)).auth(uniqueKey, { credentials });
const rejected = (call, type) => assert.rejects(call, (error) => error.type === type && error.message.length > 0);

async function works(providerConfigKey, connectionId, endpoint) {
  assert.equal((await nango.get({ providerConfigKey, connectionId, endpoint })).status, 200);
}

test("an API key is tested, kept and sent", async () => {
  const made = await auth(byKey, { apiKey: key });
  assert.equal(made.providerConfigKey, byKey);
  const connection = await nango.getConnection(byKey, made.connectionId);
  assert.deepEqual(connection.credentials, { type: "API_KEY", apiKey: key });
  assert.deepEqual(await nango.getToken(byKey, made.connectionId), { type: "API_KEY", apiKey: key });
  assert.deepEqual((await nango.getConnection(byKey, made.connectionId, true)).credentials, connection.credentials);
  await works(byKey, made.connectionId, "/key");
});

test("an API key that the API refuses makes no connection", async () => {
  await rejected(auth(byKey, { apiKey: "another" }), "connection_test_failed");
  await rejected(auth(byKey, { apiKey: "" }), "invalid_body");
  await rejected(auth(byKey, { apiKey: "k".repeat(1025) }), "invalid_body");
});

test("user name and password are tested, kept and sent", async () => {
  const made = await auth(byPassword, user);
  const { credentials } = await nango.getConnection(byPassword, made.connectionId);
  assert.deepEqual(credentials, { type: "BASIC", ...user });
  await works(byPassword, made.connectionId, "/basic");
  await rejected(auth(byPassword, { ...user, password: "wrong" }), "connection_test_failed");
  await rejected(auth(byPassword, { username: "ada" }), "invalid_body");
});

test("a client is exchanged for a token, which is renewed by asking again", async () => {
  const made = await auth(byClient, client);
  const { credentials } = await nango.getConnection(byClient, made.connectionId);
  assert.deepEqual([credentials.type, credentials.client_id, credentials.client_secret], ["OAUTH2_CC", client.client_id, client.client_secret]);
  assert.match(credentials.token, /^token-/);
  assert.equal(credentials.raw.access_token, credentials.token);
  assert.match(credentials.expires_at, /Z$/);
  await works(byClient, made.connectionId, "/bearer");
  const renewed = await nango.getToken(byClient, made.connectionId, true);
  assert.notEqual(renewed.token, credentials.token);
  await works(byClient, made.connectionId, "/bearer");
});

test("a client that the server refuses makes no connection", async () => {
  await rejected(auth(byClient, { ...client, client_secret: "wrong" }), "client_credentials_fetch_error");
  await rejected(auth(byClient, { ...client, client_secret: "" }), "missing_client_secret");
  await rejected(auth(byClient, { ...client, client_id: "" }), "missing_client_id");
});

test("without credentials a connection is just made", async () => {
  const made = await browser(await sessionToken(open)).create(open, { region: "eu" });
  assert.equal(made.providerConfigKey, open);
  const connection = await nango.getConnection(open, made.connectionId);
  assert.deepEqual(connection.credentials, {});
  await works(open, made.connectionId, "/exact");
  const withParams = await browser(await sessionToken(open)).create(open, { params: { region: "eu", number: 7 } });
  const { connection_config } = await nango.getConnection(open, withParams.connectionId);
  assert.deepEqual([connection_config.region, "number" in connection_config], ["eu", false]);
});

test("create needs a session for this integration, and chooses no id", async () => {
  await rejected(browser(await sessionToken(byKey)).create(open), "integration_not_allowed");
  await rejected(browser(await sessionToken(open)).create(open, "chosen-id"), "invalid_query_params");
});

test("the wrong mode is refused by every endpoint", async () => {
  await rejected(auth(byPassword, { apiKey: key }), "invalid_auth_mode");
  await rejected(auth(byKey, user), "invalid_auth_mode");
  await rejected(auth(byKey, client), "invalid_auth_mode");
  await rejected(auth(byKey, { type: "TWO_STEP", username: "ada" }), "invalid_auth_mode");
  await rejected(browser(await sessionToken(byKey)).create(byKey), "invalid_auth_mode");
});

test("an unknown integration is 404, only for a client's credentials 400", async () => {
  const token = await sessionToken(open);
  const status = async (path, body) => {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${nango.serverUrl}${path}/nobody?connect_session_token=${token}`, options);
    assert.equal((await answer.json()).error.code, "unknown_provider_config");
    return answer.status;
  };
  assert.equal(await status("/api-auth/api-key", { apiKey: key }), 404);
  assert.equal(await status("/api-auth/basic", user), 404);
  assert.equal(await status("/oauth2/auth", client), 400);
});

test("a reconnect renews the credentials, metadata and tags stay", async () => {
  const made = await browser(await sessionToken(byKey, { tags: { project: "x" } })).auth(byKey, { credentials: { apiKey: key } });
  await nango.setMetadata(byKey, made.connectionId, { kept: true });
  const { data } = await nango.createReconnectSession({ connection_id: made.connectionId, integration_id: byKey });
  const again = await browser(data.token).reconnect(byKey, { credentials: { apiKey: key } });
  assert.equal(again.connectionId, made.connectionId);
  const connection = await nango.getConnection(byKey, made.connectionId);
  assert.deepEqual([connection.metadata, connection.tags.project], [{ kept: true }, "x"]);
});

test("an integration without its address can't be made", async () => {
  const body = { provider: "generic-api-key", unique_key: named("x") };
  await refused(nango.createIntegration(body), 400, "invalid_body");
});
