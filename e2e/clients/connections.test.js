// Connections: list, get, tokens, patch, metadata, delete.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connected, integration, named, nango, paths, provider, reader, refused, request, stranger, username } from "./judge.js";

const members = [
  "connection_config", "connection_id", "created_at", "credentials", "end_user", "errors", "id", "last_fetched_at", "metadata",
  "provider", "provider_config_key", "tags", "updated_at", "webhook_url_override",
];
const listed = ["connection_id", "created", "end_user", "errors", "id", "metadata", "provider", "provider_config_key", "tags"];

const uniqueKey = await integration("connections");
const connectionId = await connected(uniqueKey, { end_user: { id: "reader" } });

const ids = (answer) => answer.connections.map((one) => one.connection_id);

test("a connection has exactly the fourteen members", async () => {
  const connection = await nango.getConnection(uniqueKey, connectionId);
  assert.deepEqual(Object.keys(connection).sort(), members);
  assert.deepEqual([connection.provider, connection.provider_config_key, connection.errors], [provider, uniqueKey, []]);
  assert.ok(Number.isInteger(connection.id));
  for (const name of ["created_at", "updated_at", "last_fetched_at"]) assert.match(connection[name], /\.\d{3}\+00:00$/);
  assert.deepEqual(Object.keys(connection.end_user).sort(), ["display_name", "email", "id", "organization", "tags"]);
});

test("credentials are those of a two step connection, without what the integration holds", async () => {
  const { credentials } = await nango.getConnection(uniqueKey, connectionId);
  assert.deepEqual([credentials.type, credentials.username], ["TWO_STEP", username]);
  assert.equal(credentials.raw.access_token, credentials.token);
  assert.match(credentials.expires_at, /Z$/);
  for (const name of ["clientId", "clientSecret", "refresh_token"]) assert.ok(!(name in credentials), name);
});

test("a refresh token is given on request only", async () => {
  const without = await nango.getConnection(uniqueKey, connectionId);
  assert.ok(!JSON.stringify(without).includes("refresh_token"));
  const withIt = await nango.getConnection(uniqueKey, connectionId, false, true);
  assert.equal(withIt.credentials.refresh_token, withIt.credentials.raw.refresh_token);
});

test("a forced refresh brings another token, for every node", async () => {
  const before = (await nango.getToken(uniqueKey, connectionId)).token;
  const after = (await nango.getToken(uniqueKey, connectionId, true)).token;
  assert.notEqual(after, before);
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await nango.getToken(uniqueKey, connectionId)).token, after);
});

test("getToken and getRawTokenResponse give the credentials and the raw response", async () => {
  const credentials = await nango.getToken(uniqueKey, connectionId);
  assert.equal(credentials.type, "TWO_STEP");
  const raw = await nango.getRawTokenResponse(uniqueKey, connectionId);
  assert.equal(raw.access_token, credentials.token);
  assert.equal(raw.token_type.toLowerCase(), "bearer");
});

test("details come with the whole answer", async () => {
  const answer = await nango.getConnectionDetails({ providerConfigKey: uniqueKey, connectionId, additionalHeader: { "X-More": "1" } });
  assert.equal(answer.status, 200);
  assert.equal(answer.data.connection_id, connectionId);
});

test("what is not there has the codes that callers branch on", async () => {
  await refused(nango.getConnection("nobody", connectionId), 400, "unknown_provider_config");
  await refused(nango.getConnection(uniqueKey, "nobody"), 404, "not_found");
  await refused(nango.getConnection("", connectionId), 400, "invalid_query_params");
  await refused(nango.getToken(uniqueKey, "nobody"), 404, "not_found");
  await refused(nango.getRawTokenResponse(uniqueKey, "nobody"), 404, "not_found");
  await refused(nango.getMetadata(uniqueKey, "nobody"), 404, "not_found");
  await refused(stranger.getConnection(uniqueKey, connectionId), 401, "invalid_secret_key_format");
});

test("a key of the right form that nobody has is unknown, and no key at all is said so", async () => {
  const none = await fetch(`${nango.serverUrl}/connections`);
  assert.deepEqual([none.status, (await none.json()).error.code], [401, "missing_auth_header"]);
  const basic = await fetch(`${nango.serverUrl}/connections`, { headers: { Authorization: "Basic eDp5" } });
  assert.deepEqual([basic.status, (await basic.json()).error.code], [401, "malformed_auth_header"]);
});

test("a key without the credential scope sees none, and may not ask for them", async () => {
  assert.deepEqual((await reader.getConnection(uniqueKey, connectionId)).credentials, {});
  await refused(reader.getConnection(uniqueKey, connectionId, true), 403, "forbidden");
  await refused(reader.getConnection(uniqueKey, connectionId, false, true), 403, "forbidden");
});

test("one id may be used in two integrations", async () => {
  const other = await integration("other");
  const second = await connected(other);
  await refused(nango.getConnection(uniqueKey, second), 404, "not_found");
  assert.equal((await nango.getConnection(other, second)).provider_config_key, other);
});

test("connections are listed newest first, with just what lists show", async () => {
  const own = await integration("listed");
  assert.deepEqual(await nango.listConnections({ integrationId: own }), { connections: [] });
  const first = await connected(own);
  const second = await connected(own);
  const answer = await nango.listConnections({ integrationId: own });
  assert.deepEqual(ids(answer), [second, first]);
  assert.deepEqual(Object.keys(answer.connections[0]).sort(), listed);
  assert.deepEqual(ids(await nango.listConnections({ integrationId: [own, "nobody"], limit: 1 })), [second]);
  assert.deepEqual(ids(await nango.listConnections({ integrationId: own, limit: 1, page: 1 })), [first]);
  assert.deepEqual(ids(await reader.listConnections({ integrationId: own })), [second, first]);
});

test("connections are found by id, end user, organization, search and tags", async () => {
  const own = await integration("found");
  const id = named("user");
  const end_user = { id, email: `${id}@acme.example`, display_name: `Ada ${id}`, tags: { Plan: "pro:1" } };
  const wanted = await connected(own, { end_user, organization: { id: `org-${id}` } });
  await connected(own);
  const found = async (...asked) => ids(await nango.listConnections(...asked));
  assert.deepEqual(await found({ connectionId: wanted }), [wanted]);
  assert.deepEqual(await found({ userId: id }), [wanted]);
  assert.deepEqual(await found({ tags: { displayName: `Ada ${id}` } }), [wanted]);
  assert.deepEqual(await found({ tags: { email: `${id}@acme.example`, Plan: "pro:1" }, integrationId: own }), [wanted]);
  assert.deepEqual(await found({ tags: { end_user_id: id, plan: "basic" } }), []);
  assert.deepEqual(await found({ tags: { end_user_id: "nobody" } }), []);
  assert.deepEqual(await found(wanted), [wanted]);
  assert.deepEqual(await found(undefined, `ADA ${id}`.toUpperCase()), [wanted]);
  assert.deepEqual(await found(undefined, undefined, { endUserOrganizationId: `org-${id}`, limit: 5 }), [wanted]);
  assert.deepEqual(await found(undefined, undefined, { endUserId: id, page: 1, limit: 1 }), []);
});

test("a list refuses what it does not know", async () => {
  await refused(nango.listConnections({ limit: 2001 }), 400, "invalid_query_params");
  await refused(nango.listConnections({ tags: { "1st": "x" } }), 400, "invalid_query_params");
  assert.equal((await request("GET", "/connections?colour=blue")).data.error.code, "invalid_query_params");
  await refused(stranger.listConnections({}), 401, "invalid_secret_key_format");
});

test("an awaited connection is found", async () => {
  const user = named("awaited");
  const id = await connected(uniqueKey, { end_user: { id: user } });
  assert.equal((await nango.waitForConnection(uniqueKey, user)).connection_id, id);
  const signal = AbortSignal.abort();
  await assert.rejects(nango.waitForConnection(uniqueKey, "nobody", { signal }), /aborted/);
});

test("tags and end user are replaced, not merged", async () => {
  const id = await connected(uniqueKey, { end_user: { id: "u1" }, tags: { project: "x" } });
  const patch = (body) => nango.patchConnection({ connectionId: id, provider_config_key: uniqueKey }, body);
  const tags = async () => (await nango.getConnection(uniqueKey, id)).tags;
  assert.deepEqual(await patch({ tags: { Stage: "two" } }), { success: true });
  assert.deepEqual(await tags(), { stage: "two" });
  await patch({ end_user: { id: "u2", email: "u2@acme.example" }, tags: { stage: "three" } });
  assert.deepEqual(await tags(), { end_user_id: "u2", end_user_email: "u2@acme.example", stage: "three" });
  await patch({ tags: {} });
  assert.deepEqual(await tags(), {});
});

test("the address of webhooks is set and cleared", async () => {
  const id = await connected(uniqueKey);
  const patch = (body) => nango.patchConnection({ connectionId: id, provider_config_key: uniqueKey }, body);
  const override = async () => (await nango.getConnection(uniqueKey, id)).webhook_url_override;
  await patch({ webhook_url_override: "https://hooks.example.com/x" });
  assert.equal(await override(), "https://hooks.example.com/x");
  await refused(patch({ webhook_url_override: "not an address" }), 400, "invalid_body");
  await patch({ webhook_url_override: "" });
  assert.equal(await override(), null);
});

test("a change that can't be made is refused", async () => {
  const one = { connectionId, provider_config_key: uniqueKey };
  await refused(nango.patchConnection(one, { colour: "blue" }), 400, "invalid_body");
  await refused(nango.patchConnection(one, { end_user: {} }), 400, "invalid_body");
  await refused(nango.patchConnection({ ...one, connectionId: "nobody" }, { tags: {} }), 404, "not_found");
  await refused(nango.patchConnection({ ...one, provider_config_key: "nobody" }, { tags: {} }), 400, "unknown_provider_config");
  await refused(reader.patchConnection(one, { tags: {} }), 403, "forbidden");
});

test("metadata is set with 201 and merged with 200, both answer what was sent", async () => {
  const id = await connected(uniqueKey);
  const set = await nango.setMetadata(uniqueKey, id, { a: 1, b: { c: 2 } });
  assert.deepEqual([set.status, set.data], [201, { metadata: { a: 1, b: { c: 2 } }, connection_id: id, provider_config_key: uniqueKey }]);
  const merged = await nango.updateMetadata(uniqueKey, id, { b: 3 });
  assert.equal(merged.status, 200);
  assert.deepEqual(await nango.getMetadata(uniqueKey, id), { a: 1, b: 3 });
  await nango.setMetadata(uniqueKey, id, { only: true });
  assert.deepEqual(await nango.getMetadata(uniqueKey, id), { only: true });
});

test("metadata of several connections changes for all of them or for none", async () => {
  const [one, two] = [await connected(uniqueKey), await connected(uniqueKey)];
  await nango.setMetadata(uniqueKey, [one, two], { shared: 1 });
  await refused(nango.updateMetadata(uniqueKey, [one, "nobody"], { shared: 2 }), 404, "unknown_connection");
  assert.deepEqual(await nango.getMetadata(uniqueKey, one), { shared: 1 });
  assert.deepEqual(await nango.getMetadata(uniqueKey, two), { shared: 1 });
  await refused(nango.setMetadata(uniqueKey, [], { shared: 3 }), 400, "invalid_body");
  await refused(nango.setMetadata(uniqueKey, "nobody", { shared: 3 }), 404, "unknown_connection");
  await refused(reader.setMetadata(uniqueKey, one, {}), 403, "forbidden");
});

test("a metadata call without what it needs does not leave the client", async () => {
  await assert.rejects(nango.setMetadata("", "c", {}), /Provider Config Key is required/);
  await assert.rejects(nango.updateMetadata(uniqueKey, "", {}), /Connection Id is required/);
  await assert.rejects(nango.getMetadata(uniqueKey, ""), /Connection Id is required/);
});

test("a deleted connection is gone, and unknown from then on", async () => {
  const id = await connected(uniqueKey);
  const answer = await nango.deleteConnection(uniqueKey, id);
  assert.deepEqual([answer.status, answer.data], [200, { success: true }]);
  await refused(nango.deleteConnection(uniqueKey, id), 400, "unknown_connection");
  await refused(nango.deleteConnection("nobody", id), 400, "unknown_provider_config");
  await refused(nango.getConnection(uniqueKey, id), 404, "not_found");
  await refused(reader.deleteConnection(uniqueKey, connectionId), 403, "forbidden");
});

test("a validation failure has strings as path", async () => {
  const error = await refused(nango.setMetadata(uniqueKey, ["", "b"], {}), 400, "invalid_body");
  assert.ok(error.errors.every((item) => item.path.every((step) => typeof step === "string") && item.code));
  assert.ok(paths(error).length > 0);
});
