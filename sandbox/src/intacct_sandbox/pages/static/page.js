// What the pages do more than forms and links can: copy, ask in a dialog, close menus. Everything works without it.

const COPIED_FOR_MS = 1800;

function offerCopying(button) {
  const original = [...button.childNodes].map((node) => node.cloneNode(true));
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(field);
    button.textContent = "Copied";
    announce(`${field.labels[0].textContent} copied`);
    setTimeout(() => button.replaceChildren(...original), COPIED_FOR_MS);
  });
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // No clipboard outside secure contexts: the old command still copies what is selected.
    field.select();
    document.execCommand("copy");
  }
}

function announce(text) {
  let region = document.getElementById("announcement");
  if (!region) {
    region = document.createElement("div");
    region.id = "announcement";
    region.className = "sr";
    region.setAttribute("role", "status");
    document.querySelector("main").append(region);
  }
  region.textContent = text;
}

// The question is a page of its own; here the same question is asked over the page that leads to it.
async function ask(link) {
  const response = await fetch(link.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const question = page.querySelector("[data-confirmation]");
  if (!response.ok || !question) throw new Error("no question");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "confirmation-title");
  dialog.append(document.importNode(question, true));
  dialog.querySelector("[data-dismiss]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function closeOnLeave(menu) {
  const close = (back) => {
    menu.open = false;
    if (back) menu.querySelector("summary").focus();
  };
  menu.addEventListener("keydown", (event) => event.key === "Escape" && menu.open && close(true));
  document.addEventListener("click", (event) => menu.contains(event.target) || close(false));
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close(false));
}

document.querySelectorAll("[data-copy]").forEach(offerCopying);
document.querySelectorAll("details.menu").forEach(closeOnLeave);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-confirm]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  ask(link).catch(() => location.assign(link.href));
});
// A second click on a slow answer must not post twice.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
