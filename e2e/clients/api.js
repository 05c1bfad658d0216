// The other side of the wire: an API on loopback, with as many ways to authorize as there are modes.

import http from "node:http";

export const key = "an-api-key";
export const user = { username: "ada", password: "p:äss" };
export const client = { client_id: "a-client", client_secret: "a-client-secret" };
// What a parser of numbers would round.
export const exact = '{"total": 12345678901234567890, "rate": 0.10}';

const basic = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}`;
const tokens = new Set();

// Starts it; gives its address. It does not keep the process alive.
export async function serve() {
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => answer(request, body, response));
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}

const failures = new Map();

const routes = {
  "/key": (request) => guarded(request.headers["x-api-key"] === key),
  "/basic": (request) => guarded(request.headers.authorization === basic),
  "/bearer": (request) => guarded(tokens.has(request.headers.authorization)),
  "/token": (_request, body) => token(new URLSearchParams(body)),
  "/echo": (request, body) => [201, { method: request.method, url: request.url, headers: request.headers, body }],
  "/exact": () => [200, exact],
  "/empty": () => [204, ""],
  "/broken": () => [500, { fault: "of the provider" }],
  "/flaky": (request) => flaky(new URL(request.url, "http://x").searchParams.get("name")),
  "/elsewhere": () => [302, "", { Location: "http://169.254.169.254/latest" }],
  "/file": () => [200, "one line\n".repeat(5000), { "Content-Type": "text/csv", "Content-Disposition": "attachment" }],
  "/headers": () => [200, {}, { "X-Custom": "kept", "Access-Control-Allow-Origin": "https://a.example", "Set-Cookie": "a=1" }],
};

function answer(request, body, response) {
  const route = routes[new URL(request.url, "http://x").pathname] ?? (() => [404, { fault: "no such path" }]);
  const [status, content, headers = {}] = route(request, body);
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(typeof content === "string" ? content : JSON.stringify(content));
}

function guarded(allowed) {
  return allowed ? [200, { welcome: true }] : [401, { fault: "not you" }];
}

function token(form) {
  if (form.get("client_id") !== client.client_id || form.get("client_secret") !== client.client_secret) {
    return [401, { error: "invalid_client" }];
  }
  const issued = `token-${tokens.size + 1}`;
  tokens.add(`Bearer ${issued}`);
  return [200, { access_token: issued, token_type: "bearer", expires_in: 3600 }];
}

// Fails twice for each name, then succeeds.
function flaky(name) {
  const count = failures.get(name) ?? 0;
  failures.set(name, count + 1);
  return count < 2 ? [503, { fault: "not yet" }] : [200, { attempts: count + 1 }];
}
