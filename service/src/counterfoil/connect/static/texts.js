// The page's texts: one catalogue, chosen by the server, carried in the document as data, until another is chosen.
// Not a translator of what the server says: sentences of causes and labels of fields come from the API,
// and a catalogue may replace them by id (`cause.<provider>.<code>.sentence`, `field.<provider>.<name>.label`).

let catalogue = catalogueOf(document);

export function text(id, values = {}) {
  return filled(catalogue[id] ?? id, values);
}

// The catalogue's wording if it has one, else what the API sent.
export function textOr(id, fallback, values = {}) {
  return id in catalogue ? filled(catalogue[id], values) : fallback;
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
