// What the proxy passes on, both ways, with an API of this test's own behind it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { text } from "node:stream/consumers";

import { exact, serve } from "./api.js";
import { browser, host, named, nango, sessionToken } from "./judge.js";

const address = await serve();
const providerConfigKey = named("open");
await nango.createIntegration({ provider: "generic-unauthenticated", unique_key: providerConfigKey, integration_config: { baseUrl: address } });
const { connectionId } = await browser(await sessionToken(providerConfigKey)).create(providerConfigKey);
const via = { providerConfigKey, connectionId };
const answered = (call) => call.catch((error) => error.response ?? assert.fail(error));

for (const method of ["post", "put", "patch", "delete"]) {
  test(`${method} sends its body and gets the true status`, async () => {
    const answer = await nango[method]({ ...via, endpoint: "/echo?a=1", data: { name: "x", list: [1] }, params: { b: "c d" } });
    assert.equal(answer.status, 201);
    assert.equal(answer.data.method, method.toUpperCase());
    assert.deepEqual(JSON.parse(answer.data.body), { name: "x", list: [1] });
    assert.match(answer.data.headers["content-type"], /^application\/json/);
    assert.deepEqual([...new URL(answer.data.url, address).searchParams], [["a", "1"], ["b", "c d"]]);
  });
}

for (const method of ["REPORT", "PROPFIND"]) {
  test(`${method} is passed on with its body`, async () => {
    const answer = await nango.proxy({ ...via, method, endpoint: "/echo", data: "<x/>", headers: { "Content-Type": "application/xml" } });
    assert.deepEqual([answer.data.method, answer.data.body], [method, "<x/>"]);
    assert.equal(answer.data.headers["content-type"], "application/xml");
  });
}

test("a text is a form, unless its type is said", async () => {
  const form = await nango.post({ ...via, endpoint: "/echo", data: "a=1&b=ä" });
  assert.equal(form.data.body, "a=1&b=ä");
  assert.match(form.data.headers["content-type"], /^application\/x-www-form-urlencoded/);
  const xml = await nango.post({ ...via, endpoint: "/echo", data: "<a>ä</a>", headers: { "Content-Type": "text/xml" } });
  assert.deepEqual([xml.data.body, xml.data.headers["content-type"]], ["<a>ä</a>", "text/xml"]);
});

test("only the caller's own headers reach the API, none of ours", async () => {
  const { data } = await nango.get({ ...via, endpoint: "/echo", headers: { "X-Own": "1" } });
  assert.equal(data.headers["x-own"], "1");
  for (const name of ["authorization", "provider-config-key", "connection-id", "base-url-override", "retries"]) {
    assert.ok(!(name in data.headers), name);
  }
  assert.ok(!Object.keys(data.headers).some((name) => name.startsWith("nango-")));
  assert.ok(!JSON.stringify(data).includes(process.env.CLIENTS_KEY));
});

test("a body keeps its every byte", async () => {
  const answer = await nango.get({ ...via, endpoint: "/exact", responseType: "arraybuffer" });
  assert.equal(Buffer.from(answer.data).toString(), exact);
});

test("nothing stays nothing", async () => {
  const answer = await nango.get({ ...via, endpoint: "/empty" });
  assert.deepEqual([answer.status, answer.data], [204, ""]);
});

test("an attachment keeps its headers and comes as a stream", async () => {
  const answer = await nango.get({ ...via, endpoint: "/file", responseType: "stream" });
  assert.deepEqual([answer.headers["content-type"], answer.headers["content-disposition"]], ["text/csv", "attachment"]);
  assert.equal((await text(answer.data)).length, 45_000);
});

test("the API's headers are kept, but its word on our origin and its cookies", async () => {
  const { headers } = await nango.get({ ...via, endpoint: "/headers" });
  assert.equal(headers["x-custom"], "kept");
  assert.notEqual(headers["access-control-allow-origin"], "https://a.example");
  assert.ok(!("set-cookie" in headers));
});

test("a fault of the API is passed on as it is", async () => {
  const broken = await answered(nango.get({ ...via, endpoint: "/broken" }));
  assert.deepEqual([broken.status, broken.data], [500, { fault: "of the provider" }]);
  const missing = await answered(nango.get({ ...via, endpoint: "/no-such-path" }));
  assert.deepEqual([missing.status, missing.data], [404, { fault: "no such path" }]);
});

test("as many retries are made as are asked for", async () => {
  const once = await answered(nango.get({ ...via, endpoint: "/flaky", params: { name: named("a") } }));
  assert.equal(once.status, 503);
  const often = await nango.get({ ...via, endpoint: "/flaky", params: { name: named("b") }, retries: 2 });
  assert.deepEqual(often.data, { attempts: 3 });
});

test("a redirect leads to no address that may not be called", async () => {
  const answer = await answered(nango.get({ ...via, endpoint: "/elsewhere" }));
  assert.ok(answer.status >= 300 && answer.status !== 404, `${answer.status}`);
  assert.ok(!JSON.stringify(answer.data).includes("ami-id"));
});

test("the query alone may follow the proxy's own path", async () => {
  const headers = { Authorization: `Bearer ${process.env.CLIENTS_KEY}`, "PROVIDER-CONFIG-KEY": providerConfigKey, "connection-id": connectionId };
  const answer = await fetch(`${host}/proxy?x=1`, { headers });
  assert.deepEqual([answer.status, await answer.json()], [404, { fault: "no such path" }]);
});
