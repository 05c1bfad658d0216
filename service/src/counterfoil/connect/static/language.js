// The switch of languages. The document is asked for in another language, and its words take the place of these: the page
// itself stays, with its token, what was typed and where it was. Nothing is remembered elsewhere.

import { takeTextsOf } from "./texts.js";

const choice = document.getElementById("language");

// `onChange` draws what is shown again.
export function offerLanguages(onChange) {
  let wanted = 0;
  choice.hidden = false;
  choice.addEventListener("change", async () => {
    const mine = ++wanted;
    const page = await documentIn(choice.value);
    if (mine !== wanted) return;
    if (page) {
      takeWords(page);
      onChange();
    }
    choice.value = document.documentElement.lang;
    choice.focus();
  });
}

// While something is on its way, its words would be drawn away.
export function holdLanguage(on) {
  choice.disabled = on;
}

// The browser reads it as a document that runs nothing; null when it did not come.
function documentIn(language) {
  const address = new URL(window.location.pathname, window.location.href);
  address.searchParams.set("lang", language);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.timeout = 20000;
    request.onloadend = () => resolve(request.status === 200 ? request.response : null);
    request.send();
  });
}

function takeWords(page) {
  document.documentElement.lang = page.documentElement.lang;
  takeTextsOf(page);
  for (const template of document.querySelectorAll("template")) {
    template.content.replaceChildren(document.importNode(page.getElementById(template.id).content, true));
  }
  for (const mine of document.querySelectorAll("[data-words]")) {
    const theirs = page.querySelector(`[data-words="${mine.dataset.words}"]`);
    if (theirs.ariaLabel) mine.ariaLabel = theirs.ariaLabel;
    else mine.textContent = theirs.textContent;
  }
}
