// <form data-path="…" data-csv="bases" data-csv-columns="person,month,yuan"> with an <input type="file" data-csv-file>: the lines
// of the file travel as one list of objects. The server says what is wrong with a line, and takes all of them or none.
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes); // as a Chinese spreadsheet program writes it
  }
}

// Cells as RFC 4180 has them: quoted ones may hold commas, line breaks and doubled quotes.
function lines(text) {
  const found = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/g)) {
    row.push((quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim());
    if (end === ",") continue;
    if (row.some(Boolean)) found.push(row);
    row = [];
  }
  return found;
}

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (!input.matches?.("[data-csv-file]") || !input.files.length) return;
  const form = input.form;
  const columns = form.dataset.csvColumns.split(",");
  const [head, ...rows] = lines(decoded(await input.files[0].arrayBuffer()).replace(/^\ufeff/, ""));
  const right = head && head.map((cell) => cell.toLowerCase()).join(",") === columns.join(",") && rows.length > 0;
  const list = right ? rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ""]))) : null;
  form.querySelector(`input[name="${form.dataset.csv}"]`).value = list ? JSON.stringify(list) : "";
  const note = form.querySelector("[data-csv-note]");
  note.textContent = list ? note.dataset.word.replace("{n}", list.length) : input.dataset.wrong;
  input.setCustomValidity(list ? "" : input.dataset.wrong);
});
