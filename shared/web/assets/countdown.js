// Running clocks: <time data-due="ISO" data-rule="…"> shows what is left, or how late it is.
// The browser's clock may be wrong: the server's time of the page is the reference.
const ahead = Date.now() - Date.parse(document.documentElement.dataset.now || new Date().toISOString());
const words = document.documentElement.dataset;

export function serverNow() {
  return Date.now() - ahead;
}

function spell(ms) {
  const total = Math.floor(Math.abs(ms) / 1000);
  const days = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  const two = (n) => String(n).padStart(2, "0");
  if (days) return `${days} ${words.wordDays} ${hours} ${words.wordHours}`;
  if (hours) return `${hours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

function draw(element) {
  const left = Date.parse(element.dataset.due) - serverNow();
  const late = left < 0;
  const text = late ? `${words.wordLate} ${spell(left)}` : `${words.wordLeft} ${spell(left)}`;
  const shown = element.dataset.rule && !late ? `${text}${words.wordComma}${element.dataset.rule}` : text;
  if (element.textContent !== shown) element.textContent = shown;
  const level = late ? "late" : left < 10 * 60000 ? "soon" : "fine";
  if (element.dataset.level !== level) element.dataset.level = level;
}

function all() {
  for (const element of document.querySelectorAll("time[data-due]")) draw(element);
}
all();
setInterval(all, 1000);
document.addEventListener("htmx:afterSettle", all);
