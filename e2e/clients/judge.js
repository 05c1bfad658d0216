// What the judgements share: the published clients as a product would make them, and words for refusals.
// Host and keys come in environment variables; nothing of the service's own code is used.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import http from "node:http";

import Frontend from "@nangohq/frontend";
import { Nango } from "@nangohq/node";

// A new connection for every request, so that a round-robin spreads them over all nodes.
http.globalAgent = new http.Agent({ keepAlive: false });

export const host = given("CLIENTS_HOST");
export const sandbox = given("CLIENTS_SANDBOX");
export const provider = "sage-intacct-cc";
export const username = given("CLIENTS_USERNAME");
export const holding = { clientId: given("CLIENTS_CLIENT_ID"), clientSecret: given("CLIENTS_CLIENT_SECRET") };

// Two runs on one database must not see each other's things.
export const named = (word) => `${word}-${randomUUID().slice(0, 8)}`;

export const nango = new Nango({ host, secretKey: given("CLIENTS_KEY") });
// Lists and reads, but no credentials and no changes.
export const reader = new Nango({ host: `${host}/`, apiKey: given("CLIENTS_READER_KEY") });
export const stranger = new Nango({ host, secretKey: "11111111-2222-4333-8444-555555555555" });

function given(name) {
  const value = process.env[name];
  assert.ok(value, `the environment variable ${name} is not set`);
  return value;
}

// An integration of this test's own that holds its client.
export async function integration(word = "intacct") {
  const uniqueKey = named(word);
  await nango.createIntegration({ provider, unique_key: uniqueKey, integration_config: holding });
  return uniqueKey;
}

// A connect session's token.
export async function sessionToken(uniqueKey, told = {}) {
  const session = { end_user: { id: named("user") }, allowed_integrations: [uniqueKey], ...told };
  return (await nango.createConnectSession(session)).data.token;
}

// The browser's client with this token; what it does without a window runs here as well.
export const browser = (connectSessionToken) => new Frontend({ host, connectSessionToken });

// A connection of this integration; its id.
export async function connected(uniqueKey, told = {}) {
  const frontend = browser(await sessionToken(uniqueKey, told));
  const made = await frontend.auth(uniqueKey, { credentials: { type: "TWO_STEP", username } });
  assert.equal(made.providerConfigKey, uniqueKey);
  return made.connectionId;
}

// The error object of a call that must be refused with this status and code.
export async function refused(call, status, code) {
  const answer = await call.then(
    (value) => assert.fail(`it was not refused: ${JSON.stringify(value?.data ?? value)}`),
    (error) => error.response ?? assert.fail(error),
  );
  const error = answer.data?.error;
  assert.deepEqual([answer.status, error?.code], [status, code], JSON.stringify(answer.data));
  assert.equal(typeof error.message, "string");
  return error;
}

// The items of a validation failure, by their paths.
export const paths = (error) => error.errors.map((item) => item.path.join("."));

// A request that no client makes any more, or that must be looked at closely.
export async function request(method, path, { body, headers = {}, key = process.env.CLIENTS_KEY } = {}) {
  const sent = { Authorization: `Bearer ${key}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(`${host}${path}`, {
    method,
    headers: sent,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, data: text ? JSON.parse(text) : null };
}

// The requests that the provider got at a path, from now on.
export async function providerLog(path) {
  const log = async () => {
    const answer = await fetch(`${sandbox}/_sandbox/requests?path=${encodeURIComponent(path)}`);
    return (await answer.json()).requests;
  };
  const before = (await log()).length;
  return async () => (await log()).slice(before);
}
