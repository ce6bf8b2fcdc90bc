// One picture at a time. The next ones are loaded while you look, and your answer is sent while
// you look at the next, so nobody waits for the network.

import { getJson } from "./http.js";
import { Outbox } from "./outbox.js";
import { Results } from "./results.js";

const AHEAD = 4;
const LARGEST_ZOOM = 2; // beyond it a small picture only blurs
const LOOK_AGAIN = 3000; // milliseconds until an empty queue is asked once more
const page = document.getElementById("review");
const canvas = document.getElementById("canvas");
const trouble = document.getElementById("trouble");
const undoButton = document.getElementById("undo");
const voteButtons = [...page.querySelectorAll("[data-answer]")];
const { nextUrl, voteUrl, undoUrl } = page.dataset;

let first = page.dataset.first;
let pictures = []; // the one on the canvas, then those that come
let showing = null;
let fetching = false;
let lookingAgain = 0;
const given = []; // pictures answered, the last at the end
const skipped = new Set();

const results = new Results();
given.push(...results.known());

const outbox = new Outbox({
  done(op, answer) {
    sayTrouble("");
    setWaiting(answer.waiting);
    if (op.answer) results.stored(op.picture.id, answer.html);
    fill();
  },
  refused(op, error) {
    // It had got through the first time; only the receipt was lost.
    const wasTaken = op.unanswered && error.code === "conflict";
    if (wasTaken && op.answer) results.kept(op.picture.id);
    if (!wasTaken && op.answer) {
      results.remove(op.picture.id);
      forget(op.picture.id);
    }
    sayTrouble(wasTaken ? "" : error.message, { again: false });
    fill();
  },
  stuck(op, error) {
    const count = outbox.size === 1 ? "Your last answer is" : `Your last ${outbox.size} answers are`;
    sayTrouble(`${error.message} ${count} kept here and not stored yet.`);
  },
});

function vote(answer) {
  if (!showing) return;
  const picture = pictures.shift();
  given.push(picture);
  results.pending(picture, answer);
  outbox.add({ url: voteUrl, body: { image: picture.id, answer }, picture, answer });
  draw();
  fill();
}

function undo() {
  const picture = given.pop();
  if (!picture) return;
  results.remove(picture.id);
  outbox.add({ url: undoUrl, body: { image: picture.id }, picture });
  pictures = [picture, ...pictures.filter((other) => other.id !== picture.id)];
  load(picture);
  draw();
}

/** Ask for more pictures while few are left. */
async function fill() {
  if (fetching || pictures.length >= AHEAD) return;
  fetching = true;
  try {
    const known = [...pictures.map(({ id }) => id), ...outbox.images, ...skipped];
    const query = new URLSearchParams({ exclude: known.join(","), first });
    const answer = await getJson(`${nextUrl}?${query}`);
    first = "";
    setWaiting(answer.waiting);
    // What was answered while this was on its way must not come back.
    const busy = new Set([...pictures.map(({ id }) => id), ...outbox.images]);
    const fresh = answer.items.filter(({ id }) => !busy.has(id));
    fresh.forEach(load);
    pictures.push(...fresh);
    if (!pictures.length) drawEmpty();
  } catch (error) {
    if (!pictures.length) drawText(`${error.message} Press R to try again.`);
  } finally {
    fetching = false;
  }
  if (!showing && pictures.length) draw();
}

function load(picture) {
  if (picture.element) return;
  picture.element = new Image();
  picture.element.alt = "The picture to decide on";
  picture.element.src = picture.view;
  picture.ready = picture.element.decode();
}

/** Put the first picture on the canvas. Answers are taken once it can be seen. */
async function draw() {
  const picture = pictures[0];
  showing = null;
  refresh();
  if (!picture) {
    drawText("Fetching the next picture");
    return;
  }
  try {
    await picture.ready;
  } catch {
    if (picture === pictures[0]) drawBroken(picture);
    return;
  }
  if (picture !== pictures[0]) return;
  picture.element.width = LARGEST_ZOOM * picture.element.naturalWidth; // the canvas bounds it
  canvas.replaceChildren(picture.element);
  showing = picture;
  refresh();
}

function drawBroken(picture) {
  const skip = document.createElement("button");
  skip.type = "button";
  skip.className = "button";
  skip.textContent = "Go on without it";
  skip.addEventListener("click", () => {
    skipped.add(picture.id);
    pictures = pictures.filter((other) => other !== picture);
    draw();
    fill();
  });
  drawText("This picture could not be shown. It stays in the queue.");
  canvas.append(skip);
}

function drawEmpty() {
  clearTimeout(lookingAgain);
  lookingAgain = setTimeout(fill, LOOK_AGAIN);
  canvas.replaceChildren(document.getElementById("empty-queue").content.cloneNode(true));
}

function drawText(text) {
  const line = document.createElement("p");
  line.textContent = text;
  canvas.replaceChildren(line);
}

function refresh() {
  for (const button of voteButtons) button.disabled = !showing;
  undoButton.disabled = !given.length;
}

function forget(id) {
  const at = given.findLastIndex((picture) => picture.id === id);
  if (at >= 0) given.splice(at, 1);
  refresh();
}

function setWaiting(count) {
  document.getElementById("waiting").textContent = count;
}

function sayTrouble(text, { again = true } = {}) {
  trouble.hidden = !text;
  trouble.querySelector("span").textContent = text;
  trouble.querySelector("button").hidden = !again;
}

function retry() {
  outbox.flush();
  fill();
}

const KEYS = {
  a: () => vote("ai"),
  h: () => vote("human"),
  u: () => vote("unsure"),
  z: undo,
  r: retry,
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  KEYS[event.key.toLowerCase()]?.();
});
for (const button of voteButtons) button.addEventListener("click", () => vote(button.dataset.answer));
undoButton.addEventListener("click", undo);
document.getElementById("again").addEventListener("click", retry);
addEventListener("online", retry);
addEventListener("beforeunload", (event) => {
  if (outbox.size) event.preventDefault();
});

refresh();
fill();
