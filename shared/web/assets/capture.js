// <form data-capture>: the registration of a complaint. Quick times, who answers for a category, the sentence to read back,
// the clock from the contact's end, another project's fields. Ctrl+Enter sends any form that console.js sends.
import htmx from "htmx.org/dist/htmx.esm.js";
import { serverNow } from "./countdown.js";
import { loadDraft } from "./forms.js";

const words = document.documentElement.dataset;
const form = document.querySelector("form[data-capture]");
const named = (name) => form.elements.namedItem(name);

document.addEventListener("keydown", (event) => {
  const nowhere = event.target === document.body && !document.querySelector("dialog[open]");
  const target = nowhere ? form : event.target.form || event.target.closest?.("form");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && (target?.dataset.command || target?.dataset.path)) {
    event.preventDefault();
    target.requestSubmit();
  }
});

// A wall time of the page's zone, as a datetime-local field holds it.
function wall(ms) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(words.offset || "+08:00");
  const shift = (Number(hours) * 60 + Number(minutes)) * 60000 * (sign === "-" ? -1 : 1);
  return new Date(ms + shift).toISOString().slice(0, 16);
}

function setTime(button) {
  const field = document.getElementById(button.dataset.for);
  if (!field) return;
  if (button.dataset.ago !== undefined) field.value = wall(serverNow() - Number(button.dataset.ago) * 60000);
  else field.value = `${wall(serverNow() + Number(button.dataset.days) * 86400000).slice(0, 10)}T${button.dataset.at}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function tellClock() {
  const clock = document.getElementById("capture-clock");
  const ended = named("contact_ended_at")?.value;
  if (clock?.dataset.from && ended) {
    const due = Date.parse(`${ended}:00${words.offset || "+08:00"}`) + Number(clock.dataset.length) * 1000;
    if (!Number.isNaN(due)) clock.dataset.due = new Date(due).toISOString();
  }
}

function tellWho() {
  const place = document.getElementById("category-who");
  const chosen = named("category")?.selectedOptions?.[0]?.dataset;
  if (!place) return;
  place.textContent = chosen?.first
    ? [`${place.dataset.first}${words.wordColon}${chosen.first}${chosen.head ? ` (${place.dataset.head} ${chosen.head})` : ""}`,
      chosen.with && `${place.dataset.with}${words.wordColon}${chosen.with}`, chosen.clause].filter(Boolean).join("　")
    : "";
}

function tellBack() {
  const place = document.getElementById("read-back");
  if (!place) return;
  const value = (name) => named(name)?.value?.trim() || "";
  const who = [value("customer.name"), value("customer.room")].filter(Boolean).join(words.wordComma);
  const says = value("content").replace(/[。.]+$/, "");
  const wants = value("required_by").replace("T", " ");
  const said = [who, says && `${place.dataset.says}${words.wordColon}${says}`, wants && `${place.dataset.wants} ${wants}`].filter(Boolean);
  place.textContent = place.dataset.begin + (said.length ? `“${said.join(words.wordSemicolon)}${place.dataset.right}”` : "");
}

function tell() {
  tellClock();
  tellWho();
  tellBack();
}

if (form) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-for]");
    if (button) setTime(button);
  });
  for (const kind of ["input", "change"]) form.addEventListener(kind, tell);
  form.addEventListener("ccrm:accepted", () => {
    const [relation, to] = (form.querySelector("[name=link_to]:checked")?.value || "").split(":");
    if (to) form.dataset.done += `?link=${to}&relation=${relation}`;
  });
  form.addEventListener("reset", () => setTimeout(() => {
    delete form.dataset.key;
    form.querySelectorAll("photo-box, sign-pad").forEach((each) => each.clear());
    form.dispatchEvent(new Event("input", { bubbles: true }));
    const ended = document.querySelector("[data-ago='0']");
    if (ended) setTime(ended);
    const earlier = document.getElementById("earlier");
    if (earlier) htmx.trigger(named("customer.room"), "change");
  }));
  // Another project, another policy: what was typed goes into the new fields of the same name.
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A field that is taken away while it is being edited says "change" half-way, and the draft would lose the rest.
    if (event.target.id === "capture-fields" && event.target.contains(document.activeElement)) document.activeElement.blur();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "capture-fields") return;
    form.dataset.project = named("project").value;
    const defaults = [...form.querySelectorAll("#capture-fields select")].map((each) => [each, each.value]);
    loadDraft(form);
    for (const [field, usual] of defaults) if (field.selectedIndex < 0) field.value = usual;
    tell();
  });
  window.addEventListener("load", () => {
    if (named("project") && named("project").value !== form.dataset.project) htmx.trigger(named("project"), "ccrm:refresh");
    else if (named("customer.room")?.value && document.getElementById("earlier")) htmx.trigger(named("customer.room"), "change");
    tell();
  });
}
