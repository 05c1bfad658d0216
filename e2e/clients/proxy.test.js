// Calls through the proxy, to the sandbox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { text } from "node:stream/consumers";

import { Nango } from "@nangohq/node";

import { connected, host, integration, nango, providerLog, reader, refused, stranger } from "./judge.js";

const providerConfigKey = await integration("proxied");
const connectionId = await connected(providerConfigKey);
const via = { providerConfigKey, connectionId };
const vendors = "/v1/objects/accounts-payable/vendor";
const seen = "/ia/api/v1/objects/accounts-payable/vendor";

const status = (call) => call.then((answer) => answer.status, (error) => error.response?.status ?? assert.fail(error));

test("get reads, with or without a slash in front and with its own query", async () => {
  const answer = await nango.get({ ...via, endpoint: vendors });
  assert.equal(answer.status, 200);
  assert.ok(answer.data["ia::result"].length > 0);
  assert.match(answer.headers["content-type"], /json/);
  const second = await nango.get({ ...via, endpoint: `${vendors.slice(1)}?size=1` });
  assert.equal(second.data["ia::result"].length, 1);
});

test("params are a map or a text", async () => {
  const map = await nango.get({ ...via, endpoint: vendors, params: { size: "2" } });
  assert.equal(map.data["ia::result"].length, 2);
  const words = await nango.get({ ...via, endpoint: vendors, params: "size=3" });
  assert.equal(words.data["ia::result"].length, 3);
  await assert.rejects(nango.get({ ...via, endpoint: `${vendors}?a=1`, params: "size=3" }), /query params/);
});

test("post sends JSON and gets the answer", async () => {
  const data = { object: "accounts-payable/vendor", fields: ["id"], size: 2 };
  const answer = await nango.post({ ...via, endpoint: "/v1/services/core/query", data });
  assert.equal(answer.status, 200);
  assert.equal(answer.data["ia::result"].length, 2);
});

test("the connection and the integration may be the client's own", async () => {
  const bound = new Nango({ host, secretKey: process.env.CLIENTS_KEY, ...via });
  assert.equal((await bound.proxy({ endpoint: vendors, method: "GET" })).status, 200);
  assert.equal((await bound.get({ endpoint: vendors })).status, 200);
});

test("put, patch, delete, propfind and report arrive as what they are", async () => {
  const since = await providerLog(`${seen}/no-such-key`);
  const endpoint = `${vendors}/no-such-key`;
  const data = { name: "x" };
  const calls = [
    nango.put({ ...via, endpoint, data }),
    nango.patch({ ...via, endpoint, data }),
    nango.delete({ ...via, endpoint }),
    nango.proxy({ ...via, endpoint, method: "REPORT", data }),
    nango.proxy({ ...via, endpoint, method: "PROPFIND" }),
  ];
  for (const found of await Promise.all(calls.map(status))) assert.ok(found >= 400 && found < 500, `${found}`);
  const methods = new Set((await since()).map((one) => one.method));
  for (const method of ["PUT", "PATCH", "DELETE", "REPORT", "PROPFIND"]) assert.ok(methods.has(method), method);
});

test("what the provider refuses keeps its status and its body", async () => {
  const answer = await nango.get({ ...via, endpoint: `${vendors}/no-such-key` }).catch((error) => error.response);
  assert.equal(answer.status, 404);
  assert.ok(answer.data["ia::result"]["ia::error"].code);
});

test("a retry is made where the caller asks for one", async () => {
  const since = await providerLog(`${seen}/retried-key`);
  assert.equal(await status(nango.get({ ...via, endpoint: `${vendors}/retried-key`, retries: 1, retryOn: [404] })), 404);
  assert.equal((await since()).length, 2);
  const once = await providerLog(`${seen}/not-retried-key`);
  assert.equal(await status(nango.get({ ...via, endpoint: `${vendors}/not-retried-key`, retries: 1 })), 404);
  assert.equal((await once()).length, 1);
});

test("headers go on under their own name, the API key never", async () => {
  const since = await providerLog(vendors.replace("/v1", "/ia/api/v1"));
  const headers = { "X-Odd-Header": "seen", Accept: "application/json" };
  assert.equal((await nango.get({ ...via, endpoint: vendors, headers })).status, 200);
  assert.ok(!JSON.stringify(await since()).includes(process.env.CLIENTS_KEY));
});

test("a text keeps its bytes and its content type", async () => {
  const answer = await nango
    .post({ ...via, endpoint: "/v1/services/core/query", data: '{"object": "accounts-payable/vendor", "fields": ["id"], "size": 1}', headers: { "Content-Type": "application/json" } });
  assert.equal(answer.data["ia::result"].length, 1);
});

test("an answer may be a stream or bytes", async () => {
  const streamed = await nango.get({ ...via, endpoint: vendors, responseType: "stream" });
  assert.ok(JSON.parse(await text(streamed.data))["ia::result"].length > 0);
  const bytes = await nango.get({ ...via, endpoint: vendors, responseType: "arraybuffer", decompress: true });
  assert.ok(JSON.parse(Buffer.from(bytes.data).toString())["ia::result"].length > 0);
});

test("the provider's own address may be named as base, no other", async () => {
  const since = await providerLog("/");
  const call = nango.get({ ...via, endpoint: vendors, baseUrlOverride: "http://169.254.169.254" });
  await refused(call, 400, "base_url_override_not_allowed");
  assert.deepEqual(await since(), []);
});

test("a call names integration and connection, and both must be there", async () => {
  await refused(nango.get({ ...via, providerConfigKey: "nobody", endpoint: vendors }), 404, "unknown_provider_config");
  // Upstream answers 400 `server_error`, which tells nobody anything; as when it is read, it is not found.
  await refused(nango.get({ ...via, connectionId: "nobody", endpoint: vendors }), 404, "not_found");
  const bare = await fetch(`${host}/proxy${vendors}`, { headers: { Authorization: `Bearer ${process.env.CLIENTS_KEY}` } });
  const told = await bare.json();
  assert.deepEqual([bare.status, told.error.code], [400, "invalid_headers"]);
  const named = told.error.errors.map((one) => one.path.join(".").toLowerCase()).sort();
  assert.deepEqual(named, ["connection-id", "provider-config-key"]);
});

test("a call needs a key with the scope", async () => {
  await refused(stranger.get({ ...via, endpoint: vendors }), 401, "invalid_secret_key_format");
  await refused(reader.get({ ...via, endpoint: vendors }), 403, "forbidden");
});

test("a deleted connection proxies no more, on any node", async () => {
  const gone = await connected(providerConfigKey);
  assert.equal((await nango.get({ ...via, connectionId: gone, endpoint: vendors })).status, 200);
  await nango.deleteConnection(providerConfigKey, gone);
  const deadline = Date.now() + 10_000;
  let last = 200;
  while (last === 200 && Date.now() < deadline) last = await status(nango.get({ ...via, connectionId: gone, endpoint: vendors }));
  assert.equal(last, 404);
});
