// One picture at a time. The next ones are loaded while you look, and your answer is sent while
// you look at the next, so nobody waits for the network.
//
// The page is in one of these modes: "coming" (a picture is on its way), "empty", "broken",
// "blind" (it can be answered), "told" (just answered), "opened" (answered before, opened again).

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
const desk = document.getElementById("desk");
const trouble = document.getElementById("trouble");
const buttons = Object.fromEntries(["next", "undo", "skip", "flag", "pace"].map((id) => [id, document.getElementById(id)]));
const answers = Object.fromEntries([...desk.querySelectorAll("[data-answer]")].map((button) => [button.dataset.answer, button]));
const urls = JSON.parse(page.dataset.urls);

let mode = "coming";
let shown = null; // the picture on the canvas
let autoAdvance = page.dataset.autoAdvance === "true";
const given = []; // what was answered or skipped, the last at the end

const viewer = new Viewer(document.getElementById("canvas"), {
  zoomed: (words) => (document.getElementById("zoom").textContent = words),
});
const told = new Told(document.getElementById("told"), viewer, urls.told);
const results = new Results();
const flagDialog = new FlagDialog();
given.push(...results.known().map((picture) => ({ picture })));

const outbox = new Outbox({
  done(op, answer) {
    sayTrouble("");
    if (answer.waiting !== undefined) setWaiting(answer.waiting);
    if (op.answer) results.stored(op.picture.id, answer.html);
    if (op.answer && mode === "told" && shown === op.picture) told.open(shown.id);
    turns.fill();
  },
  refused(op, error) {
    // It had got through the first time; only the receipt was lost.
    const wasTaken = op.unanswered && error.code === "conflict";
    if (op.answer && wasTaken) results.kept(op.picture.id);
    if (op.answer && !wasTaken) takeOutOfStrip(op.picture);
    sayTrouble(wasTaken ? "" : error.message, { again: false });
    if (!wasTaken && shown === op.picture && mode === "told") draw();
    turns.fill();
  },
  stuck(op, error) {
    const count = outbox.size === 1 ? "Your last answer is" : `Your last ${outbox.size} answers are`;
    sayTrouble(`${error.message} ${count} kept here and not stored yet.`);
  },
});

const turns = new Turns(urls, {
  first: page.dataset.first,
  again: page.dataset.again === "true",
  busy: () => outbox.images,
  arrived({ waiting }) {
    setWaiting(waiting);
    if (mode === "empty" || (mode === "coming" && !shown)) draw();
  },
  empty({ waiting, again }) {
    setWaiting(waiting);
    // What is still being sent is before you until it is stored; then this is asked once more.
    if (!outbox.size && (mode === "coming" || mode === "empty")) drawEmpty(again);
  },
  failed(error) {
    if (mode === "coming" && !turns.current) viewer.say(line(`${error.message} Press R to try again.`));
  },
  lost(pictures) {
    const which = pictures.length === 1 ? "A picture was" : `${pictures.length} pictures were`;
    sayTrouble(`${which} not looked at for a while and went back to the queue for others.`, { again: false });
    if (pictures.includes(shown) && (mode === "blind" || mode === "coming")) draw();
  },
});

// --- answering --------------------------------------------------------------------------------

function vote(answer) {
  if (mode === "opened") return changeAnswer(answer);
  if (mode !== "blind") return false;
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
  const picture = shown;
  if (picture.answer !== answer) {
    send(picture, answer, { anew: true });
    forget(picture);
    given.push({ picture });
  }
  draw();
}

function skip() {
  if (mode !== "blind") return false;
  leave({ url: urls.skip });
  results.say("Skipped");
}

/** Flag what is on the canvas; one that is answered keeps its answer. */
function flag() {
  if (!["blind", "told", "opened"].includes(mode)) return false;
  const picture = shown;
  flagDialog.open((note) => {
    results.say("Flagged: an adjudicator will look at it.");
    if (mode === "blind" && shown === picture) leave({ url: urls.flag, note });
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
  const opened = mode === "told" || mode === "opened";
  const picture = opened ? shown : given.at(-1)?.picture;
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
  refresh();
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
    if (shown === picture && mode === "coming") drawBroken();
    return;
  }
  if (shown !== picture || mode !== "coming") return;
  enter("blind", picture);
  picture.watch ??= new Stopwatch();
  picture.watch.start();
}

function showJustAnswered(picture) {
  enter("told", picture);
  told.expect(picture.id, "Being stored");
  buttons.next.focus();
}

async function open(row) {
  const known = results.picture(row);
  const picture = given.find((entry) => entry.picture.id === known.id)?.picture ?? known;
  picture.answer = known.answer;
  if (mode === "blind") shown.watch.stop();
  load(picture);
  enter("opened", picture);
  told.open(picture.id);
  await viewer.show(picture).catch(() => viewer.say(line("This picture could not be shown.")));
}

function next() {
  if (mode !== "told" && mode !== "opened") return false;
  draw();
}

function drawBroken() {
  enter("broken", shown);
  const goOn = document.createElement("button");
  goOn.type = "button";
  goOn.className = "button";
  goOn.textContent = "Go on without it";
  goOn.addEventListener("click", () => {
    const picture = turns.take();
    outbox.add({ url: urls.skip, body: { image: picture.id }, picture });
    draw();
    turns.fill();
  });
  viewer.say(line("This picture could not be shown. It stays in the queue."), goOn);
}

function drawEmpty(again) {
  enter("empty", null);
  const empty = document.getElementById("empty-queue").content.cloneNode(true);
  const offer = empty.querySelector("[data-again]");
  offer.hidden = !again;
  offer.querySelector("[data-count]").textContent = again;
  offer.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    turns.again = true;
    turns.fill();
  });
  // Nothing is read out anew while nothing has changed.
  const before = document.querySelector("#canvas .empty")?.textContent;
  if (before !== empty.querySelector(".empty").textContent) viewer.say(empty);
}

function line(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function enter(now, picture) {
  mode = now;
  shown = picture;
  refresh();
}

function refresh() {
  const answered = mode === "told" || mode === "opened";
  desk.dataset.mode = mode;
  for (const [answer, button] of Object.entries(answers)) {
    button.disabled = mode !== "blind" && mode !== "opened";
    if (answered && shown.answer === answer) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  }
  buttons.skip.disabled = mode !== "blind";
  buttons.flag.disabled = mode !== "blind" && !answered;
  buttons.next.hidden = !answered;
  buttons.undo.disabled = !given.length && !answered;
}

function setWaiting(count) {
  document.getElementById("waiting").textContent = count;
}

function sayTrouble(text, { again = true } = {}) {
  trouble.hidden = !text;
  const words = trouble.querySelector("span");
  if (words.textContent !== text) words.textContent = text; // said once, however often it is tried
  trouble.querySelector("button").hidden = !again;
}

// --- the rest ---------------------------------------------------------------------------------

async function setPace() {
  autoAdvance = !autoAdvance;
  buttons.pace.setAttribute("aria-checked", String(autoAdvance));
  if (autoAdvance && mode === "told") draw();
  try {
    await postJson(urls.pace, { auto_advance: autoAdvance });
  } catch (error) {
    sayTrouble(`${error.message} Your choice holds until you leave this page.`, { again: false });
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
  "+": () => viewer.closer(),
  "=": () => viewer.closer(),
  "-": () => viewer.further(),
  0: () => viewer.fit(),
  ArrowLeft: () => viewer.pan(-1, 0),
  ArrowRight: () => viewer.pan(1, 0),
  ArrowUp: () => viewer.pan(0, -1),
  ArrowDown: () => viewer.pan(0, 1),
  "?": showKeys,
  r: retry,
});

const PRESSED = {
  next, undo, skip, flag, pace: setPace, again: retry, help: showKeys,
  closer: () => viewer.closer(), further: () => viewer.further(), fit: () => viewer.fit(),
};
page.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const button = event.target.closest("button");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(opener.closest("[data-image]"));
  } else if (button && !button.disabled) {
    const act = button.dataset.answer ? () => vote(button.dataset.answer) : PRESSED[button.id];
    if (!act) return;
    event.preventDefault(); // the form is for those without this script
    act();
  }
});
desk.addEventListener("submit", (event) => event.preventDefault());
addEventListener("online", retry);
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("beforeunload", (event) => {
  if (outbox.size) event.preventDefault();
});

page.classList.add("live");
const opened = page.dataset.opened && results.row(page.dataset.opened);
if (opened) open(opened);
else refresh(); // what the server put on the canvas stays until the pictures are here
turns.fill();
