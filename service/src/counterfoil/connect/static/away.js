// Signing in at the provider, in a window of its own. The window is opened in the click itself, or the browser blocks
// it; where it goes and what came of it is asked of the server, which both windows know. So it works whether or not
// they can reach one another: a provider's page may part them.

import * as api from "./api.js";

const features = "popup,width=520,height=680";
const channelName = "nango-oauth-callback";
const acknowledged = "nango_oauth_callback_ack";
const askEveryMs = 1500;
const closedPatienceMs = 2500;
const patienceMs = 11 * 60 * 1000;

export function openWindow() {
  return window.open("about:blank", "_blank", features);
}

// The outcome: { ok, data } or { ok: false, error } as of a submission, or { ok: false, late: true }.
export async function sendAway(opened, body, { onLeft, onClosed }) {
  const planned = await api.post("connect/redirection", body);
  if (!planned.ok) {
    opened.close();
    return planned;
  }
  opened.location.replace(api.address(planned.data.open));
  onLeft();
  return outcomeOf(planned.data.watch, opened, onClosed);
}

async function outcomeOf(watch, opened, onClosed) {
  const ends = Date.now() + patienceMs;
  const bell = listen();
  let closedSince = null;
  try {
    while (Date.now() < ends) {
      const answer = await api.post("connect/redirection/outcome", { watch });
      if (answer.ok && answer.data) return ended(answer.data);
      if (!answer.ok && !answer.lost) return answer;
      closedSince = opened.closed ? closedSince ?? Date.now() : null;
      // The window's last word may still be on its way when it is gone.
      if (closedSince && Date.now() - closedSince > closedPatienceMs) onClosed();
      await bell.rings(askEveryMs);
    }
  } finally {
    bell.stop();
  }
  return { ok: false, late: true };
}

function ended(told) {
  if (told.message_type === "success") return { ok: true, data: { providerConfigKey: told.provider_config_key, connectionId: told.connection_id } };
  return { ok: false, status: 400, error: { code: told.error_type, message: told.error_desc, diagnosis: told.diagnosis } };
}

// The window says that it is back, by whichever way is open; then there is no need to wait to ask.
function listen() {
  let ring = () => {};
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(channelName) : null;
  const heard = (event) => {
    if (event.origin !== window.location.origin || !String(event.data?.type).startsWith("nango_oauth_callback_")) return;
    if (event.data.type === acknowledged) return;
    event.source?.postMessage({ type: acknowledged }, window.location.origin);
    ring();
  };
  window.addEventListener("message", heard);
  channel?.addEventListener("message", heard);
  return {
    rings: (afterMs) => new Promise((resolve) => {
      const timer = window.setTimeout(resolve, afterMs);
      ring = () => { window.clearTimeout(timer); resolve(); };
    }),
    stop: () => { window.removeEventListener("message", heard); channel?.close(); },
  };
}
