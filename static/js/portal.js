// Conveniences only: every page works without this file.

// A form marked data-once is sent once; the server's form key is what guarantees it. Coming back with the browser's
// Back button shows the page from memory, so the mark is taken off again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    button.setAttribute("aria-disabled", "true");
  }
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// The user menu closes on Escape, giving the focus back, and on a click elsewhere.
const openMenus = () => document.querySelectorAll("details.user-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Paper has no triangles to click.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.more")) details.open = true;
});

// An error summary takes the focus, so that it is read first.
document.querySelector("[data-focus]")?.focus();

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
