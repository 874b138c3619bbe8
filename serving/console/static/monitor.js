"use strict";
// The operators' page, shown anew every 10 seconds while somebody looks. Nothing is asked for by a tab that is hidden, nor
// where nobody has touched the page for half an hour: asking keeps a session open, and an empty chair has none.
const now = document.getElementById("monitor-now"), line = document.getElementById("monitor-line");
const pauseButton = document.getElementById("monitor-pause"), told = document.getElementById("monitor-told");
const EVERY = 10_000, RESTS_AFTER = 30 * 60_000;
let paused = false, gone = false, asking = false, touchedAt = performance.now();

const say = (key) => { if (line.textContent !== line.dataset[key]) line.textContent = line.dataset[key]; };
const announce = (text) => { told.textContent = text; };

function put(fresh) {
  // what has the focus keeps it: links lead to parts that are there again
  const address = now.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const changed = fresh.dataset.states !== now.dataset.states;
  now.replaceChildren(...fresh.childNodes);
  Object.assign(now.dataset, fresh.dataset);
  for (const box of now.querySelectorAll(".scroll")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  if (address) now.querySelector(`a[href="${CSS.escape(address)}"]`)?.focus();
  if (changed) announce(now.dataset.headline);
}

async function ask() {
  if (paused || gone || asking || document.hidden) return;
  if (performance.now() - touchedAt > RESTS_AFTER) {
    hold(true, "rests");
    return;
  }
  asking = true;
  try {
    const reply = await fetch(now.dataset.from, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) {
      gone = true;
      say("gone");
      announce(line.dataset.gone);
      return;
    }
    if (!reply.ok) throw new Error(String(reply.status));
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("monitor-now");
    if (paused) return;
    put(fresh);
    say("live");
  } catch {
    if (line.textContent !== line.dataset.lost) announce(line.dataset.lost);
    say("lost");
  } finally {
    asking = false;
  }
}

function hold(value, why) {
  paused = value;
  pauseButton.textContent = paused ? pauseButton.dataset.goOn : pauseButton.dataset.pause;
  say(why);
}

pauseButton.addEventListener("click", () => {
  hold(!paused, paused ? "live" : "paused");
  if (!paused) ask();
});
for (const kind of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => { touchedAt = performance.now(); }, { passive: true });
}
document.addEventListener("visibilitychange", ask);
setInterval(ask, EVERY);
say("live");
