// The form of one integration, drawn from its field list. Fields that share a `one_of` name become one choice:
// exactly one of them is sent, and what was typed into the others stays, unsent, in case one changes one's mind.

import { drawField } from "./fields.js";
import { text, textOr } from "./texts.js";
import { fill, part } from "./view.js";

export function drawForm(container, fields, callbacks) {
  const drawn = new Map(fields.map((field) => [field.name, drawField(field, callbacks)]));
  const choices = new Map();
  for (const field of fields) {
    if (!field.one_of) container.append(drawn.get(field.name).root);
    else if (!choices.has(field.one_of)) choices.set(field.one_of, drawChoice(container, field.one_of, members(fields, field.one_of, drawn)));
  }
  const chosen = (field) => !field.one_of || choices.get(field.one_of).current() === field.name;
  const sent = () => fields.filter(chosen);

  return {
    values: () => Object.fromEntries(sent().map((field) => [field.name, drawn.get(field.name).value()]).filter(([, value]) => value)),
    typed: () => [...drawn.values()].some((field) => field.typed()),
    // Everything as it was typed and chosen, for a form that takes this one's place.
    kept: () => ({
      typed: fields.map(({ name }) => [name, drawn.get(name).kept()]),
      chosen: [...choices].map(([group, choice]) => [group, choice.current()]),
    }),
    restore({ typed, chosen }) {
      for (const [name, words] of typed) drawn.get(name).restore(words);
      for (const [group, name] of chosen) choices.get(group).choose(name);
    },
    clear: () => drawn.forEach((field) => field.setProblem("")),
    // Marks what the browser can see to be wrong and says whether anything is. That a whole choice is empty is the
    // server's to say: it knows the step of the guide.
    check() {
      const wrong = sent().filter((field) => {
        const problem = drawn.get(field.name).check(field.required);
        drawn.get(field.name).setProblem(problem);
        return problem;
      });
      if (wrong.length) drawn.get(wrong[0].name).focus();
      return wrong.length === 0;
    },
    // Marks what the server said of single fields, or says the same of all; returns how many it could place.
    mark(errors, words) {
      const placed = errors.filter((error) => drawn.has(error.path?.at(-1)));
      const names = placed.map((error) => error.path.at(-1));
      for (const name of names) reveal(fields, choices, name, names);
      for (const error of placed) drawn.get(error.path.at(-1)).setProblem(words ?? error.message);
      return placed.length;
    },
    focusProblem: () => container.querySelector("[aria-invalid=true]")?.focus(),
  };
}

function members(fields, group, drawn) {
  return fields.filter((field) => field.one_of === group).map((field) => drawn.get(field.name));
}

// A problem in an option that is not shown would not be seen, unless the one that is shown has it too.
function reveal(fields, choices, name, names) {
  const { one_of: group } = fields.find((field) => field.name === name);
  if (group && !names.includes(choices.get(group).current())) choices.get(group).choose(name);
}

function drawChoice(container, group, options) {
  const { root, slots } = part("part-choice");
  const radios = new Map();
  slots.legend.textContent = textOr(`one-of.${group}.legend`, text("form.choice"));
  const choose = (name) => {
    radios.get(name).checked = true;
    for (const option of options) option.root.hidden = option.name !== name;
  };
  for (const option of options) {
    const { root: label, slots: inner } = part("part-option");
    const radio = label.querySelector("input");
    radio.name = `one-of-${group}`;
    radio.value = option.name;
    fill(inner.name, textOr(`one-of.${group}.${option.name}`, text("form.choice-option", { field: option.label })));
    radio.addEventListener("change", () => choose(option.name));
    radios.set(option.name, radio);
    slots.options.append(label);
    slots.chosen.append(option.root);
  }
  choose(options[0].name);
  container.append(root);
  return { choose, current: () => options.find((option) => radios.get(option.name).checked).name };
}
