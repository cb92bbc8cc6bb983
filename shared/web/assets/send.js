// Talks to the server. `Unreachable` means nobody knows whether it arrived: the same key is sent again.
import { all, drop, get, put } from "./store.js";

export class Unreachable extends Error {}

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.code = body.code;
    this.field = body.field;
  }
}

const NOT_NOW = new Set([408, 425, 429, 500, 502, 503, 504]);

async function answer(request) {
  let response;
  try {
    response = await request();
  } catch (error) {
    throw new Unreachable(error.message);
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  if (NOT_NOW.has(response.status)) throw new Unreachable(body.detail || String(response.status));
  throw new Problem(response.status, body);
}

// On a customer's page the browser may be an officer's: his sign-in stays out of what the customer does (003§16).
const words = document.documentElement.dataset;
const cookies = () => (words.tracking !== undefined || words.customer !== undefined ? "omit" : "same-origin");

// Another person may have signed in since in this browser: what one filled in is never sent in the other's name.
const filledInBy = () => (words.person && cookies() === "same-origin" ? { "X-Signed-In-As": encodeURIComponent(words.person) } : {});

export function command(path, body, key, version) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": key };
  if (version) headers["If-Match"] = `"${version}"`;
  Object.assign(headers, filledInBy());
  const tracking = document.documentElement.dataset.tracking;
  if (tracking) headers["X-Tracking-Token"] = tracking;
  return answer(() => fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: cookies() }));
}

export function upload(record) {
  const query = new URLSearchParams({ kind: record.kind, name: record.name });
  if (record.complaint) query.set("complaint", record.complaint);
  if (record.phase) query.set("phase", record.phase);
  const headers = { "Content-Type": record.blob.type || "application/octet-stream", Accept: "application/json", "Idempotency-Key": record.key, ...filledInBy() };
  const tracking = document.documentElement.dataset.tracking;
  if (tracking) headers["X-Tracking-Token"] = tracking;
  return answer(() => fetch(`/api/v1/attachments?${query}`, { method: "POST", headers, body: record.blob, credentials: cookies() }));
}

// ---- the outbox of this device

const PENDING = "pending:";
export const pendingValue = (key) => PENDING + key;
const listeners = new Set();
export const onOutbox = (listener) => listeners.add(listener);
const tell = (event) => listeners.forEach((listener) => listener(event));

// Uploads what the value refers to and is still here, and gives the value with the ids it got.
async function settled(value) {
  if (Array.isArray(value)) return Promise.all(value.map(settled));
  if (value && typeof value === "object") {
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await settled(v)])));
  }
  if (typeof value !== "string" || !value.startsWith(PENDING)) return value;
  const key = value.slice(PENDING.length);
  const record = await get("uploads", key);
  if (!record) throw new Problem(422, { detail: words.wordPhotoGone, field: "photos" });
  if (!record.attachment) {
    record.attachment = (await upload(record)).attachment;
    record.blob = null;
    await put("uploads", record);
  }
  return record.attachment;
}

export async function sendAct(act) {
  const body = await settled(act.body);
  const told = await command(act.path, body, act.key, act.version);
  for (const key of act.uploads || []) await drop("uploads", key);
  return told;
}

// What a person did without a network, in the order he did it. A refused act stays until he has read why.
export async function keepAct(act) {
  await put("acts", act);
  tell({ kind: "kept", act });
}

let draining = false;
export async function drain() {
  if (draining || !navigator.onLine) return;
  draining = true;
  try {
    // Two tabs of one browser would send the same act twice; the key makes it one, the lock spares the noise.
    const work = async () => {
      const waiting = (await all("acts")).filter((act) => !act.refused).sort((a, b) => a.made - b.made);
      for (const act of waiting) {
        if (act.person !== document.documentElement.dataset.person) continue;
        try {
          const told = await sendAct(act);
          await drop("acts", act.key);
          tell({ kind: "sent", act, told });
        } catch (error) {
          if (error instanceof Unreachable || error.status === 401) return;
          await put("acts", { ...act, refused: error.message });
          tell({ kind: "refused", act, error });
        }
      }
    };
    if (navigator.locks) await navigator.locks.request("ccrm-outbox", { ifAvailable: true }, (lock) => lock && work());
    else await work();
  } finally {
    draining = false;
  }
}
window.addEventListener("online", drain);
document.addEventListener("visibilitychange", drain);
setInterval(drain, 20000);
