// The window around the page: the site that shows it in a frame, or nobody.
// Messages go to one named origin and are believed from that origin and that window only.

const framed = window.parent !== window;
// A sandboxed page has no origin of its own: nobody could tell that what is typed goes to this service.
const origin = framed && window.origin !== "null" ? embedder() : null;

export const host = { framed, origin, tell, onToken };

// Chromium and WebKit name the embedding origins; elsewhere the referrer of the frame's first document does.
function embedder() {
  const ancestors = window.location.ancestorOrigins;
  if (ancestors?.length) return usable(ancestors[0]);
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
  if (origin) window.parent.postMessage(message, origin);
}

function onToken(take) {
  if (!origin) return;
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== origin) return;
    const { type, sessionToken } = event.data ?? {};
    if (type === "session_token" && typeof sessionToken === "string" && sessionToken) take(sessionToken);
  });
}
