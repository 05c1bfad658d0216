// Calls to the API of the same origin. Every outcome is a value; nothing here throws for a network that is away.
//
//   { ok: true, data }                     the answer
//   { ok: false, status, error }           the server refused: error is its {code, message, errors?, diagnosis?}
//   { ok: false, lost: true }              no answer arrived, or it broke off
//
// The address is where the document came from: no parameter can change where typed data goes.

const base = new URL(document.documentElement.dataset.api, document.baseURI);
const patienceMs = 20000;
const submissionPatienceMs = 120000;

let token = null;

export function useToken(value) {
  token = value;
}

// Where a relative address of an answer leads.
export function address(path) {
  return new URL(path, base).href;
}

export function get(path) {
  return call(path, { method: "GET" }, patienceMs);
}

export function post(path, body) {
  return call(path, withBody(body), patienceMs);
}

// Sends a submission and reports the pipeline's phases as they begin: one JSON object a line.
export async function submit(body, onPhase) {
  let last = null;
  try {
    const response = await send("connect/submission", withBody(body), submissionPatienceMs);
    if (!response.ok) return await refusal(response);
    for await (const message of lines(response.body)) {
      if (message.phase) onPhase(message.phase);
      last = message;
    }
  } catch {
    return { ok: false, lost: true };
  }
  if (last?.connected) return { ok: true, data: last.connected };
  if (last?.error) return { ok: false, status: 400, error: last.error };
  return { ok: false, lost: true };
}

async function call(path, options, timeoutMs) {
  try {
    const response = await send(path, options, timeoutMs);
    if (!response.ok) return await refusal(response);
    return { ok: true, data: (await response.json()).data };
  } catch {
    return { ok: false, lost: true };
  }
}

function send(path, options, timeoutMs) {
  const headers = { Authorization: `Bearer ${token}`, ...options.headers };
  const signal = AbortSignal.timeout(timeoutMs);
  return fetch(new URL(path, base), { cache: "no-store", credentials: "omit", ...options, headers, signal });
}

function withBody(body) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

// A gateway in between may answer with something that is not ours; that is a fault without a code.
async function refusal(response) {
  const unknown = { code: `http_${response.status}`, message: "" };
  try {
    return { ok: false, status: response.status, error: (await response.json()).error ?? unknown };
  } catch {
    return { ok: false, status: response.status, error: unknown };
  }
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const complete = rest.split("\n");
    rest = complete.pop();
    for (const line of complete) if (line) yield JSON.parse(line);
    if (done) return;
  }
}
