import { SIGNED_IN } from "./store.js";

// A session goes on while somebody works: the cookie is renewed now and then. Where dispatch is away, the old one lasts for hours.
const EVERY_MS = 30 * 60 * 1000;
const KEY = "ccrm-renewed";

async function renew() {
  if (!document.documentElement.dataset.person || document.visibilityState !== "visible") return;
  const last = Number(localStorage.getItem(KEY) || 0);
  if (Date.now() - last < EVERY_MS) return;
  localStorage.setItem(KEY, String(Date.now()));
  await fetch("/session/renew", { method: "POST", credentials: "same-origin" }).catch(() => null);
}
// This window was opened only to sign in: the page that waits for it goes on by itself.
if (document.documentElement.dataset.signedIn !== undefined) {
  localStorage.setItem(SIGNED_IN, String(Date.now()));
  window.close();
}
document.addEventListener("visibilitychange", renew);
setInterval(renew, 60 * 1000);
