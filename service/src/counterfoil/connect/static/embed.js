/*
 * Counterfoil embed: shows the Connect page over your own page in a frame, or in a window of its own.
 *
 *   <script src="https://connect.example.com/embed.js"></script>
 *
 *   const outcome = await Counterfoil.open({
 *     sessionToken,          // the token of POST /connect/sessions, or a promise of it, or a function that gets one
 *     onEvent(event) {},     // optional: {type: "ready" | "connect" | "error" | "close", payload?}
 *     lang, theme,           // optional: "en" …; "light", "dark" or "system"
 *     mode,                  // optional: "popup" for a window at once; else a frame, and a window where none can be shown
 *   });
 *   outcome.status           // "connected", with providerConfigKey and connectionId; or "closed"
 *
 *   Counterfoil.setSessionToken(token)   // a fresh token, for instance after an error event with errorType
 *                                        // "unknown_connect_session_token": what was typed stays
 *   Counterfoil.close()                  // closes frame or window; an undecided promise ends as "closed"
 *
 * Call it in a click: browsers let a window open for a person who has just acted, and else block it.
 *
 * The promise rejects with an Error whose `code` is `not_embeddable` when the page may not be shown on this origin
 * (register it: counterfoil environments allow-origin) or does not answer, `popup_blocked` when the browser blocked the
 * window, and with your own error when getting the token fails. Opening while open returns the promise of the first call.
 * The token goes to the Connect page's origin only, by message; it is never part of an address.
 *
 * Your Content-Security-Policy needs the Connect page's origin in script-src, and in frame-src for the frame. The window
 * needs a Cross-Origin-Opener-Policy other than same-origin: none, or same-origin-allow-popups.
 */
(() => {
  "use strict";

  const page = new URL("connect/", document.currentScript.src);
  const patienceMs = 15000;
  // The page says that it is ready before its frame has loaded: silence for longer than this means that another is there.
  const silenceMs = 1500;
  const lookEveryMs = 400;
  let current = null;

  function open({ sessionToken, onEvent, lang, theme, mode } = {}) {
    if (current) {
      current.popup?.focus();
      return current.outcome;
    }
    const opened = { onEvent, lang, theme, ready: false, token: null, target: null, undo: [] };
    opened.outcome = new Promise((resolve, reject) => Object.assign(opened, { resolve, reject }));
    current = opened;
    listenTo(opened, window, "message", listen);
    (mode === "popup" ? openWindow : openFrame)(opened);
    if (current !== opened) return opened.outcome;
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
    if (current.ready && token) current.target.postMessage({ type: "session_token", sessionToken: token }, page.origin);
  }

  function close() {
    if (!current) return;
    const closed = current;
    current = null;
    putAway(closed);
    closed.resolve({ status: "closed" });
  }

  function fail(opened, error) {
    opened.reject(error);
    close();
  }

  function putAway(opened) {
    for (const step of opened.undo.splice(0)) step();
  }

  function listenTo(opened, target, type, act) {
    target.addEventListener(type, act);
    opened.undo.push(() => target.removeEventListener(type, act));
  }

  function awaitReady(opened) {
    opened.timer = setTimeout(() => fail(opened, notEmbeddable()), patienceMs);
    opened.undo.push(() => clearTimeout(opened.timer));
  }

  // A modal dialog keeps focus inside and gives it back to where it was.
  function openFrame(opened) {
    const frame = document.createElement("iframe");
    frame.src = addressOf(opened);
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
    listenTo(opened, dialog, "close", () => { if (current === opened) close(); });
    const before = document.documentElement.style.overflow;
    opened.undo.push(() => {
      dialog.close();
      dialog.remove();
      document.documentElement.style.overflow = before;
    });
    const instead = () => { if (current === opened && !opened.ready && dialog.isConnected) openWindowInstead(opened); };
    listenTo(opened, document, "securitypolicyviolation", ({ disposition, effectiveDirective, blockedURI }) => {
      if (disposition === "enforce" && effectiveDirective === "frame-src" && blockedURI.startsWith(page.origin)) instead();
    });
    frame.addEventListener("load", () => setTimeout(instead, silenceMs));
    document.body.append(dialog);
    document.documentElement.style.overflow = "hidden";
    dialog.showModal();
    frame.focus();
    opened.target = frame.contentWindow;
    awaitReady(opened);
  }

  function openWindowInstead(opened) {
    putAway(opened);
    listenTo(opened, window, "message", listen);
    openWindow(opened);
  }

  // Opened empty and then sent on by a link: only a link can say that the page is to learn which origin opened it,
  // whatever this document's own referrer policy says. Nobody else can guess the name.
  function openWindow(opened) {
    const name = `counterfoil-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
    const popup = window.open("about:blank", name, "popup,width=760,height=820");
    if (!popup) return fail(opened, problem("popup_blocked", "The browser blocked the window. Open it in a click, or ask for pop-up windows to be allowed."));
    Object.assign(opened, { popup, target: popup });
    opened.undo.push(() => popup.close());
    const href = addressOf(opened);
    href.searchParams.set("window", "popup");
    Object.assign(document.createElement("a"), { href, target: name, rel: "opener", referrerPolicy: "origin" }).click();
    const watch = setInterval(() => { if (popup.closed) gone(opened); }, lookEveryMs);
    opened.undo.push(() => clearInterval(watch));
    awaitReady(opened);
  }

  // Closed by the person; or the browser has parted the two, since this origin may not talk to the page.
  function gone(opened) {
    if (!opened.ready) return fail(opened, notEmbeddable());
    close();
    opened.onEvent?.({ type: "close" });
  }

  function addressOf({ lang, theme }) {
    const address = new URL(page);
    if (lang) address.searchParams.set("lang", lang);
    if (theme) address.searchParams.set("theme", theme);
    return address;
  }

  function listen(event) {
    if (!current || event.origin !== page.origin || event.source !== current.target) return;
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
    return problem("not_embeddable", `The Connect page did not answer. Is ${window.location.origin} registered to show it?`);
  }

  function problem(code, message) {
    return Object.assign(new Error(message), { code });
  }

  window.Counterfoil = Object.freeze({ open, close, setSessionToken });
})();
