// Templates into the document. Markup lives in the document's <template> elements; here they are copied and filled
// with text, never with markup.

import { text } from "./texts.js";

const view = document.getElementById("view");
const announcer = document.getElementById("announcer");

// A copy of a template's first element and its named slots.
export function part(id) {
  const root = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const slots = {};
  for (const element of root.querySelectorAll("[data-slot]")) slots[element.dataset.slot] = element;
  return { root, slots };
}

export function show(root) {
  view.replaceChildren(root);
  root.querySelector("h1")?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

export function fill(slot, words) {
  slot.textContent = words;
  slot.hidden = !words;
}

export function element(name, { words, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (words !== undefined) made.textContent = words;
  made.append(...children);
  return made;
}

export function announce(words) {
  announcer.textContent = words;
}

export function showMessage({ icon = "i-alert", title, words, code = "", action = null, onAction = null }) {
  const { root, slots } = part("view-message");
  slots.icon.setAttribute("href", `#${icon}`);
  slots.title.textContent = title;
  slots.text.textContent = words;
  fill(slots.code, code);
  fill(slots.action, action ?? "");
  if (onAction) slots.action.addEventListener("click", onAction);
  show(root);
}

export function copyButton(words, what) {
  const { root } = part("part-copy");
  root.setAttribute("aria-label", text("copy.label", { what }));
  root.addEventListener("click", () => copy(root, words));
  return root;
}

export async function copy(button, words) {
  const done = (await copied(words)) ? text("copy.copied") : text("copy.failed");
  button.textContent = done;
  announce(done);
  window.setTimeout(() => { button.textContent = text("copy.copy"); }, 2000);
}

// The clipboard is not open to a page without encryption, nor to a frame that was not allowed to.
async function copied(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copiedBySelection(words);
  }
}

function copiedBySelection(words) {
  const before = document.activeElement;
  const area = element("textarea", { value: words, className: "sr" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
