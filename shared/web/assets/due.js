// Due times of a list that only the ledger knows exactly: [data-due-case="ID" data-clock="order.issue"] is filled with the
// clock's due time, what being late costs and has cost; [data-sort-due] puts what is due first on top. When the ledger is
// down, the list stays as the server gave it.
const MOST = 50;
const words = document.documentElement.dataset;

async function clocksOf(cases) {
  const found = {};
  for (let at = 0; at < cases.length; at += MOST) {
    const query = encodeURIComponent(cases.slice(at, at + MOST).join(","));
    const response = await fetch(`/api/v1/due?complaints=${query}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) return found;
    for (const item of (await response.json()).items) found[item.complaint] = item.clocks;
  }
  return found;
}

function wall(iso) {
  return iso.slice(0, 16).replace("T", " ");
}

function fill(place, clocks) {
  const clock = place.dataset.clock ? clocks.find((one) => one.clock === place.dataset.clock) : null;
  if (!clock) return;
  const time = place.querySelector("time");
  const due = new Date(clock.due_at).toISOString();
  if (!time.dataset.due || Date.parse(time.dataset.due) !== Date.parse(due)) {
    time.dataset.due = due;
    time.dateTime = due;
  }
  time.dataset.rule = clock.rule;
  const at = place.querySelector("[data-due-at]");
  if (at) at.textContent = (words.wordDueAt || "{at}").replace("{at}", wall(clock.due_at));
  const cost = place.querySelector("[data-due-cost]");
  if (cost) cost.textContent = clock.accrued ? (words.wordAccrued || "{yuan}").replace("{yuan}", Number(clock.accrued).toLocaleString(document.documentElement.lang)) : "";
}

function sort(list) {
  const due = (row) => Math.min(...[...row.querySelectorAll("time[data-due]")].map((time) => Date.parse(time.dataset.due)), Infinity);
  const rows = [...list.children];
  const sorted = rows.map((row, index) => [due(row), index, row]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , row]) => row);
  if (sorted.some((row, index) => row !== rows[index]) && !list.contains(document.activeElement)) list.append(...sorted);
}

async function refresh() {
  const places = [...document.querySelectorAll("[data-due-case]")];
  if (!places.length || !navigator.onLine) return;
  const cases = [...new Set(places.map((place) => place.dataset.dueCase))];
  const found = await clocksOf(cases).catch(() => ({}));
  for (const place of places) if (place.isConnected) fill(place, found[place.dataset.dueCase] || []);
  document.querySelectorAll("[data-sort-due]").forEach(sort);
}
refresh();
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.querySelector?.("[data-due-case]") || document.querySelector("[data-due-case]")) refresh();
});
