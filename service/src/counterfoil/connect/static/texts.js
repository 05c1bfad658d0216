// The page's texts: one catalogue, chosen by the server, carried in the document as data, until another is chosen.
// Not a translator of what the server says: sentences of causes and labels of fields come from the API,
// and a catalogue may replace them by id (`cause.<provider>.<code>.sentence`, `cause.<code>.sentence`,
// `field.<provider>.<name>.label`, `misread.<problem>`).

let catalogue = catalogueOf(document);

export function text(id, values = {}) {
  return filled(catalogue[id] ?? id, values);
}

// The catalogue's wording, by the first id that it has, else what the API sent; also where a value is not known that the
// wording needs.
export function textOr(ids, fallback, values = {}) {
  const id = [ids].flat().find((one) => one in catalogue && isComplete(catalogue[one], values));
  return id ? filled(catalogue[id], values) : fallback;
}

function isComplete(template, values) {
  return [...template.matchAll(/\{(\w+)\}/g)].every(([, name]) => name in values);
}

export function takeTextsOf(page) {
  catalogue = catalogueOf(page);
}

function catalogueOf(page) {
  return JSON.parse(page.getElementById("texts").textContent);
}

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
