// What older clients call: /connection…, /config/{key}, /v1.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connected, holding, integration, nango, provider, request } from "./judge.js";

const key = await integration("older");
const connectionId = await connected(key);
const one = `/connection/${connectionId}`;
const query = `?provider_config_key=${key}`;

test("a connection is listed and read under its older name", async () => {
  const list = await request("GET", `/connection?connectionId=${connectionId}`);
  assert.deepEqual(list.data, await nango.listConnections({ connectionId }));
  const read = await request("GET", `${one}${query}`);
  assert.equal(read.data.credentials.type, "TWO_STEP");
  const byHeader = await request("GET", one, { headers: { "Provider-Config-Key": key } });
  assert.deepEqual([byHeader.status, byHeader.data.connection_id], [200, connectionId]);
  const unknown = await request("GET", `/connection/nobody${query}`);
  assert.deepEqual([unknown.status, unknown.data.error.code], [404, "not_found"]);
  const without = await request("GET", one);
  assert.deepEqual([without.status, without.data.error.code], [400, "invalid_query_params"]);
});

test("metadata is the body itself, of one or of several connections", async () => {
  const set = await request("POST", `${one}/metadata${query}`, { body: { a: 1, b: 1 } });
  assert.deepEqual([set.status, set.data], [201, { a: 1, b: 1 }]);
  const merged = await request("PATCH", `${one}/metadata`, { body: { b: 2 }, headers: { "Provider-Config-Key": key } });
  assert.deepEqual([merged.status, merged.data], [200, { b: 2 }]);
  assert.deepEqual(await nango.getMetadata(key, connectionId), { a: 1, b: 2 });
  const body = { connection_id: [connectionId], provider_config_key: key, metadata: { c: 3 } };
  assert.equal((await request("POST", "/connection/metadata", { body })).status, 201);
  assert.equal((await request("PATCH", "/connection/metadata", { body })).status, 200);
  const unknown = await request("POST", `/connection/nobody/metadata${query}`, { body: {} });
  assert.deepEqual([unknown.status, unknown.data.error.code], [404, "unknown_connection"]);
});

test("a connection is deleted under its older name", async () => {
  const gone = await connected(key);
  const answer = await request("DELETE", `/connection/${gone}${query}`);
  assert.deepEqual([answer.status, answer.data], [200, { success: true }]);
  const again = await request("DELETE", `/connection/${gone}${query}`);
  assert.deepEqual([again.status, again.data.error.code], [400, "unknown_connection"]);
});

test("an integration is a config to older clients", async () => {
  const read = await request("GET", `/config/${key}?include_creds=false`);
  assert.deepEqual([read.data.config.unique_key, read.data.config.provider], [key, provider]);
  const revealing = await request("GET", `/config/${key}?include_creds=true`);
  assert.ok(!JSON.stringify(revealing.data).includes(holding.clientSecret));
  const unknown = await request("GET", "/config/nobody");
  assert.deepEqual([unknown.status, unknown.data.error.code], [404, "not_found"]);
});

test("everything is below /v1 too", async () => {
  const read = await request("GET", `/v1/connections/${connectionId}${query}`);
  assert.equal(read.data.connection_id, connectionId);
});
