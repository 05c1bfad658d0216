// Who is around the page: the site that shows it in a frame, the site that opened a window for it, or nobody.
// Messages go to one named origin and are believed from that origin and that window only.

const framed = window.parent !== window;
// The server says so, of a window whose opener's site is registered; in every other the browser parts the two.
const { window: kind } = document.documentElement.dataset;
const opened = !framed && kind === "opened" && Boolean(window.opener);
const around = framed ? window.parent : opened ? window.opener : null;
// A sandboxed page has no origin of its own: nobody could tell that what is typed goes to this service.
const origin = window.origin === "null" ? null : framed ? embedder() : kind ? referrer() : null;

export const host = { framed, opened, isRefused: !framed && kind === "refused", isAround: around !== null, origin, tell, leave, onToken };

// Chromium and WebKit name the embedding origins; elsewhere the referrer of the frame's first document does.
function embedder() {
  const ancestors = window.location.ancestorOrigins;
  return ancestors?.length ? usable(ancestors[0]) : referrer();
}

function referrer() {
  try {
    return usable(new URL(document.referrer).origin);
  } catch {
    return null;
  }
}

// A sandboxed frame has the opaque origin "null", to which nothing can be addressed.
function usable(name) {
  return name === "null" ? null : name;
}

function tell(message) {
  if (around && origin) around.postMessage(message, origin);
}

// The site takes the frame away; a window goes by itself, in case that the site has gone before.
function leave() {
  tell({ type: "close" });
  if (opened) window.close();
}

function onToken(take) {
  if (!around || !origin) return;
  window.addEventListener("message", (event) => {
    if (event.source !== around || event.origin !== origin) return;
    const { type, sessionToken } = event.data ?? {};
    if (type === "session_token" && typeof sessionToken === "string" && sessionToken) take(sessionToken);
  });
}
