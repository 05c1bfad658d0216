// What came of a submission: the phases while it runs, the failure with its cause, the success.

import { text, textOr } from "./texts.js";
import { announce, copyButton, element, fill, part, show } from "./view.js";

export function drawProgress(container, integration) {
  const { root, slots } = part("part-progress");
  slots.title.textContent = text("phase.title", { integration });
  container.replaceChildren(root);
  root.focus({ preventScroll: true });
  const phase = (id) => {
    const words = textOr(`phase.${id}`, text("phase.other"), { integration });
    for (const earlier of slots.phases.children) earlier.dataset.state = "done";
    slots.phases.append(element("li", { words }));
    announce(words);
  };
  phase("start");
  return phase;
}

// A person is at the provider, in another window. Returns what to call once that window has left.
export function drawWaiting(container, integration, onFocus) {
  const { root, slots } = part("part-progress");
  slots.title.textContent = text("away.title", { integration });
  slots.phases.append(element("li", { words: text("away.opening") }));
  container.replaceChildren(root);
  root.focus({ preventScroll: true });
  return () => {
    const words = text("away.signing-in");
    for (const earlier of slots.phases.children) earlier.dataset.state = "done";
    slots.phases.append(element("li", { words }));
    const focus = element("button", { type: "button", className: "secondary", words: text("away.focus") });
    focus.addEventListener("click", onFocus);
    root.append(focus);
    announce(words);
  };
}

// A failure: which step, what happened, what to do, who can do it, and the values to copy.
export function drawFailure(container, error, guide) {
  const { root, slots } = part("part-failure");
  const cause = error.diagnosis;
  slots.title.textContent = text("failure.title");
  slots.sentence.textContent = sentence(error, guide);
  if (cause) facts(slots.facts, cause, guide);
  const step = cause?.step;
  if (step && guide.path) {
    fill(slots["open-step"], text("failure.open-step", { number: step.number }));
    slots["open-step"].addEventListener("click", () => guide.open(step.number));
  }
  guide.attend?.(step?.number);
  const code = cause?.code ?? error.code;
  slots.fine.append(`${text("failure.kept")} ${text("failure.code", { code })} `, copyButton(code, code));
  container.replaceChildren(root);
  root.querySelector("h2").focus({ preventScroll: true });
  root.scrollIntoView({ block: "nearest" });
}

export function drawProblem(container, title, words, action, onAction) {
  const { root, slots } = part("part-failure");
  slots.title.textContent = title;
  slots.sentence.textContent = words;
  slots.facts.remove();
  fill(slots["open-step"], action ?? "");
  if (onAction) slots["open-step"].addEventListener("click", onAction);
  container.replaceChildren(root);
  root.querySelector("h2").focus({ preventScroll: true });
  root.scrollIntoView({ block: "nearest" });
}

// `words` says what is known: that typed credentials worked, that a person allowed it, or only that it is connected.
export function showSuccess(words, again, onFinish) {
  const { root, slots } = part("view-success");
  slots.title.textContent = text(again ? "success.title-again" : "success.title");
  slots.text.textContent = words;
  slots["close-tab"].hidden = Boolean(onFinish);
  slots.finish.hidden = !onFinish;
  if (onFinish) slots.finish.addEventListener("click", onFinish);
  show(root);
}

function sentence(error, { provider }) {
  const cause = error.diagnosis;
  if (cause) return textOr(causeIds(cause, provider, "sentence"), cause.sentence, cause.details ?? {});
  return error.message || text("fault.text");
}

// A provider may have words of its own for what others have too.
function causeIds({ code }, provider, what) {
  return [`cause.${provider}.${code}.${what}`, `cause.${code}.${what}`];
}

function facts(list, cause, guide) {
  const add = (id, ...content) => list.append(element("div", {}, element("dt", { words: text(id) }), element("dd", {}, ...content)));
  if (cause.remedy) add("failure.what-to-do", textOr(causeIds(cause, guide.provider, "remedy"), cause.remedy, cause.details ?? {}));
  add("failure.who", textOr(`who.${cause.who}`, cause.who));
  if (cause.step) add("failure.where", ...place(cause.step, guide));
  const values = Object.entries(cause.details ?? {});
  if (values.length) add("failure.values", element("dl", { className: "values" }, ...values.flatMap(copyable)));
}

function place(step, guide) {
  const words = [element("span", { words: text("failure.step", { number: step.number, title: stepTitle(step, guide) }) })];
  const path = guide.path?.(step.number);
  if (path) words.push(element("span", { className: "path" }, element("span", { className: "path-text", words: path }), copyButton(path, text("copy.path"))));
  return words;
}

// The guide's own words for the step, which are in the page's language.
function stepTitle({ number, title }, { provider }) {
  return textOr(`guide.${provider}.${number}.title`, title);
}

function copyable([name, value]) {
  const label = textOr(`detail.${name}`, name);
  return [element("dt", { words: label }), element("dd", {}, element("code", { words: value }), copyButton(value, label))];
}
