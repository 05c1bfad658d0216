// The Connect page: from a token to a connection. The life of the page, top to bottom:
// a token arrives, the session and its integrations are read, a form is drawn, it is submitted, an outcome is shown.

import { onNewFragment, refuseTokenInQuery, tokenFromFragment } from "./address.js";
import * as api from "./api.js";
import { openWindow, sendAway } from "./away.js";
import { drawForm } from "./form.js";
import { drawGuide } from "./guide.js";
import { host } from "./host.js";
import { holdLanguage, offerLanguages } from "./language.js";
import { drawFailure, drawProblem, drawProgress, drawWaiting, showSuccess } from "./outcome.js";
import { text } from "./texts.js";
import { announce, element, fill, part, show, showMessage } from "./view.js";

const tokenPatienceMs = 10000;

let session = null;
let integrations = [];
let form = null;            // the form on show, if any
let sending = false;
let connected = false;
let tokenTaken = false;
let drawAgain = () => {};   // what is on show, for another language

begin();

function begin() {
  if (host.framed) dressAsDialog();
  offerLanguages(() => { announce(""); drawAgain(); });
  if (refuseTokenInQuery()) return message(() => ({ title: text("query-token.title"), words: text("query-token.text") }));

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
  if (!integrations.length) return message(() => ({ title: text("none.title"), words: text("none.text") }));
  if (integrations.length === 1) return openForm(integrations[0]);
  showList();
}

function message(written) {
  drawAgain = () => showMessage(written());
  drawAgain();
}

function missingToken() {
  message(() => ({ icon: "i-link", title: text("missing-token.title"), words: text(host.isAround ? "missing-token.frame" : "missing-token.text") }));
}

function originRefused() {
  message(() => ({ title: text("origin.title"), words: host.origin ? text("origin.text", { origin: host.origin }) : text("origin.unknown") }));
}

function cantOpen(answer) {
  if (answer.lost) return message(() => ({ title: text("lost.title"), words: text("lost.text"), action: text("lost.retry"), onAction: open }));
  host.tell({ type: "error", payload: { errorType: answer.error.code, errorMessage: answer.error.message ?? "" } });
  if (answer.status === 401) return message(() => ({ icon: "i-link", title: text("expired.title"), words: text(host.isAround ? "expired.text-frame" : "expired.text") }));
  message(() => ({ title: text("fault.title"), words: text("fault.text"), code: answer.error.code, action: text("lost.retry"), onAction: open }));
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
  drawAgain = showList;
  show(root);
}

// The context of a form: its integration, what came of the last attempt, and what is drawn of it just now.
function openForm(integration) {
  const again = Boolean(session.isReconnecting);
  const context = { integration, again, attempt: attemptId(), outcome: null, slots: null, drawn: null, guide: null };
  drawAgain = () => drawOpenForm(context);
  drawAgain();
}

// Draws the form; in another language again, and then as it was.
function drawOpenForm(context) {
  const { integration, again } = context;
  const before = context.drawn && { form: context.drawn.kept(), guide: context.guide.kept() };
  const { root, slots } = part("view-form");
  head(slots, integration.display_name, again);
  trust(slots, integration);
  if (integration.redirects) slots.lead.textContent = text("away.lead", { integration: integration.display_name });
  const docsUrl = session.overrides?.[integration.unique_key]?.docs_connect || integration.docs_url;
  const guide = drawGuide(slots, integration, docsUrl);
  const drawn = drawForm(slots.fields, integration.fields, {
    provider: integration.provider,
    onWhere: (step) => guide.open(step),
    read: (field, words) => read(integration, field, words),
  });
  Object.assign(context, { slots, drawn, guide });
  slots.form.addEventListener("submit", (event) => { event.preventDefault(); (integration.redirects ? away : send)(context); });
  slots.submit.textContent = submitWords(context);
  form = { typed: drawn.typed, renewed: () => noOutcome(context) };
  show(root);
  if (!before) return;
  drawn.restore(before.form);
  guide.restore(before.guide);
  context.outcome?.();
}

function noOutcome(context) {
  context.outcome = null;
  context.slots.outcome.replaceChildren();
}

function outcome(context, draw) {
  context.outcome = draw;
  draw();
}

// `told` gives title, words and action, in the language of the moment.
function problem(context, told, onAction) {
  outcome(context, () => {
    const { title, words, action } = told();
    drawProblem(context.slots.outcome, title, words, action, onAction);
  });
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
  const { integration, attempt, drawn } = context;
  noOutcome(context);
  if (!drawn.check()) return;
  hold(context, true);
  const onPhase = drawProgress(context.slots.progress, integration.display_name);
  const values = drawn.values();
  const answer = await api.submit({ integration: integration.unique_key, attempt, values }, onPhase);
  hold(context, false);
  if (answer.ok) return succeed(context, answer.data, Object.keys(values).length ? "success.text" : "success.text-plain");
  if (answer.lost) return problem(context, () => ({ title: text("lost.title"), words: text("lost.while-sending"), action: text("lost.retry") }), () => send(context));
  fail(context, answer);
}

// At the provider: the window must be opened before anything else is waited for.
async function away(context) {
  if (sending) return;
  const { integration, drawn } = context;
  const name = { integration: integration.display_name };
  noOutcome(context);
  if (!drawn.check()) return;
  const again = () => away(context);
  const opened = openWindow();
  if (!opened) return problem(context, () => ({ title: text("away.blocked-title"), words: text("away.blocked"), action: text("lost.retry") }), again);
  hold(context, true);
  const turn = {};
  context.turn = turn;
  const isCurrent = () => context.turn === turn;
  const onLeft = drawWaiting(context.slots.progress, integration.display_name, () => opened.focus());
  const onClosed = () => {
    if (!sending || !isCurrent()) return;
    hold(context, false);
    problem(context, () => ({ title: text("away.closed-title"), words: text("away.closed", name), action: text("away.again") }), again);
  };
  const answer = await sendAway(opened, { integration: integration.unique_key, values: drawn.values() }, { onLeft, onClosed });
  // An outcome of a window that was given up for another counts only if it is the connection.
  if (!answer.ok && !isCurrent()) return;
  if (connected) return;
  hold(context, false);
  if (answer.ok) return succeed(context, answer.data, "popup.connected");
  if (answer.late) return problem(context, () => ({ title: text("away.late-title"), words: text("away.late"), action: text("away.again") }), again);
  if (answer.lost) return problem(context, () => ({ title: text("lost.title"), words: text("lost.text"), action: text("lost.retry") }), again);
  fail(context, answer);
}

function submitWords({ integration, again }) {
  if (integration.redirects) return text("away.submit", { integration: integration.display_name });
  return text(again ? "form.submit-again" : "form.submit");
}

function hold(context, on) {
  const { slots } = context;
  sending = on;
  holdLanguage(on);
  slots.fields.inert = on;
  slots.submit.setAttribute("aria-disabled", String(on));
  slots.submit.setAttribute("aria-busy", String(on));
  slots.submit.textContent = on ? text("form.sending") : submitWords(context);
  if (!on) slots.progress.replaceChildren();
}

function succeed({ integration, again }, { providerConfigKey, connectionId }, words) {
  connected = true;
  form = null;
  host.tell({ type: "connect", payload: { providerConfigKey, connectionId, isPending: false } });
  drawAgain = () => showSuccess(text(words, { integration: integration.display_name }), again, host.isAround ? close : null);
  drawAgain();
}

function fail(context, { status, error }) {
  host.tell({ type: "error", payload: { errorType: error.code, errorMessage: error.message ?? "" } });
  if (status === 401) return problem(context, () => ({ title: text("expired.title"), words: text(host.isAround ? "expired.keep-frame" : "expired.keep") }));
  outcome(context, () => {
    const { slots, drawn, guide } = context;
    // Explained once, above the form; the fields only show where to look.
    const placed = drawn.mark(error.errors ?? [], error.diagnosis && text("form.see-above"));
    if (placed && !error.diagnosis) return drawn.focusProblem();
    drawFailure(slots.outcome, error, guide);
  });
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
