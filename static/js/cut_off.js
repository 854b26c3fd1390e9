// Counts down to the cut-off that the page states, and says so when it passes. The server decides all the same.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
// When a screen reader is told, in minutes left. In between nothing is said.
const TOLD_AT = [30, 10, 5, 1];
const UNITS = [["day", 24 * 60 * MINUTE], ["hour", 60 * MINUTE], ["minute", MINUTE], ["second", SECOND]];

const language = document.documentElement.lang;
const joined = new Intl.ListFormat(language, { type: "conjunction" });
const still = matchMedia("(prefers-reduced-motion: reduce)");

function inWords(left, smallest) {
  const parts = [];
  for (const [unit, length] of UNITS.slice(0, smallest)) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count) parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count));
  }
  return joined.format(parts.slice(0, 2));
}

for (const clock of document.querySelectorAll("[data-cut-off]")) {
  const [words, said, until, passed] = ["[data-left]", "[data-said]", "[data-until]", "[data-passed]"].map((part) =>
    clock.querySelector(part),
  );
  // By the time that has gone by, and not by this machine's clock: it may be wrong.
  const [answered] = performance.getEntriesByType("navigation");
  const end = Date.now() - performance.now() + (answered?.responseStart ?? 0) + Number(clock.dataset.milliseconds);
  const untold = TOLD_AT.filter((minutes) => minutes * MINUTE < end - Date.now());

  function show() {
    const left = end - Date.now();
    if (left < 0) {
      clearInterval(ticking);
      until.hidden = true;
      passed.hidden = false;
      said.textContent = passed.querySelector("p").textContent.trim();
      return;
    }
    const bySeconds = left < 10 * MINUTE && !still.matches;
    const now = inWords(left, bySeconds ? 4 : 3) || words.dataset.under;
    if (words.textContent !== now) words.textContent = now;
    if (!untold.length || left > untold[0] * MINUTE) return;
    untold.shift();
    said.textContent = said.dataset.said.replace("{time}", inWords(left + SECOND, 3));
  }

  const ticking = setInterval(show, SECOND);
  show();
}
