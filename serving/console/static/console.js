"use strict";
// Comfort where a browser runs it: keys, clocks, forms. Every page works without it; its texts come from the page.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
for (const element of all("[data-needs-script]")) element.hidden = false;

// What scrolls can be reached by key, also where nothing in it can
for (const box of all(".scroll")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

// Dialogs: a button with data-opens="id"
for (const button of all("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}

// Keys: rows of the dialog say which keys press what; single letters rest in fields, and each can be switched off
const keyRows = all("tr[data-keys]"), KEPT = "clearclaim.keys.off";

const writesText = (element) => element?.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");

function keysSwitchedOff() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEPT) ?? "[]"));
  } catch {
    return new Set(); // a browser that keeps nothing, or something else under this name
  }
}

function listenToKeys() {
  const off = keysSwitchedOff();
  let begun = "", begunAt = 0;
  for (const row of keyRows) {
    const box = row.querySelector("input");
    box.checked = !off.has(row.dataset.keys);
    box.addEventListener("change", () => {
      off[box.checked ? "delete" : "add"](row.dataset.keys);
      try {
        localStorage.setItem(KEPT, JSON.stringify([...off]));
      } catch { /* it holds for this page then */ }
    });
  }
  document.addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing;
    if (busy || event.defaultPrevented || writesText(event.target) || document.querySelector("dialog[open]")) return;
    const keys = begun && event.timeStamp - begunAt < 1500 ? `${begun} ${event.key}` : event.key;
    const row = keyRows.find((each) => each.dataset.keys === keys && !off.has(keys));
    const element = row && all(row.dataset.presses).find((each) => !each.disabled && each.checkVisibility?.() !== false);
    if (element) {
      event.preventDefault();
      element.click();
      if (element.matches("[type=radio]")) element.focus();
    }
    begun = keyRows.some((each) => each.dataset.keys.startsWith(`${event.key} `)) ? event.key : "";
    begunAt = event.timeStamp;
  });
}
if (keyRows.length) listenToKeys();

// Clocks: data-until="milliseconds since 1970", by the server's clock. What the server wrote stands until then, and stays
// without script. A clock within a form is that form's time: when it is over, its buttons are too.
const clocks = all("[data-until]");
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const behind = Number(document.documentElement.dataset.now) - performance.now();

function inWords(ms) { // as the server would say it: the page has its words, with places for the numbers
  const words = document.getElementById("near-end").dataset;
  const say = (text, one, other) => text.replace("{0}", Math.floor(one)).replace("{1}", Math.floor(other));
  if (ms < 2 * MINUTE) return say(words.seconds, ms / SECOND);
  if (ms < HOUR) return say(words.minutes, ms / MINUTE);
  if (ms < 2 * DAY) return say(words.hours, ms / HOUR, (ms % HOUR) / MINUTE);
  return say(words.days, ms / DAY);
}

function tick(clock) {
  const left = Math.max(0, Number(clock.dataset.until) - behind - performance.now());
  const text = inWords(left);
  if (clock.textContent !== text) clock.textContent = text;
  const form = clock.closest("form");
  if (form && left <= 10 * SECOND && !clock.dataset.told) {
    clock.dataset.told = "yes"; // once, politely: a reader that heard each second would hear nothing else
    document.getElementById("near-end").textContent = `${form.querySelector("button")?.textContent ?? ""} ${text}`;
  }
  if (left > 0) return true;
  if (clock.matches(".badge")) clock.className = "badge late";
  if (form) for (const button of all("button", form)) button.disabled = true;
  return false;
}

let running = clocks.filter((clock) => Number(clock.dataset.until) > behind + performance.now());
if (running.length) {
  const beat = setInterval(() => {
    running = running.filter(tick);
    if (!running.length) clearInterval(beat);
  }, SECOND);
  running = running.filter(tick);
}

// Forms: sent once, not left half-written by mistake
const posts = all("form[method=post]");
const written = (form) => !form.dataset.sent && all("textarea", form).some((field) =>
  field.value.trim() && (field.value !== field.defaultValue || form.querySelector("[aria-invalid=true]")));

for (const form of posts) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // after the browser has gathered the fields, for the button that was pressed is one of them
    setTimeout(() => { for (const button of all("button:enabled", form)) button.dataset.held = button.disabled = true; });
  });
}
function release() {
  for (const form of posts) delete form.dataset.sent;
  for (const button of all("button[data-held]")) {
    button.disabled = false;
    delete button.dataset.held;
  }
}
addEventListener("pageshow", release); // back from another page: what was sent can be sent again
if (posts.some((form) => form.querySelector("textarea"))) {
  addEventListener("beforeunload", (event) => {
    if (!posts.some(written)) return;
    event.preventDefault();
    setTimeout(release, SECOND); // whoever stays finds the buttons as they were
  });
}

// data-shown-for="deny": shown, and sent, only while the form's choice is one of these
function showChosen(form) {
  const chosen = all("input[type=radio]:checked", form).map((radio) => radio.value);
  for (const part of all("[data-shown-for]", form)) {
    part.hidden = !part.dataset.shownFor.split(" ").some((value) => chosen.includes(value));
    for (const field of all("input, select, textarea", part)) field.disabled = part.hidden;
  }
}
for (const form of posts.filter((each) => each.querySelector("[data-shown-for]"))) {
  form.addEventListener("change", () => showChosen(form));
  addEventListener("pageshow", () => showChosen(form)); // a browser that goes back restores what was chosen
  showChosen(form);
}

// data-fills="id of a field": a choice writes its option's data-text there, and never over what a person wrote
for (const select of all("select[data-fills]")) {
  select.addEventListener("change", () => {
    const field = document.getElementById(select.dataset.fills);
    const text = select.selectedOptions[0]?.dataset.text ?? "";
    if (!field || !text) return;
    const untouched = !field.value.trim() || [...select.options].some((option) => option.dataset.text === field.value);
    field.value = untouched ? text : `${field.value.trimEnd()}\n\n${text}`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
