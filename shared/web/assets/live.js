// Lists and cards that renew themselves, and cards whose room is down.
import htmx from "htmx.org/dist/htmx.esm.js";

const POLL_MS = 15000;

htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.selfRequestsOnly = true;
// A fragment that is refused is shown as its card says, not dropped.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "...", swap: false, error: true },
];

function poll(name = "ccrm:poll") {
  if (document.visibilityState === "visible" && navigator.onLine) document.body.dispatchEvent(new CustomEvent(name));
}

setInterval(poll, POLL_MS);
document.addEventListener("visibilitychange", () => poll());
window.addEventListener("online", () => poll());

// Something was done on this page: what shows it is asked for again at once.
export function changed() {
  document.body.dispatchEvent(new CustomEvent("ccrm:changed"));
}

// A list is not renewed under the hands of somebody who is choosing rows or reading a message in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const target = event.target;
  if (target.matches?.("[data-live], [data-part]") && target.querySelector("dialog[open], form:focus-within, details[open]")) {
    event.preventDefault();
  }
});

function failed(event) {
  const card = event.target.closest?.("[data-part]");
  if (!card) return;
  const status = event.detail.xhr?.status || 0;
  const template = document.getElementById(
    status === 401 ? "part-signed-out" : status === 403 || status === 404 ? "part-withheld" : "part-unavailable",
  );
  if (!template) return;
  const body = card.querySelector("[data-part-body]") || card;
  // What was shown before stays, marked as old: an out-of-date figure that says so is better than none.
  if (card.dataset.loaded && status >= 500) {
    card.dataset.stale = "";
    return;
  }
  body.replaceChildren(template.content.cloneNode(true));
  body.querySelector("[data-retry]")?.addEventListener("click", () => htmx.trigger(card, "ccrm:retry"));
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:afterSwap", (event) => {
  const card = event.target.closest?.("[data-part]");
  if (card) {
    card.dataset.loaded = "1";
    delete card.dataset.stale;
  }
});
