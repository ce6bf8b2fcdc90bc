// One picture at a time. The next ones are loaded while you look, and your answer is sent while
// you look at the next, so nobody waits for the network.

import { Desk, answers, button, emptyQueue, line } from "./desk.js";
import { FlagDialog, showKeys } from "./dialogs.js";
import { postJson } from "./http.js";
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Results } from "./results.js";
import { Stopwatch } from "./stopwatch.js";
import { Told } from "./told.js";
import { Turns } from "./turns.js";
import { Viewer, load } from "./viewer.js";

const page = document.getElementById("review");
const urls = JSON.parse(page.dataset.urls);

let autoAdvance = page.dataset.autoAdvance === "true";
const given = []; // what was answered or skipped, the last at the end

const desk = new Desk();
const viewer = new Viewer(document.getElementById("canvas"), {
  zoomed: (words) => (document.getElementById("zoom").textContent = words),
});
const told = new Told(document.getElementById("told"), viewer, urls.told);
const results = new Results();
const flagDialog = new FlagDialog();
given.push(...results.known().map((picture) => ({ picture })));

const outbox = new Outbox({
  done(op, answer) {
    desk.say("");
    if (answer.waiting !== undefined) desk.wait(answer.waiting);
    if (op.answer) results.stored(op.picture.id, answer.html);
    if (op.answer && desk.mode === "told" && desk.shown === op.picture) told.open(desk.shown.id);
    turns.fill();
  },
  refused(op, error) {
    // It had got through the first time; only the receipt was lost.
    const wasTaken = op.unanswered && error.code === "conflict";
    if (op.answer && wasTaken) results.kept(op.picture.id);
    if (op.answer && !wasTaken) takeOutOfStrip(op.picture);
    desk.say(wasTaken ? "" : error.message, { again: false });
    if (!wasTaken && desk.shown === op.picture && desk.mode === "told") draw();
    turns.fill();
  },
  stuck(op, error) {
    const count = outbox.size === 1 ? "Your last answer is" : `Your last ${outbox.size} answers are`;
    desk.say(`${error.message} ${count} kept here and not stored yet.`);
  },
});

const turns = new Turns(urls, {
  first: page.dataset.first,
  again: page.dataset.again === "true",
  busy: () => outbox.images,
  arrived({ waiting }) {
    desk.wait(waiting);
    if (desk.mode === "empty" || (desk.mode === "coming" && !desk.shown)) draw();
  },
  empty({ waiting, again }) {
    desk.wait(waiting);
    // What is still being sent is before you until it is stored; then this is asked once more.
    if (!outbox.size && (desk.mode === "coming" || desk.mode === "empty")) drawEmpty(again);
  },
  failed(error) {
    if (desk.mode === "coming" && !turns.current) viewer.say(line(`${error.message} Press R to try again.`));
  },
  lost(pictures) {
    const which = pictures.length === 1 ? "A picture was" : `${pictures.length} pictures were`;
    desk.say(`${which} not looked at for a while and went back to the queue for others.`, { again: false });
    if (pictures.includes(desk.shown) && (desk.mode === "blind" || desk.mode === "coming")) draw();
  },
});

// --- answering --------------------------------------------------------------------------------

function vote(answer) {
  if (desk.mode === "opened") return changeAnswer(answer);
  if (desk.mode !== "blind") return false;
  const picture = turns.take();
  given.push({ picture });
  send(picture, answer, { seconds: picture.watch.stop() });
  if (autoAdvance) draw();
  else showJustAnswered(picture);
  turns.fill();
}

function send(picture, answer, more) {
  picture.answer = answer;
  results.pending(picture, answer, answers[answer].dataset.word);
  outbox.add({ url: urls.vote, body: { image: picture.id, answer, ...more }, picture, answer });
}

function changeAnswer(answer) {
  const picture = desk.shown;
  if (picture.answer !== answer) {
    send(picture, answer, { anew: true });
    forget(picture);
    given.push({ picture });
  }
  draw();
}

function skip() {
  if (desk.mode !== "blind") return false;
  leave({ url: urls.skip });
  results.say("Skipped");
}

/** Flag what is on the canvas; one that is answered keeps its answer. */
function flag() {
  if (desk.mode !== "blind" && !desk.answered) return false;
  const picture = desk.shown;
  flagDialog.open((note) => {
    results.say("Flagged: an adjudicator will look at it.");
    if (desk.mode === "blind" && desk.shown === picture) leave({ url: urls.flag, note });
    else outbox.add({ url: urls.flag, body: { image: picture.id, note }, picture });
  });
}

/** Go on without an answer. */
function leave({ url, note }) {
  const picture = turns.take();
  picture.watch.stop();
  given.push({ picture });
  outbox.add({ url, body: { image: picture.id, ...(note && { note }) }, picture });
  draw();
  turns.fill();
}

/** Take back what is on the canvas if it is answered, else the last that you did. */
function undo() {
  const picture = desk.answered ? desk.shown : given.at(-1)?.picture;
  if (!picture) return false;
  forget(picture);
  results.remove(picture.id);
  outbox.add({ url: urls.undo, body: { image: picture.id }, picture });
  turns.putBack(picture);
  draw();
}

function forget(picture) {
  const at = given.findLastIndex((entry) => entry.picture.id === picture.id);
  if (at >= 0) given.splice(at, 1);
}

function takeOutOfStrip(picture) {
  results.remove(picture.id);
  forget(picture);
  desk.refresh(given.length > 0);
}

// --- showing ----------------------------------------------------------------------------------

/** Put the picture whose turn it is on the canvas. Answers are taken once it can be judged. */
async function draw() {
  const picture = turns.current ?? null;
  told.close();
  enter("coming", picture);
  if (!picture) {
    viewer.say(line("Fetching the next picture"));
    turns.fill();
    return;
  }
  try {
    await viewer.show(picture);
  } catch {
    if (desk.shown === picture && desk.mode === "coming") drawBroken();
    return;
  }
  if (desk.shown !== picture || desk.mode !== "coming") return;
  enter("blind", picture);
  picture.watch ??= new Stopwatch();
  picture.watch.start();
}

function showJustAnswered(picture) {
  enter("told", picture);
  told.expect(picture.id, "Being stored");
  document.getElementById("next").focus();
}

async function open(row) {
  const known = results.picture(row);
  const picture = given.find((entry) => entry.picture.id === known.id)?.picture ?? known;
  picture.answer = known.answer;
  if (desk.mode === "blind") desk.shown.watch.stop();
  load(picture);
  enter("opened", picture);
  told.open(picture.id);
  await viewer.show(picture).catch(() => viewer.say(line("This picture could not be shown.")));
}

function next() {
  if (!desk.answered) return false;
  draw();
}

function drawBroken() {
  enter("broken", desk.shown);
  const goOn = button("Go on without it", () => {
    const picture = turns.take();
    outbox.add({ url: urls.skip, body: { image: picture.id }, picture });
    draw();
    turns.fill();
  });
  viewer.say(line("This picture could not be shown. It stays in the queue."), goOn);
}

function drawEmpty(again) {
  enter("empty", null);
  const empty = emptyQueue(again, () => {
    turns.again = true;
    turns.fill();
  });
  if (empty) viewer.say(empty); // nothing is read out anew while nothing has changed
}

function enter(mode, picture) {
  desk.enter(mode, picture, given.length > 0);
}

// --- the rest ---------------------------------------------------------------------------------

async function setPace() {
  autoAdvance = !autoAdvance;
  document.getElementById("pace").setAttribute("aria-checked", String(autoAdvance));
  if (autoAdvance && desk.mode === "told") draw();
  try {
    await postJson(urls.pace, { auto_advance: autoAdvance });
  } catch (error) {
    desk.say(`${error.message} Your choice holds until you leave this page.`, { again: false });
  }
}

function retry() {
  outbox.flush();
  turns.fill();
}

listen({
  a: () => vote("ai"),
  h: () => vote("human"),
  u: () => vote("unsure"),
  x: () => vote("unusable"),
  s: skip,
  f: flag,
  z: undo,
  n: next,
  Enter: next,
  " ": next,
  m: () => told.toggleHeat(),
  ...viewer.keys,
  "?": showKeys,
  r: retry,
});

const PRESSED = {
  next,
  undo,
  skip,
  flag,
  pace: setPace,
  again: retry,
  help: showKeys,
  ...viewer.buttons,
};
page.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const pressed = event.target.closest("button");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(opener.closest("[data-image]"));
  } else if (pressed && !pressed.disabled) {
    const act = pressed.dataset.answer ? () => vote(pressed.dataset.answer) : PRESSED[pressed.id];
    if (!act) return;
    event.preventDefault(); // the form is for those without this script
    act();
  }
});
document.getElementById("desk").addEventListener("submit", (event) => event.preventDefault());
addEventListener("online", retry);
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("beforeunload", (event) => {
  if (outbox.size) event.preventDefault();
});

page.classList.add("live");
const opened = page.dataset.opened && results.row(page.dataset.opened);
if (opened) open(opened);
else desk.refresh(given.length > 0); // what the server put on the canvas stays until the pictures are here
turns.fill();
