// The guide beside the form: its steps, the values the administrator will need in them, the step that matters now.

import { text, textOr } from "./texts.js";
import { copy, copyButton, element, fill } from "./view.js";

const wide = window.matchMedia("(min-width: 62rem)");

// Draws the provider's guide into the form view; without a guide for the provider nothing is shown.
export function drawGuide(slots, integration, docsUrl) {
  const source = document.getElementById(`guide-${integration.provider}`);
  slots.guide.hidden = !source;
  const { provider } = integration;
  if (!source) return { provider, open() {}, path: () => null, kept: () => null, restore() {} };

  slots.steps.append(source.content.cloneNode(true));
  slots.guide.open = wide.matches;
  for (const button of slots.steps.querySelectorAll(".copy")) {
    button.addEventListener("click", () => copy(button, button.parentElement.dataset.copy));
  }
  givenValues(slots, integration);
  documentation(slots.docs, docsUrl);
  const steps = [...slots.steps.querySelectorAll(".step")];
  for (const step of steps) if (integration.steps_done.includes(step.dataset.step)) badge(step, "done", "guide.skip");
  badge(steps.at(-1), "here", "guide.here");

  const find = (number) => steps.find((step) => step.dataset.step === String(number));
  return {
    provider,
    open: (number) => openStep(slots.guide, steps, find(number)),
    attend: (number) => attend(steps, find(number)),
    path: (number) => find(number)?.querySelector("[data-copy]")?.dataset.copy ?? null,
    kept: () => [slots.guide, ...steps].map((one) => one.open),
    restore: (open) => [slots.guide, ...steps].forEach((one, index) => { one.open = open[index]; }),
  };
}

function givenValues(slots, { provider, held }) {
  slots.given.hidden = !held.length;
  for (const { name, label, value } of held) {
    const shown = textOr(`field.${provider}.${name}.label`, label);
    slots["given-values"].append(
      element("dt", { words: shown }),
      element("dd", {}, element("code", { words: value }), copyButton(value, shown)),
    );
  }
}

function documentation(slot, url) {
  slot.hidden = !/^https?:/.test(url ?? "");
  if (!slot.hidden) slot.querySelector("a").href = url;
}

function openStep(guide, steps, step) {
  guide.open = true;
  if (!step) return;
  for (const other of steps) other.open = other === step;
  step.querySelector("summary").focus();
  step.scrollIntoView({ block: "nearest" });
}

// Marks the step that a failure points to, and only that one.
function attend(steps, step) {
  for (const other of steps.filter((each) => each.dataset.state === "attention")) restore(other);
  if (!step) return;
  step.dataset.before = step.dataset.state ?? "";
  badge(step, "attention", "guide.check");
  // Beside the form there is room to show it at once; below the form it would push everything about.
  if (wide.matches) for (const other of steps) other.open = other === step;
}

function restore(step) {
  const known = { done: "guide.skip", here: "guide.here" };
  badge(step, step.dataset.before, known[step.dataset.before]);
}

function badge(step, state, id) {
  step.dataset.state = state;
  fill(step.querySelector("[data-slot=badge]"), id ? text(id) : "");
}
