// Webhooks as the client verifies them: the vector of the wire protocol's notes, and what really arrives.

import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";

import { Nango } from "@nangohq/node";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";

import { connected, host, integration, nango as backend, provider, request } from "./judge.js";

const webhookSigningKey = "11111111-2222-4333-8444-555555555555";
const body = '{"authMode":"TWO_STEP","connectionId":"c-1","environment":"dev","from":"nango","operation":"creation","provider":"acme","providerConfigKey":"acme-prod","success":true,"tags":{"end_user_id":"u1"},"type":"auth"}';
const hmac = "e20d64ac33f6e2c627a49ac80bb3d9d0ec2c03bd50876e59e6585700af0cbbb4";
const signature = "8266a87e03ca8b68c67fc97052867b435c7ad4be53eac328401b6224927a078e";
const nango = new Nango({ host, apiKey: "any", webhookSigningKey });

test("the body is verified under the header's name in any case, and no other body is", () => {
  assert.equal(nango.verifyIncomingWebhookRequest(body, { "x-nango-hmac-sha256": hmac }), true);
  assert.equal(nango.verifyIncomingWebhookRequest(body, { "X-Nango-Hmac-Sha256": hmac }), true);
  assert.equal(nango.verifyIncomingWebhookRequest(`${body} `, { "X-Nango-Hmac-Sha256": hmac }), false);
  assert.equal(nango.verifyIncomingWebhookRequest(body, { "X-Nango-Signature": hmac }), false);
});

test("the older signature is verified too", () => {
  assert.equal(nango.verifyWebhookSignature(signature, JSON.parse(body)), true);
  assert.equal(nango.verifyWebhookSignature(hmac, JSON.parse(body)), false);
});

test("without a signing key nothing is verified", () => {
  const keyless = new Nango({ host, apiKey: "any" });
  assert.equal(keyless.verifyIncomingWebhookRequest(body, { "X-Nango-Hmac-Sha256": hmac }), false);
});

test("the client wants exactly one key", () => {
  assert.throws(() => new Nango({ host }), /API key/);
  assert.throws(() => new Nango({ host, apiKey: "a", secretKey: "b" }), /only one/);
});

// A product's receiver: what came, by connection.
async function receiver() {
  const arrived = [];
  const waiting = [];
  const server = http.createServer((asked, response) => {
    let text = "";
    asked.setEncoding("utf8");
    asked.on("data", (chunk) => { text += chunk; });
    asked.on("end", () => {
      arrived.push({ text, headers: asked.headers, payload: JSON.parse(text) });
      response.end();
      for (const look of waiting) look();
    });
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const next = (connectionId, operation) => new Promise((resolve) => {
    const look = () => {
      const found = arrived.find(({ payload }) => payload.connectionId === connectionId && payload.operation === operation);
      if (found) resolve(found);
    };
    waiting.push(look);
    look();
  });
  return { url: `http://127.0.0.1:${server.address().port}/hooks`, next, close: () => { server.close(); server.closeAllConnections(); } };
}

test("a new connection is told, and a renewed one; the client verifies both", { timeout: 60_000 }, async (context) => {
  const { url, next, close } = await receiver();
  const settings = (body) => request("PATCH", "/environment/webhooks", { body });
  context.after(async () => {
    await settings({ primary_url: "", on_auth_creation: false });
    close();
  });
  assert.equal((await settings({ primary_url: url, on_auth_creation: true })).status, 200);
  const rotated = await request("POST", "/environment/webhook-signing-key/rotate");
  assert.equal(rotated.status, 200);
  const verifier = new Nango({ host, apiKey: "any", webhookSigningKey: rotated.data.data.webhook_signing_key });

  const uniqueKey = await integration("told");
  const connectionId = await connected(uniqueKey, { end_user: { id: "u1" }, tags: { project: "x" } });
  const { text, headers, payload } = await next(connectionId, "creation");

  assert.equal(verifier.verifyIncomingWebhookRequest(text, headers), true);
  assert.equal(verifier.verifyWebhookSignature(headers["x-nango-signature"], payload), true);
  assert.equal(verifier.verifyIncomingWebhookRequest(text.replace("creation", "override"), headers), false);
  const told = { from: "nango", type: "auth", success: true, authMode: "TWO_STEP", environment: "dev", provider, providerConfigKey: uniqueKey };
  for (const [name, value] of Object.entries(told)) assert.equal(payload[name], value, name);
  assert.equal(payload.tags.project, "x");
  assert.equal(payload.endUser.endUserId, "u1");

  const { data } = await backend.createReconnectSession({ connection_id: connectionId, integration_id: uniqueKey });
  const answer = await fetch(`${host}/auth/two-step/${uniqueKey}?connect_session_token=${data.token}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ type: "TWO_STEP", username: process.env.CLIENTS_USERNAME }),
  });
  assert.equal(answer.status, 200);
  const renewed = await next(connectionId, "override");
  assert.equal(verifier.verifyIncomingWebhookRequest(renewed.text, renewed.headers), true);
});

// The signing keys in both forms: those in force, and during a rotation those that follow.
async function signingKeys() {
  const answer = await request("GET", "/environment/webhooks/signing-keys");
  assert.equal(answer.status, 200, JSON.stringify(answer.data));
  const { signing_key, standard_webhooks_secret, next_signing_key, next_standard_webhooks_secret } = answer.data.data ?? answer.data;
  return {
    current: { signing_key, standard_webhooks_secret },
    following: { signing_key: next_signing_key, standard_webhooks_secret: next_standard_webhooks_secret },
  };
}

function accepts(Verifier, key, { text, headers }) {
  try {
    new Verifier(key.standard_webhooks_secret).verify(text, headers);
    return true;
  } catch {
    return false;
  }
}

const nodeAccepts = (key, { text, headers }) => {
  const verifier = new Nango({ host, apiKey: "any", webhookSigningKey: key.signing_key });
  return verifier.verifyIncomingWebhookRequest(text, headers);
};

test("what arrives verifies by standardwebhooks, svix and node's client before, during and after a rotation", { timeout: 60_000 }, async (context) => {
  const { url, next, close } = await receiver();
  const settings = (body) => request("PATCH", "/environment/webhooks", { body });
  context.after(async () => {
    await settings({ primary_url: "", on_auth_creation: false });
    close();
  });
  await settings({ primary_url: url, on_auth_creation: true });
  // One that an earlier run has begun ends here.
  await request("POST", "/environment/webhooks/signing-keys/finish");
  const uniqueKey = await integration("verified");
  const arrival = async () => next(await connected(uniqueKey), "creation");

  const { current: old } = await signingKeys();
  const before = await arrival();
  assert.equal((await request("POST", "/environment/webhooks/signing-keys/rotate", { body: { overlap_hours: 24 } })).status, 200);
  const { following } = await signingKeys();
  const during = await arrival();
  assert.equal((await request("POST", "/environment/webhooks/signing-keys/finish")).status, 200);
  const after = await arrival();

  for (const Verifier of [StandardWebhook, SvixWebhook]) {
    const accepted = [before, during, after].map((one) => [old, following].map((key) => accepts(Verifier, key, one)));
    assert.deepEqual(accepted, [[true, false], [true, true], [false, true]]);
    const tampered = { ...before, text: before.text.replace("creation", "deletion") };
    assert.equal(accepts(Verifier, old, tampered), false);
  }
  // Its header holds one signature: the present key's.
  assert.deepEqual([before, during, after].map((one) => [old, following].map((key) => nodeAccepts(key, one))), [[true, false], [true, false], [false, true]]);
});
