// What is not offered answers harmlessly: functions, records, syncs, actions, scripts. And environment variables.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connected, integration, nango, reader, refused, stranger } from "./judge.js";

const key = await integration("absent");
const connectionId = await connected(key);
const one = { providerConfigKey: key, connectionId };

test("there are no environment variables", async () => {
  assert.deepEqual(await nango.getEnvironmentVariables(), []);
  await refused(reader.getEnvironmentVariables(), 403, "forbidden");
  await refused(stranger.getEnvironmentVariables(), 401, "invalid_secret_key_format");
});

test("there are no scripts, in either format", async () => {
  assert.deepEqual(await nango.getScriptsConfig(), []);
  assert.deepEqual(await nango.getScriptsConfig("openai"), { data: [] });
});

test("there are no functions", async () => {
  assert.deepEqual(await nango.listFunctions({ uniqueKey: key }), { data: [], pagination: { total: 0, page: 0, limit: 20 } });
  assert.deepEqual((await nango.listFunctions({ uniqueKey: key }, { type: "sync", limit: 5, page: 2 })).pagination, { total: 0, page: 2, limit: 5 });
  await refused(nango.listFunctions({ uniqueKey: "nobody" }), 404, "not_found");
  const named = { uniqueKey: key, name: "invoices" };
  await refused(nango.getFunction(named), 404, "not_found");
  await refused(nango.getFunctionCode(named), 404, "not_found");
  await refused(nango.deleteFunction(named), 404, "not_found");
});

test("there are no records", async () => {
  assert.deepEqual(await nango.listRecords({ ...one, model: "Invoice" }), { records: [], next_cursor: null });
  assert.deepEqual((await nango.listRecords({ ...one, model: "Invoice", ids: ["a", "b"], filter: "added", limit: 5 })).records, []);
  assert.deepEqual(await nango.pruneRecords({ ...one, model: "Invoice", untilCursor: "x" }), { count: 0, has_more: false });
  await refused(nango.listRecords({ ...one, connectionId: "nobody", model: "Invoice" }), 400, "unknown_connection");
});

test("there are no syncs", async () => {
  await refused(nango.triggerSync(key, ["invoices"], connectionId), 400, "no_syncs_found");
  await refused(nango.startSync(key, ["invoices"], connectionId), 400, "no_syncs_found");
  await refused(nango.pauseSync(key, ["invoices"], connectionId), 400, "no_syncs_found");
  assert.deepEqual(await nango.syncStatus(key, "*", connectionId), { syncs: [] });
  await refused(nango.updateSyncConnectionFrequency(key, "invoices", connectionId, "every 1h"), 400, "unknown_sync");
  const variant = { name: "invoices", variant: "eu", provider_config_key: key, connection_id: connectionId };
  await refused(nango.createSyncVariant(variant), 400, "no_syncs_found");
  await refused(nango.deleteSyncVariant(variant), 400, "no_syncs_found");
});

test("there are no actions", async () => {
  await refused(nango.triggerAction(key, connectionId, "pay", { amount: 1 }), 404, "not_found");
  await refused(nango.triggerActionAsync(key, connectionId, "pay"), 404, "not_found");
  await refused(nango.getAsyncActionResult({ id: "11111111-2222-4333-8444-555555555555" }), 404, "not_found");
  await refused(nango.getAsyncActionResult({ statusUrl: "/action/11111111-2222-4333-8444-555555555555" }), 404, "not_found");
});

test("a key without the scope is refused here too", async () => {
  await refused(reader.triggerAction(key, connectionId, "pay"), 403, "forbidden");
  await refused(reader.listRecords({ ...one, model: "Invoice" }), 403, "forbidden");
});
