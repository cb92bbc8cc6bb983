// <form data-command="order.review" data-complaint="ID" data-version="3" data-done="/orders/approvals">: sends a command as JSON.
//
// Field names are those of the command's `with:`, dotted where it nests (customer.phone). data-type on a field: number, bool,
// time (local wall time of the page's zone), list (one a line), json. data-path instead of data-command posts the fields to
// another JSON route. data-done: an address, `reload`, or `stay` (the page's lists renew themselves). data-draft keeps what is
// typed in this tab until it is accepted. data-offline keeps the act on the device when there is no network.
import { changed } from "./live.js";
import { drain, keepAct, onOutbox, Problem, sendAct, Unreachable } from "./send.js";
import { all, drop, newKey, SIGNED_IN } from "./store.js";

const words = document.documentElement.dataset;

// ---- reading a form

function put(target, name, value) {
  const parts = name.split(".");
  const last = parts.pop();
  const place = parts.reduce((at, part) => (at[part] ||= {}), target);
  place[last] = value;
}

function typed(field) {
  const text = field.value.trim();
  switch (field.dataset.type) {
    case "number": return text === "" ? undefined : Number(text);
    case "bool": return field.type === "checkbox" ? field.checked : text === "" ? undefined : text === "true";
    case "time": return text === "" ? undefined : `${text.length === 16 ? `${text}:00` : text}${words.offset || "+08:00"}`;
    case "list": return text === "" ? undefined : text.split("\n").map((line) => line.trim()).filter(Boolean);
    case "json": return text === "" ? undefined : JSON.parse(text);
    default: return text === "" ? undefined : text;
  }
}

export function read(form) {
  const data = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.type === "file" || field.dataset.skip !== undefined) continue;
    if (field.type === "radio" && !field.checked) continue;
    if (field.type === "checkbox" && field.dataset.type !== "bool") {
      if (field.checked) put(data, field.name, [...(at(data, field.name) || []), field.value]);
      continue;
    }
    const value = field.multiple ? [...field.selectedOptions].map((option) => option.value) : typed(field);
    if (value !== undefined && !(Array.isArray(value) && !value.length)) put(data, field.name, value);
  }
  for (const box of form.querySelectorAll("photo-box")) {
    const name = box.getAttribute("name");
    if (box.value.length) put(data, name, [...(at(data, name) || []), ...box.value]);
  }
  return data;
}

function at(data, name) {
  return name.split(".").reduce((place, part) => place?.[part], data);
}

// ---- what went wrong, said where it belongs

function clearErrors(form) {
  form.querySelectorAll("[data-error]").forEach((each) => each.remove());
  form.querySelectorAll("[aria-invalid]").forEach((each) => {
    each.removeAttribute("aria-invalid");
    each.classList.remove("is-invalid");
  });
}

function say(form, text, kind = "danger") {
  const box = document.createElement("div");
  box.dataset.error = "";
  box.className = `alert alert-${kind}`;
  box.setAttribute("role", "alert");
  box.textContent = text;
  (form.querySelector("[data-errors]") || form).prepend(box);
  box.scrollIntoView({ block: "nearest" });
}

function sayAt(form, problem) {
  const name = (problem.field || "").replace(/^with\./, "");
  const field = name && [...form.elements].find((each) => each.name === name && each.type !== "hidden");
  if (!field) return say(form, plainly(problem.message));
  const told = document.createElement("div");
  told.dataset.error = "";
  told.className = "invalid-feedback d-block";
  told.id = `error-${newKey().slice(0, 8)}`;
  const label = field.labels?.[0]?.textContent.trim().replace(/\s*\*$/, "");
  // The field is named by its label on the page, not by its name in the interface.
  const plain = problem.message.startsWith(`${problem.field}: `) ? problem.message.slice(problem.field.length + 2) : problem.message;
  told.textContent = problem.code === "field.missing" && label ? `${words.wordMissing}${label}` : plain;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", told.id);
  field.classList.add("is-invalid");
  (field.closest("[data-field]") || field.parentElement).append(told);
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

// ---- drafts: what is typed survives a reload and an expired session, in this tab only

const draftKey = (form) => form.dataset.draft && `ccrm-draft:${words.person || ""}:${form.dataset.draft}`;

function saveDraft(form) {
  const key = draftKey(form);
  if (!key) return;
  const kept = [];
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || field.type === "password" || field.type === "hidden") continue;
    if (field.type === "checkbox" || field.type === "radio") kept.push([field.name, field.value, field.checked]);
    else kept.push([field.name, field.value]);
  }
  try {
    sessionStorage.setItem(key, JSON.stringify({ kept, act: form.dataset.key || null }));
  } catch {
    // A full or forbidden store costs the draft, never the form.
  }
}

export function loadDraft(form) {
  const key = draftKey(form);
  const text = key && sessionStorage.getItem(key);
  if (!text) return;
  const { kept, act } = JSON.parse(text);
  if (act) form.dataset.key = act;
  for (const [name, value, checked] of kept) {
    for (const field of form.elements) {
      if (field.name !== name || field.type === "hidden") continue;
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.value === value) field.checked = checked;
      } else field.value = value;
    }
  }
  form.dispatchEvent(new Event("ccrm:restored", { bubbles: true }));
}

const forget = (form) => draftKey(form) && sessionStorage.removeItem(draftKey(form));

// ---- sending

let signedIn;
function signIn(why) {
  const dialog = document.getElementById("sign-in-again");
  if (!dialog) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  signedIn ||= new Promise((resolve) => {
    const form = dialog.querySelector("form");
    let entered = false;
    dialog.showModal();
    if (why) say(form, why, "warning");
    const done = () => {
      entered = true;
      form.reset();
      dialog.close();
    };
    // Signed in in another window, in whichever way the company has.
    const elsewhere = (event) => event.key === SIGNED_IN && done();
    const submit = async (event) => {
      event.preventDefault();
      clearErrors(form);
      const body = new URLSearchParams(new FormData(form));
      const response = await fetch("/login", { method: "POST", body, redirect: "manual", credentials: "same-origin" }).catch(() => null);
      if (response?.type === "opaqueredirect") done();
      else say(form, response ? words.wordWrongPassword : words.wordOffline);
    };
    form.addEventListener("submit", submit);
    window.addEventListener("storage", elsewhere);
    // Told after it has closed: what is sent then may open it again.
    dialog.addEventListener("close", () => {
      form.removeEventListener("submit", submit);
      window.removeEventListener("storage", elsewhere);
      signedIn = undefined;
      resolve(entered);
    }, { once: true });
  });
  return signedIn;
}

async function submit(form, button) {
  clearErrors(form);
  let data;
  try {
    data = read(form);
  } catch {
    return say(form, words.wordUnreadable);
  }
  if (button?.name) put(data, button.name, button.value);
  const name = form.dataset.command;
  // One key until there is a definite answer: an answer that was lost is asked for again, and nothing is entered twice.
  form.dataset.key ||= newKey();
  saveDraft(form);
  // The case is the form's own, or the one chosen in its field [data-case].
  const complaint = form.dataset.complaint || form.querySelector("[data-case]")?.value;
  const body = name
    ? { ...(complaint ? { complaint } : {}), with: data }
    : data;
  const act = {
    key: form.dataset.key, path: name ? `/api/v1/commands/${name}` : form.dataset.path, body,
    version: form.dataset.version, title: form.dataset.title || document.title, person: words.person, made: Date.now(),
    uploads: [...form.querySelectorAll("photo-box")].flatMap((box) => box.keys),
  };
  const buttons = form.querySelectorAll("button");
  buttons.forEach((each) => { each.disabled = true; });
  form.setAttribute("aria-busy", "true");
  try {
    for (let again = false; ; again = true) {
      try {
        return accepted(form, await sendAct(act));
      } catch (error) {
        // Asked a second time, somebody else has signed in: he is told why that does not do.
        if (error instanceof Problem && error.status === 401 && (await signIn(again && plainly(error.message)))) continue;
        throw error;
      }
    }
  } catch (error) {
    if (error instanceof Unreachable) {
      if (form.dataset.offline !== undefined && !navigator.onLine) {
        await keepAct(act);
        return keptHere(form);
      }
      say(form, words.wordUnreachable, "warning");
    } else if (error instanceof Problem) {
      // An earlier try did arrive, with what was typed then: with a new key this would be a second entry.
      if (error.field === "Idempotency-Key") return say(form, words.wordArrived, "warning");
      if (error.status !== 401) delete form.dataset.key;
      saveDraft(form);
      if (error.status === 412 || error.code === "version.conflict" || error.code === "state.not_allowed") await conflict(form, error);
      else sayAt(form, error);
    } else {
      say(form, words.wordUnreadable);
      throw error;
    }
  } finally {
    buttons.forEach((each) => { each.disabled = false; });
    form.removeAttribute("aria-busy");
  }
}

// What the interface says, without the name that the command has there.
const plainly = (text) => text.replace(/^[a-z_]+(\.[a-z_]+)+(（[^）]*）)?: /, "");

// "高峰 督办令签发（2026-03-02 10:40）": who acted last, as far as it can be had now.
async function lastAct(complaint) {
  if (!complaint) return "";
  try {
    const response = await fetch(`/api/v1/complaints/${complaint}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    const last = (await response.json()).case.acts.at(-1);
    const choice = last.data?.decision === "return" ? words.wordReturned : "";
    return `${words.wordLastAct}${last.by_name || last.by} ${last.title}${choice} (${last.recorded_at.slice(0, 16).replace("T", " ")})${words.wordStop}`;
  } catch {
    return "";
  }
}

// Somebody was faster: what he did is shown beside what was typed here, which stays.
async function conflict(form, problem) {
  const last = await lastAct(form.dataset.complaint);
  if (form.closest("[data-live]") && !form.closest("dialog")) {
    // The list is renewed and the form goes with it: what happened is told where it stays until it is read.
    toast(`${form.dataset.title ? `${form.dataset.title}${words.wordColon}` : ""}${plainly(problem.message)}${words.wordStop}${last}`, "warning");
    return changed();
  }
  say(form, `${plainly(problem.message)}${words.wordStop}${last}${words.wordConflict}`, "warning");
  const link = document.createElement("a");
  link.href = form.dataset.complaint ? `/cases/${form.dataset.complaint}` : location.href;
  link.textContent = words.wordSeeCase;
  link.className = "alert-link ms-2";
  form.querySelector("[data-error]")?.append(link);
  changed();
}

function accepted(form, told) {
  forget(form);
  delete form.dataset.key;
  form.dispatchEvent(new CustomEvent("ccrm:accepted", { bubbles: true, detail: told }));
  // {complaint}, {tracking}, …: what the answer says under that name.
  const done = (form.dataset.done || "reload").replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(told[name] ?? form.dataset[name] ?? ""));
  if (done === "stay") {
    form.closest("dialog")?.close();
    form.reset();
    form.querySelectorAll("photo-box, sign-pad").forEach((each) => each.clear());
    toast(form.dataset.thanks || words.wordDone);
    changed();
    return;
  }
  form.dataset.left = "1";
  if (done === "reload") location.reload();
  else location.assign(done);
}

function keptHere(form) {
  forget(form);
  delete form.dataset.key;
  form.closest("dialog")?.close();
  form.reset();
  form.querySelectorAll("photo-box, sign-pad").forEach((each) => each.clear());
  toast(words.wordKept);
}

function toast(text, kind = "success") {
  const place = document.getElementById("toasts");
  if (!place) return;
  const box = document.createElement("div");
  box.className = `alert alert-${kind} toast-line`;
  box.textContent = text;
  place.append(box);
  if (kind === "success") return setTimeout(() => box.remove(), 6000);
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm ms-2", textContent: words.wordRead });
  button.addEventListener("click", () => box.remove());
  box.append(button);
}

// ---- what waits on this device

async function showOutbox() {
  const bar = document.getElementById("outbox");
  if (!bar) return;
  const waiting = (await all("acts").catch(() => [])).filter((act) => act.person === words.person);
  bar.hidden = !waiting.length;
  const list = bar.querySelector("ul");
  list.replaceChildren(...waiting.map((act) => {
    const row = document.createElement("li");
    row.textContent = act.refused ? `${act.title}${words.wordColon}${act.refused}` : `${act.title}${words.wordColon}${words.wordWaiting}`;
    if (act.refused) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm ms-2", textContent: words.wordRead });
      button.addEventListener("click", async () => {
        await drop("acts", act.key);
        showOutbox();
      });
      row.append(button);
    }
    return row;
  }));
}
onOutbox((event) => {
  showOutbox();
  if (event.kind === "sent") {
    toast(`${event.act.title}${words.wordColon}${words.wordSent}`);
    changed();
  }
});
showOutbox();
drain();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset?.command === undefined && form.dataset?.path === undefined) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) return;
  submit(form, event.submitter);
});
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.form || event.target.closest?.("form");
    if (form?.dataset.draft) saveDraft(form);
  });
}
document.querySelectorAll("form[data-draft]").forEach(loadDraft);
// The back button brings a page back as it was left: a form that was accepted must not be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-left]")) location.reload();
});
