// The Connect page: from a token to a connection. The life of the page, top to bottom:
// a token arrives, the session and its integrations are read, a form is drawn, it is submitted, an outcome is shown.

import { onNewFragment, refuseTokenInQuery, tokenFromFragment } from "./address.js";
import * as api from "./api.js";
import { openWindow, sendAway } from "./away.js";
import { drawForm } from "./form.js";
import { drawGuide } from "./guide.js";
import { host } from "./host.js";
import { drawFailure, drawProblem, drawProgress, drawWaiting, showSuccess } from "./outcome.js";
import { text } from "./texts.js";
import { element, fill, part, show, showMessage } from "./view.js";

const tokenPatienceMs = 10000;

let session = null;
let integrations = [];
let form = null;            // the form on show, if any
let sending = false;
let connected = false;
let tokenTaken = false;

begin();

function begin() {
  if (host.framed) dressAsDialog();
  if (refuseTokenInQuery()) return showMessage({ title: text("query-token.title"), words: text("query-token.text") });

  const found = tokenFromFragment();
  onNewFragment(take);
  host.onToken(take);
  host.tell({ type: "ready" });
  if (found) return take(found);
  if (host.isRefused) return originRefused();
  if (!host.isAround) return missingToken();
  if (!host.origin) return originRefused();
  window.setTimeout(() => { if (!tokenTaken) missingToken(); }, tokenPatienceMs);
}

// A first token opens the page; a later one, in place of an expired one, keeps the form and what was typed.
function take(token) {
  tokenTaken = true;
  api.useToken(token);
  if (form) form.renewed();
  else open();
}

async function open() {
  const [sessionAnswer, integrationsAnswer] = await Promise.all([api.get("connect/session"), api.get("connect/integrations")]);
  const refused = [sessionAnswer, integrationsAnswer].find((answer) => !answer.ok);
  if (refused) return cantOpen(refused);
  session = sessionAnswer.data;
  integrations = integrationsAnswer.data;
  if (host.isAround && !session.allowed_origins.includes(host.origin)) return originRefused();
  if (!integrations.length) return showMessage({ title: text("none.title"), words: text("none.text") });
  if (integrations.length === 1) return openForm(integrations[0]);
  showList();
}

function missingToken() {
  showMessage({ icon: "i-link", title: text("missing-token.title"), words: text(host.isAround ? "missing-token.frame" : "missing-token.text") });
}

function originRefused() {
  const words = host.origin ? text("origin.text", { origin: host.origin }) : text("origin.unknown");
  showMessage({ title: text("origin.title"), words });
}

function cantOpen(answer) {
  if (answer.lost) return showMessage({ title: text("lost.title"), words: text("lost.text"), action: text("lost.retry"), onAction: open });
  host.tell({ type: "error", payload: { errorType: answer.error.code, errorMessage: answer.error.message ?? "" } });
  if (answer.status === 401) return showMessage({ icon: "i-link", title: text("expired.title"), words: text(host.isAround ? "expired.text-frame" : "expired.text") });
  showMessage({ title: text("fault.title"), words: text("fault.text"), code: answer.error.code, action: text("lost.retry"), onAction: open });
}

function showList() {
  form = null;
  const { root, slots } = part("view-list");
  for (const integration of integrations) {
    const { root: item, slots: inner } = part("part-integration");
    inner.monogram.textContent = monogram(integration.display_name);
    inner.name.textContent = integration.display_name;
    item.querySelector("button").addEventListener("click", () => openForm(integration));
    slots.list.append(item);
  }
  document.title = text("page.title");
  show(root);
}

function openForm(integration) {
  const { root, slots } = part("view-form");
  const again = Boolean(session.isReconnecting);
  const name = integration.display_name;
  const attempt = attemptId();
  head(slots, name, again);
  trust(slots, integration);
  if (integration.redirects) slots.lead.textContent = text("away.lead", { integration: name });
  const docsUrl = session.overrides?.[integration.unique_key]?.docs_connect || integration.docs_url;
  const guide = drawGuide(slots, integration, docsUrl);
  const drawn = drawForm(slots.fields, integration.fields, {
    provider: integration.provider,
    onWhere: (step) => guide.open(step),
    read: (field, words) => read(integration, field, words),
  });
  const context = { slots, integration, attempt, drawn, guide, again };
  slots.form.addEventListener("submit", (event) => { event.preventDefault(); (integration.redirects ? away : send)(context); });
  slots.submit.textContent = submitWords(context);
  form = { typed: drawn.typed, renewed: () => slots.outcome.replaceChildren() };
  show(root);
}

function head(slots, name, again) {
  slots.monogram.textContent = monogram(name);
  slots.title.textContent = text(again ? "form.title-again" : "form.title", { integration: name });
  slots.lead.textContent = text(again ? "form.lead-again" : "form.lead");
  fill(slots.for, endUser() ? text("form.for", { name: endUser() }) : "");
  slots.back.hidden = integrations.length < 2;
  slots.back.addEventListener("click", showList);
  document.title = text("page.title-for", { integration: name });
}

function endUser() {
  const user = session.endUser;
  if (!user) return "";
  return [user.display_name || user.email, user.organization?.display_name].filter(Boolean).join(", ");
}

function monogram(name) {
  return name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();
}

function trust(slots, { display_name: integration, redirects }) {
  const values = { host: window.location.host, integration };
  const ids = redirects ? ["away", "away-sealed", "away-use", "away-stop"] : [transport(), "sealed", "use", "never", "stop"];
  slots["trust-summary"].textContent = text(redirects ? "trust.away-summary" : "trust.summary");
  slots.trust.replaceChildren(...ids.map((id) => element("li", { words: text(`trust.${id}`, values) })));
}

function transport() {
  if (window.location.protocol === "https:") return "encrypted";
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(window.location.hostname) ? "loopback" : "unencrypted";
}

async function read(integration, field, words) {
  const answer = await api.post("connect/username-reading", { integration: integration.unique_key, field, text: words });
  return answer.ok ? answer.data : null;
}

// One submission at a time. The attempt's id stays the same until it succeeds, so that trying again after a broken
// network renews the connection which the first try may have made.
async function send(context) {
  if (sending) return;
  const { slots, integration, attempt, drawn, guide } = context;
  slots.outcome.replaceChildren();
  if (!drawn.check()) return;
  hold(slots, true, context);
  const onPhase = drawProgress(slots.progress, integration.display_name);
  const answer = await api.submit({ integration: integration.unique_key, attempt, values: drawn.values() }, onPhase);
  hold(slots, false, context);
  slots.progress.replaceChildren();
  if (answer.ok) return succeed(integration, answer.data, context.again);
  fail(answer, context, guide);
}

// At the provider: the window must be opened before anything else is waited for.
async function away(context) {
  if (sending) return;
  const { slots, integration, drawn, guide } = context;
  slots.outcome.replaceChildren();
  if (!drawn.check()) return;
  const again = () => away(context);
  const opened = openWindow();
  if (!opened) return drawProblem(slots.outcome, text("away.blocked-title"), text("away.blocked"), text("lost.retry"), again);
  hold(slots, true, context);
  const turn = {};
  context.turn = turn;
  const isCurrent = () => context.turn === turn;
  const onLeft = drawWaiting(slots.progress, integration.display_name, () => opened.focus());
  const onClosed = () => {
    if (!sending || !isCurrent()) return;
    hold(slots, false, context);
    slots.progress.replaceChildren();
    drawProblem(slots.outcome, text("away.closed-title"), text("away.closed", { integration: integration.display_name }), text("away.again"), again);
  };
  const answer = await sendAway(opened, { integration: integration.unique_key, values: drawn.values() }, { onLeft, onClosed });
  // An outcome of a window that was given up for another counts only if it is the connection.
  if (!answer.ok && !isCurrent()) return;
  if (connected) return;
  hold(slots, false, context);
  slots.progress.replaceChildren();
  if (answer.ok) return succeed(integration, answer.data, context.again);
  if (answer.late) return drawProblem(slots.outcome, text("away.late-title"), text("away.late"), text("away.again"), again);
  if (answer.lost) return drawProblem(slots.outcome, text("lost.title"), text("lost.text"), text("lost.retry"), again);
  fail(answer, context, guide);
}

function submitWords({ integration, again }) {
  if (integration.redirects) return text("away.submit", { integration: integration.display_name });
  return text(again ? "form.submit-again" : "form.submit");
}

function hold(slots, on, context) {
  sending = on;
  slots.fields.inert = on;
  slots.submit.setAttribute("aria-disabled", String(on));
  slots.submit.setAttribute("aria-busy", String(on));
  slots.submit.textContent = on ? text("form.sending") : submitWords(context);
}

function succeed(integration, { providerConfigKey, connectionId }, again) {
  connected = true;
  form = null;
  host.tell({ type: "connect", payload: { providerConfigKey, connectionId, isPending: false } });
  showSuccess(integration.display_name, again, host.isAround ? close : null);
}

function fail(answer, { slots, drawn, ...context }, guide) {
  if (answer.lost) return drawProblem(slots.outcome, text("lost.title"), text("lost.while-sending"), text("lost.retry"), () => send({ slots, drawn, guide, ...context }));
  const { error } = answer;
  host.tell({ type: "error", payload: { errorType: error.code, errorMessage: error.message ?? "" } });
  if (answer.status === 401) return drawProblem(slots.outcome, text("expired.title"), text(host.isAround ? "expired.keep-frame" : "expired.keep"));
  // Explained once, above the form; the fields only show where to look.
  const placed = drawn.mark(error.errors ?? [], error.diagnosis && text("form.see-above"));
  if (placed && !error.diagnosis) return drawn.focusProblem();
  drawFailure(slots.outcome, error, guide);
}

// 128 random bits. The server derives from it, and from the session, the identity of what one form makes.
function attemptId() {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// In a frame the page is a dialog over the embedding site: it can be closed, by button, key or a click beside it.
function dressAsDialog() {
  const stage = document.getElementById("stage");
  const closer = document.getElementById("close");
  document.documentElement.dataset.framed = "";
  closer.hidden = false;
  closer.addEventListener("click", close);
  stage.addEventListener("pointerdown", (event) => { if (event.target === stage) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.getElementById("discard").open) return;
    // Else the same key would at once close the question that it asks for.
    event.preventDefault();
    close();
  });
  document.getElementById("discard").addEventListener("click", (event) => answerDiscard(event.target.dataset.answer));
}

function close() {
  const discard = document.getElementById("discard");
  if (sending || (form?.typed() && !connected)) return discard.showModal();
  host.leave();
}

function answerDiscard(answer) {
  if (!answer) return;
  document.getElementById("discard").close();
  if (answer === "close") host.leave();
}
