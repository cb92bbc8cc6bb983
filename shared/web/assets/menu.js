// Menus and dialogs without inline handlers: [data-dialog="id"] opens, [data-close] closes, [data-print] prints.
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-dialog], [data-close], [data-print], [data-copy]");
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if (target.dataset.dialog) {
    const dialog = document.getElementById(target.dataset.dialog);
    if (dialog && !dialog.open) {
      event.preventDefault();
      dialog.showModal();
    }
  } else if (target.hasAttribute("data-close")) {
    event.preventDefault();
    target.closest("dialog")?.close();
    // What was added in the dialog stands on the card around it.
    if (target.hasAttribute("data-refresh")) target.closest("[data-part]")?.dispatchEvent(new Event("ccrm:retry"));
  } else if (target.hasAttribute("data-print")) {
    window.print();
  } else if (target.dataset.copy) {
    navigator.clipboard?.writeText(target.dataset.copy);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});
// A filter that is changed is applied: [data-auto-submit] on its form.
document.addEventListener("change", (event) => {
  if (event.target.matches("select") && event.target.form?.hasAttribute("data-auto-submit")) {
    event.target.form.requestSubmit();
  }
});
