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
document.addEventListener("visibilitychange", renew);
setInterval(renew, 60 * 1000);
