// OAUTH2 without a browser: integrations that hold a client, and what the published client is told of them. The window
// itself is driven in Chromium.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser, holding, host, named, nango, reader, refused, request, sandbox, sessionToken, username } from "./judge.js";

const credentials = { type: "OAUTH2", client_id: "a-client", client_secret: "a-client-secret", scopes: "read,write" };

async function integration(provider = "sage-intacct-oauth", more = {}) {
  const unique_key = named("oauth");
  await nango.createIntegration({ provider, unique_key, credentials, ...more });
  return unique_key;
}

// Where a window is sent, or what it is told, without following it.
async function opened(uniqueKey, query = {}) {
  const asked = new URLSearchParams({ connect_session_token: await sessionToken(uniqueKey), ...query });
  return fetch(`${host}/oauth/connect/${uniqueKey}?${asked}`, { redirect: "manual" });
}

test("an integration's client is kept, shown to who may read it, and changed", async () => {
  const uniqueKey = await integration();
  const { data } = await nango.getIntegration({ uniqueKey }, { include: ["credentials"] });
  assert.deepEqual(data.credentials, credentials);
  assert.equal((await reader.getIntegration({ uniqueKey }, { include: ["credentials"] })).data.credentials, undefined);
  await nango.updateIntegration({ uniqueKey }, { credentials: { ...credentials, client_secret: "another", scopes: "read" } });
  const changed = await nango.getIntegration({ uniqueKey }, { include: ["credentials"] });
  assert.deepEqual([changed.data.credentials.client_secret, changed.data.credentials.scopes], ["another", "read"]);
});

test("a client of another mode is refused", async () => {
  const body = { provider: "sage-intacct-oauth", unique_key: named("x"), credentials: { ...credentials, type: "OAUTH1" } };
  await refused(nango.createIntegration(body), 400, "invalid_body");
  await refused(nango.createIntegration({ ...body, provider: "generic-api-key", credentials }), 400, "invalid_body");
});

test("a provider says where people are sent", async () => {
  const { data } = await nango.getProvider({ provider: "sage-intacct-oauth" });
  assert.equal(data.auth_mode, "OAUTH2");
  assert.match(data.authorization_url, /\/ia\/api\/v1\/oauth2\/authorize$/);
  assert.deepEqual(data.default_scopes, ["offline_access"]);
  for (const provider of ["quickbooks", "xero", "netsuite", "microsoft-business-central", "freshbooks", "generic-oauth2"]) {
    assert.equal((await nango.getProvider({ provider })).data.auth_mode, "OAUTH2");
  }
});

test("a window is sent to the provider with PKCE, the integration's scopes and what was asked besides", async () => {
  const answer = await opened(await integration(), { "authorization_params[prompt]": "consent", "authorization_params[hint]": "undefined" });
  assert.equal(answer.status, 302);
  const asked = new URL(answer.headers.get("location")).searchParams;
  assert.equal(asked.get("client_id"), "a-client");
  assert.equal(asked.get("scope"), "read write offline_access");
  assert.equal(asked.get("redirect_uri"), `${host}/oauth/callback`);
  assert.deepEqual([asked.get("code_challenge_method"), asked.get("prompt"), asked.has("hint")], ["S256", "consent", false]);
});

test("a client of the connection's own is sent in place of the integration's", async () => {
  const query = { "credentials[oauth_client_id_override]": "own", "credentials[oauth_client_secret_override]": "own-secret" };
  const answer = await opened(await integration(), query);
  assert.equal(new URL(answer.headers.get("location")).searchParams.get("client_id"), "own");
});

test("a setting that an address needs comes among params", async () => {
  const uniqueKey = await integration("netsuite");
  const answer = await opened(uniqueKey, { "params[accountId]": "1234567-sb1" });
  assert.equal(new URL(answer.headers.get("location")).host, "1234567-sb1.app.netsuite.com");
  assert.equal((await opened(uniqueKey)).status, 400);
  assert.equal((await opened(uniqueKey, { "params[accountId]": "evil.example/" })).status, 400);
});

test("credentials can't be posted where people are sent away", async () => {
  const uniqueKey = await integration();
  const call = browser(await sessionToken(uniqueKey)).auth(uniqueKey, { credentials: { apiKey: "k" } });
  await assert.rejects(call, (error) => error.type === "invalid_auth_mode");
});

test("the session says where its socket is, which greets whoever comes", async () => {
  const token = await sessionToken(await integration());
  const { data } = await (await fetch(`${host}/connect/session`, { headers: { Authorization: `Bearer ${token}` } })).json();
  const socket = new WebSocket(new URL(data.websocketsPath, host).href.replace("http", "ws"));
  const greeting = await new Promise((resolve, reject) => { socket.onmessage = resolve; socket.onerror = reject; });
  const { message_type, ws_client_id } = JSON.parse(greeting.data);
  assert.equal(message_type, "connection_ack");
  const told = new Promise((resolve) => { socket.onmessage = resolve; });
  await fetch(`${host}/oauth/connect/nobody?connect_session_token=${token}&ws_client_id=${ws_client_id}`);
  const outcome = JSON.parse((await told).data);
  socket.close();
  assert.deepEqual([outcome.message_type, outcome.error_type], ["error", "unknown_config_key"]);
});

// Tokens of the sandbox itself, for a user in whose name an administrator has authorized the application.
async function tokens() {
  const form = { grant_type: "client_credentials", client_id: holding.clientId, client_secret: holding.clientSecret, username };
  const answer = await fetch(`${sandbox}/ia/api/v1/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  assert.equal(answer.status, 200);
  return answer.json();
}

test("a connection is imported with the tokens that another service held, and lives on", async () => {
  const unique_key = named("moved");
  const held = { type: "OAUTH2", client_id: holding.clientId, client_secret: holding.clientSecret };
  await nango.createIntegration({ provider: "sage-intacct-oauth", unique_key, credentials: held });
  const { access_token, refresh_token } = await tokens();
  const body = {
    provider_config_key: unique_key,
    connection_id: "moved-1",
    metadata: { from: "elsewhere" },
    credentials: { type: "OAUTH2", access_token, refresh_token, expires_at: new Date(Date.now() + 3600_000) },
  };
  // The client has no method for it; the older path leads to the same place.
  for (const path of ["/connections", "/connection"]) {
    const { status, data: made } = await request("POST", path, { body });
    assert.deepEqual([status, made.connection_id, made.credentials.access_token], [201, "moved-1", access_token]);
  }
  const read = await nango.getConnection(unique_key, "moved-1", false, true);
  assert.deepEqual([read.metadata, read.credentials.refresh_token], [{ from: "elsewhere" }, refresh_token]);
  assert.equal(await nango.getToken(unique_key, "moved-1"), access_token);

  // As if it had lain about for a day: the refresh token takes over.
  const ended = { ...body, connection_id: "moved-2", credentials: { ...body.credentials, expires_at: new Date(0) } };
  assert.equal((await request("POST", "/connections", { body: ended })).status, 201);
  const renewed = await nango.getToken(unique_key, "moved-2");
  assert.notEqual(renewed, access_token);

  const nothing = { ...body, credentials: { type: "OAUTH2", access_token: "nobody-issued-it" } };
  const refusal = await request("POST", "/connections", { body: nothing });
  assert.deepEqual([refusal.status, refusal.data.error.code], [400, "connection_validation_failed"]);
});
