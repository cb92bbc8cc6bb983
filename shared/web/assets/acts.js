// What a working page needs besides forms: an act's form in a dialog, a list beside its preview, times that are stamped when
// sent, and rows of a table that travel as one list.
import htmx from "htmx.org/dist/htmx.esm.js";
import { serverNow } from "./countdown.js";
import { loadDraft } from "./forms.js";

const WIDE = "(min-width: 992px)";
const words = document.documentElement.dataset;
const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;

// ---- <a data-act href="/orders/ID/acts/order.review">: the form in a dialog; where that fails, the page itself

let dialog;
function actDialog() {
  if (dialog) return dialog;
  dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "act-title");
  dialog.addEventListener("close", () => dialog.replaceChildren());
  document.body.append(dialog);
  return dialog;
}

async function open(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href, { headers: { "HX-Request": "true", Accept: "*/*" }, credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const place = actDialog();
    place.innerHTML = await response.text();
    htmx.process(place);
    place.querySelectorAll("form[data-draft]").forEach(loadDraft);
    place.showModal();
    place.querySelector("input:not([type=hidden]), textarea, select, a.btn-primary")?.focus();
  } catch {
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

// ---- <a data-split="/orders/approvals?case=ID" href="/orders/ID/preview">: on a wide screen the list is renewed with it beside

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-act], a[data-split]");
  if (!link || !plain(event)) return;
  if (link.hasAttribute("data-act")) {
    event.preventDefault();
    open(link);
  } else if (window.matchMedia(WIDE).matches) {
    event.preventDefault();
    htmx.ajax("GET", link.dataset.split, { target: "#queue", select: "#queue", swap: "outerHTML" });
  }
});

// ---- before a form is read

function stamp(field) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(words.offset || "+08:00");
  const ahead = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60000;
  field.value = new Date(serverNow() + ahead).toISOString().slice(0, 19);
}

function gather(set) {
  const typed = (line) => [...line.querySelectorAll("[data-key]")].some((field) => field.type !== "hidden" && field.value.trim());
  const rows = [...set.querySelectorAll(".rows-line")].filter(typed).map((line) => Object.fromEntries(
    [...line.querySelectorAll("[data-key]")].map((field) => [field.dataset.key, field.value.trim()]).filter(([, value]) => value),
  ));
  set.querySelector("input[type=hidden]").value = rows.length ? JSON.stringify(rows) : "";
}

document.addEventListener("submit", (event) => {
  // With a network the server dates the act; without, it would be dated by when the network came back.
  if (!navigator.onLine) event.target.querySelectorAll("[data-stamp]").forEach((field) => field.value || stamp(field));
  event.target.querySelectorAll("[data-rows]").forEach(gather);
}, true);

// ---- a page that is filled in without renewing itself tells that the case has moved on

document.body.addEventListener("ccrm:changed", () => {
  const note = document.getElementById("work-changed");
  if (note) note.hidden = false;
});
