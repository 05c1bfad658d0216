/*
 * Counterfoil embed: shows the Connect page over your own page, in a frame.
 *
 *   <script src="https://connect.example.com/embed.js"></script>
 *
 *   const outcome = await Counterfoil.open({
 *     sessionToken,          // the token of POST /connect/sessions, or a promise of it, or a function that gets one
 *     onEvent(event) {},     // optional: {type: "ready" | "connect" | "error" | "close", payload?}
 *     lang, theme,           // optional: "en" …; "light", "dark" or "system"
 *   });
 *   outcome.status           // "connected", with providerConfigKey and connectionId; or "closed"
 *
 *   Counterfoil.setSessionToken(token)   // a fresh token, for instance after an error event with errorType
 *                                        // "unknown_connect_session_token": what was typed stays
 *   Counterfoil.close()                  // closes the frame; an undecided promise ends as "closed"
 *
 * The promise rejects with an Error whose `code` is `not_embeddable` when the page may not be shown on this origin
 * (register it: counterfoil environments allow-origin) or does not answer, and with your own error when getting the token fails.
 * Opening while open returns the promise of the first call. The token goes to the Connect page's origin only, by
 * message; it is never part of an address.
 *
 * Your Content-Security-Policy needs the Connect page's origin in script-src and frame-src.
 */
(() => {
  "use strict";

  const page = new URL("connect/", document.currentScript.src);
  const patienceMs = 15000;
  let current = null;

  function open({ sessionToken, onEvent, lang, theme } = {}) {
    if (current) return current.outcome;
    const opened = { onEvent, ready: false, token: null, dialog: null, frame: null, before: document.documentElement.style.overflow };
    opened.outcome = new Promise((resolve, reject) => Object.assign(opened, { resolve, reject }));
    current = opened;
    window.addEventListener("message", listen);
    mount(opened, lang, theme);
    opened.timer = setTimeout(() => fail(opened, notEmbeddable()), patienceMs);
    resolveToken(sessionToken).then(
      (token) => { if (current === opened && opened.token === null) setSessionToken(token); },
      (error) => { if (current === opened) fail(opened, error); },
    );
    return opened.outcome;
  }

  async function resolveToken(given) {
    return typeof given === "function" ? given() : given;
  }

  function setSessionToken(token) {
    if (!current) return;
    current.token = token;
    if (current.ready && token) {
      current.frame.contentWindow.postMessage({ type: "session_token", sessionToken: token }, page.origin);
    }
  }

  function close() {
    if (!current) return;
    const closed = current;
    current = null;
    clearTimeout(closed.timer);
    window.removeEventListener("message", listen);
    closed.dialog.close();
    closed.dialog.remove();
    document.documentElement.style.overflow = closed.before;
    closed.resolve({ status: "closed" });
  }

  function fail(opened, error) {
    opened.reject(error);
    close();
  }

  // A modal dialog keeps focus inside and gives it back to where it was.
  function mount(opened, lang, theme) {
    const address = new URL(page);
    if (lang) address.searchParams.set("lang", lang);
    if (theme) address.searchParams.set("theme", theme);
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = "Connect";
    frame.allow = "clipboard-write";
    // The page must learn which origin shows it, whatever this document's own referrer policy says.
    frame.referrerPolicy = "origin";
    Object.assign(frame.style, { border: "0", display: "block", width: "100%", height: "100%", background: "transparent", colorScheme: "light" });
    const dialog = document.createElement("dialog");
    Object.assign(dialog.style, { position: "fixed", inset: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none", margin: "0", padding: "0", border: "0", background: "transparent", overflow: "hidden" });
    dialog.append(frame);
    // The page itself asks before it throws away what was typed; the dialog must not close around it.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    // Browsers let a second Escape through all the same.
    dialog.addEventListener("close", () => { if (current?.dialog === dialog) close(); });
    document.body.append(dialog);
    document.documentElement.style.overflow = "hidden";
    dialog.showModal();
    frame.focus();
    Object.assign(opened, { dialog, frame });
  }

  function listen(event) {
    if (!current || event.origin !== page.origin || event.source !== current.frame.contentWindow) return;
    const message = event.data;
    if (typeof message?.type !== "string") return;
    const { onEvent } = current;
    act(current, message);
    onEvent?.(message);
  }

  function act(opened, { type, payload }) {
    if (type === "ready") {
      clearTimeout(opened.timer);
      opened.ready = true;
      setSessionToken(opened.token);
    }
    if (type === "connect") opened.resolve({ status: "connected", ...payload });
    if (type === "close") close();
  }

  function notEmbeddable() {
    const message = `The Connect page did not answer. Is ${window.location.origin} registered to show it?`;
    return Object.assign(new Error(message), { code: "not_embeddable" });
  }

  window.Counterfoil = Object.freeze({ open, close, setSessionToken });
})();
