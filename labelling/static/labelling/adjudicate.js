// The adjudicators' desk: its forms work without this; the keys press their buttons, and the
// picture can be looked into.

import { showKeys } from "./dialogs.js";
import { listen } from "./keys.js";
import { Told } from "./told.js";
import { Viewer } from "./viewer.js";

const page = document.getElementById("adjudicate");
const desk = document.getElementById("desk");
const canvas = document.getElementById("canvas");
const note = document.getElementById("note");

page.classList.add("live");
const viewer = new Viewer(canvas, {
  zoomed: (words) => {
    const line = document.getElementById("zoom");
    if (line) line.textContent = words;
  },
});
const section = document.getElementById("told");
const told = section && new Told(section, viewer, "");
if (canvas.dataset.id) show();

async function show() {
  const { id, thumb, view, full, width, height } = canvas.dataset;
  told.adopt(id);
  try {
    await viewer.show({ id, thumb, view, full, width: Number(width), height: Number(height) });
  } catch {
    const line = document.createElement("p");
    line.textContent = "This picture could not be shown. Skip it, or load the page again.";
    viewer.say(line);
  }
}

/** Press the button that sends `value`, once: what is being sent is not sent twice. */
let sent = false;
function press(value) {
  const button = desk.querySelector(`[name="do"][value="${value}"]`);
  if (!button || button.disabled || sent) return false;
  desk.requestSubmit(button);
}

desk.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
addEventListener("pageshow", () => (sent = false));
note?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") note.blur();
  if (event.key === "Enter") event.preventDefault(); // it would send whichever button comes first
});

listen({
  a: () => press("ai"),
  h: () => press("human"),
  x: () => press("unusable"),
  s: () => press("skip"),
  d: () => press("dismiss"),
  z: () => press("undo"),
  i: () => (note ? note.focus() : false),
  m: () => (told ? told.toggleHeat() : false),
  ...viewer.keys,
  "?": showKeys,
});

const PRESSED = { help: showKeys, ...viewer.buttons };
page.addEventListener("click", (event) => PRESSED[event.target.closest("button")?.id]?.());
