// A slider and its field move together; the field alone is sent. Without this file the fields do it all.

const DAY = 86_400_000;

for (const slider of document.querySelectorAll("input[type=range][data-slides]")) {
  const field = document.getElementById(slider.dataset.slides);
  const start = slider.dataset.start && Date.parse(slider.dataset.start);
  const say = () => slider.setAttribute("aria-valuetext", field.value);

  slider.addEventListener("input", () => {
    field.value = start ? new Date(start + slider.value * DAY).toISOString().slice(0, 10) : slider.value;
    say();
  });
  field.addEventListener("input", () => {
    slider.value = start ? Math.round((Date.parse(field.value) - start) / DAY) : field.value;
    say();
  });
  say();
  slider.hidden = false;
}

// A session that ended answers with the sign-in page: go there instead of showing it inside this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL);
  if (answered.pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  location.assign(answered);
});
