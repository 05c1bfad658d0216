// The page that ends a redirection tells who opened its window, and closes the window. Only that it ended is told:
// what it brought goes from server to server.

const channelName = "nango-oauth-callback";
const acknowledged = "nango_oauth_callback_ack";
const successClosesMs = 500;

const { origins, message } = JSON.parse(document.getElementById("told").textContent);
const trusted = new Set([window.location.origin, ...origins]);

// The address has carried a code: nothing of it stays in the window's history.
window.history.replaceState(null, "", window.location.pathname);

// To each origin by its name; the browser drops what is not for the page that it really is.
for (const origin of trusted) window.opener?.postMessage(message, origin);

const channel = "BroadcastChannel" in window ? new BroadcastChannel(channelName) : null;
channel?.postMessage(message);
channel?.addEventListener("message", (event) => { if (event.data?.type === acknowledged) window.close(); });

window.addEventListener("message", (event) => {
  if (event.source === window.opener && trusted.has(event.origin) && event.data?.type === acknowledged) window.close();
});

if (message.type === "nango_oauth_callback_success") window.setTimeout(() => window.close(), successClosesMs);

const button = document.getElementById("close");
button.hidden = false;
button.addEventListener("click", () => window.close());
