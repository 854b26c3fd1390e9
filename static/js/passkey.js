// Shows what a passkey can be used with, where the browser has passkeys, and says so where one was not used. The
// ceremony itself is allauth's (mfa/js/webauthn.js).

for (const said of document.querySelectorAll("[data-no-script]")) said.hidden = true;

// No device keeps a passkey for a number, such as 127.0.0.1: only for a name.
const isNumber = /^[\d.]+$|:/.test(location.hostname);

if (window.PublicKeyCredential && !isNumber) {
  for (const control of document.querySelectorAll("[data-passkey]")) control.hidden = false;
} else {
  for (const said of document.querySelectorAll("[data-passkey-unsupported]")) said.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.querySelector("[data-passkey-failed]");
  said.hidden = false;
  said.focus();
});

// Enter in a field of the form asks for the passkey as its button does; nothing is sent without one.
for (const button of document.querySelectorAll("button[data-passkey]")) {
  button.form?.addEventListener("submit", (event) => {
    const { value } = event.target.querySelector("[name=credential]");
    if (value && value !== "null") return;
    event.preventDefault();
    if (event.submitter !== button) button.click();
  });
}
