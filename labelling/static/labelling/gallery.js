// Selecting many pictures: by click and shift-click, and by keys alone.

const form = document.getElementById("gallery");
const bulk = document.getElementById("bulk");
const all = document.getElementById("bulk-all");
const said = document.getElementById("bulk-count");
const clearButton = document.getElementById("bulk-clear");
const picks = form ? [...form.querySelectorAll(".pick")] : [];

let anchor = 0; // where a range begins

const box = (at) => picks[at].querySelector(".pick-box");
const link = (at) => picks[at].querySelector(".tile");
const focused = () => picks.findIndex((pick) => pick.contains(document.activeElement));
const chosen = () => picks.filter((_, at) => box(at).checked).length;

function refresh() {
  const count = chosen();
  for (const [at, pick] of picks.entries()) pick.classList.toggle("picked", box(at).checked || all.checked);
  bulk.classList.toggle("idle", !count && !all.checked);
  clearButton.hidden = !count && !all.checked;
  said.textContent = all.checked ? "All that match are selected" : count ? `${count} selected` : "Select pictures first";
}

function set(at, on) {
  box(at).checked = on;
}

/** Select everything between the anchor and `at`, and nothing else if `only`. */
function range(at, { only = false } = {}) {
  const [low, high] = at < anchor ? [at, anchor] : [anchor, at];
  for (let each = 0; each < picks.length; each += 1) {
    const inside = each >= low && each <= high;
    if (inside || only) set(each, inside);
  }
}

function clear() {
  all.checked = false;
  for (let at = 0; at < picks.length; at += 1) set(at, false);
}

/** How many pictures stand in a row, as the window is now. */
function columns() {
  const top = picks[0].offsetTop;
  const next = picks.findIndex((pick) => pick.offsetTop !== top);
  return next < 0 ? picks.length : next;
}

function move(step, extend) {
  const from = Math.max(0, focused());
  const to = focused() < 0 ? 0 : Math.min(picks.length - 1, Math.max(0, from + step));
  link(to).focus();
  if (extend) range(to, { only: true });
  else anchor = to;
}

const KEYS = {
  ArrowRight: (event) => move(1, event.shiftKey),
  ArrowLeft: (event) => move(-1, event.shiftKey),
  ArrowDown: (event) => move(columns(), event.shiftKey),
  ArrowUp: (event) => move(-columns(), event.shiftKey),
  " ": () => {
    const at = focused();
    if (at < 0) return false;
    anchor = at;
    set(at, !box(at).checked);
  },
  a: () => picks.forEach((_, at) => set(at, true)),
  Escape: clear,
};

function onKey(event) {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, summary, button, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || act(event) === false) return;
  event.preventDefault();
  refresh();
}

function onPick(event) {
  const at = picks.findIndex((pick) => pick.querySelector(".pick-box") === event.target);
  if (at < 0) return;
  if (event.shiftKey) range(at);
  anchor = at;
  refresh();
}

if (bulk) {
  form.addEventListener("click", onPick);
  form.addEventListener("submit", (event) => {
    if (chosen() || all.checked) return;
    event.preventDefault();
    said.textContent = "Select pictures first";
  });
  all.addEventListener("change", refresh);
  clearButton.addEventListener("click", () => {
    clear();
    refresh();
  });
  document.addEventListener("keydown", onKey);
  addEventListener("pageshow", refresh); // going back keeps what was selected
  refresh();
}
