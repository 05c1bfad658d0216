// What the address bar brought. A token comes in the fragment, which no server sees, and is wiped at once;
// one in the query has already been in a request line, so it is wiped unread and refused.

export function tokenFromFragment() {
  const found = new URLSearchParams(window.location.hash.slice(1)).get("session_token");
  if (found !== null) replaceAddress((address) => { address.hash = ""; });
  return found || null;
}

export function refuseTokenInQuery() {
  const present = new URLSearchParams(window.location.search).has("session_token");
  if (present) replaceAddress((address) => { address.searchParams.delete("session_token"); });
  return present;
}

// Pasting a new link into the same tab changes only the fragment: the page stays, with what was typed.
export function onNewFragment(take) {
  window.addEventListener("hashchange", () => {
    const found = tokenFromFragment();
    if (found) take(found);
  });
}

function replaceAddress(change) {
  const address = new URL(window.location.href);
  change(address);
  window.history.replaceState(null, "", address.href.replace(/#$/, ""));
}
