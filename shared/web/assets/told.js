// <form data-tell="ID">: what the answer says under the names in the dialog ID (data-told="password") is shown there, once.
document.addEventListener("ccrm:accepted", (event) => {
  const dialog = document.getElementById(event.target.dataset.tell || "");
  if (!dialog) return;
  for (const place of dialog.querySelectorAll("[data-told]")) place.textContent = event.detail?.[place.dataset.told] ?? "";
  // After the form's own dialog has closed.
  setTimeout(() => dialog.showModal());
  dialog.addEventListener("close", () => dialog.querySelectorAll("[data-told]").forEach((each) => each.replaceChildren()), { once: true });
});
