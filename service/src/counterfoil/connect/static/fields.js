// One field of the form: label, input, reveal, hint, problem, and what was understood of it.
// A field is what the API says it is; no field is known by name here.

import { text, textOr } from "./texts.js";
import { element, fill, part } from "./view.js";

export function drawField(field, { provider, onWhere, read }) {
  const { root, slots } = part("part-field");
  const id = `field-${field.name}`;
  const label = textOr(`field.${provider}.${field.name}.label`, field.label);
  label_(slots, field, id, label);
  input_(slots.input, field, id);
  fill(slots.hint, textOr(`field.${provider}.${field.name}.description`, field.description ?? ""));
  slots.hint.id = `${id}-hint`;
  slots.problem.id = `${id}-problem`;
  slots.reading.id = `${id}-reading`;
  if (field.secret) offerReveal(slots, label);
  if (field.guide_step) offerGuide(slots.where, label, () => onWhere(field.guide_step));
  const readAgain = field.reading ? readWhileTyping(slots, read) : () => {};
  describe(slots);

  const value = () => (field.secret ? slots.input.value : slots.input.value.trim());
  return {
    name: field.name,
    root,
    label,
    value,
    focus: () => slots.input.focus(),
    typed: () => slots.input.value !== "",
    kept: () => slots.input.value,
    restore(words) {
      slots.input.value = words;
      if (words) readAgain();
    },
    setProblem(words) {
      fill(slots.problem, words);
      slots.input.setAttribute("aria-invalid", words ? "true" : "");
      if (!words) slots.input.removeAttribute("aria-invalid");
      describe(slots);
    },
    // The problem the browser can already see, or nothing.
    check(required) {
      const words = value();
      if (!words) return required ? text("form.required-problem", { field: label }) : "";
      if (field.pattern && !matches(field.pattern, words)) {
        return text("form.pattern-problem", { field: label, description: slots.hint.textContent }).trim();
      }
      return "";
    },
  };
}

function label_(slots, field, id, label) {
  slots.label.textContent = label;
  slots.label.htmlFor = id;
  if (field.required || field.one_of) return;
  slots.label.append(" ", element("span", { className: "optional", words: `(${text("form.optional")})` }));
}

function input_(input, field, id) {
  input.id = id;
  input.name = field.name;
  input.type = field.secret ? "password" : "text";
  input.required = Boolean(field.required);
  input.placeholder = field.placeholder ?? "";
  input.autocomplete = field.autocomplete || "off";
  input.spellcheck = false;
  input.setAttribute("autocapitalize", "none");
  input.setAttribute("autocorrect", "off");
}

// A pattern that the browser can't read is the server's to judge.
function matches(pattern, words) {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(words);
  } catch {
    return true;
  }
}

function describe(slots) {
  const ids = [slots.problem, slots.hint, slots.reading].filter((slot) => !slot.hidden).map((slot) => slot.id);
  if (ids.length) slots.input.setAttribute("aria-describedby", ids.join(" "));
  else slots.input.removeAttribute("aria-describedby");
}

function offerReveal({ input, reveal }, field) {
  reveal.hidden = false;
  const name = (shown) => {
    reveal.textContent = text(shown ? "form.hide" : "form.show");
    reveal.setAttribute("aria-label", text(shown ? "form.hide-label" : "form.show-label", { field }));
    reveal.setAttribute("aria-pressed", String(shown));
  };
  name(false);
  reveal.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    name(shown);
  });
}

function offerGuide(where, label, onWhere) {
  where.hidden = false;
  where.setAttribute("aria-label", `${where.textContent} (${label})`);
  where.addEventListener("click", onWhere);
}

// Asks while typing what the value means. Answers may overtake one another: only the newest question counts.
// Returns what asks at once.
function readWhileTyping(slots, read) {
  const { input, reading } = slots;
  let question = 0;
  const ask = async () => {
    const mine = ++question;
    const words = input.value;
    const answer = words.trim() ? await read(input.name, words) : null;
    if (mine !== question) return;
    reading.replaceChildren(...(answer ? readingParts(answer, use) : []));
    reading.hidden = !answer;
    describe(slots);
  };
  const use = (suggestion) => {
    input.value = suggestion;
    input.focus();
    ask();
  };
  let timer = null;
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 300);
  });
  return ask;
}

function readingParts(answer, use) {
  if (answer.understood) return understoodParts(answer.understood);
  const parts = [element("p", { className: "misread", words: textOr(`misread.${answer.misread.problem}`, answer.misread.sentence) })];
  const suggestion = answer.misread.suggestion;
  if (!suggestion) return parts;
  const button = element("button", { type: "button", className: "suggestion", words: text("reading.use", { suggestion }) });
  button.addEventListener("click", () => use(suggestion));
  return [...parts, button];
}

function understoodParts({ parts, notes }) {
  const chips = element("dl", { className: "chips" });
  for (const { name, value } of parts) {
    const term = element("dt", { words: text(`reading.${name}`) });
    const shown = value === null ? text("reading.top-level") : value;
    chips.append(element("div", {}, term, element("dd", { words: shown, className: value === null ? "absent" : "" })));
  }
  const told = notes.map((note) => element("p", { words: note }));
  return [element("p", { className: "sr", words: text("reading.understood") }), chips, ...told];
}
