// Draws the dashboard's charts and asks each half minute whether something has changed.

import { dashLegends, drawAll } from "./charts.js";

const EVERY = 30_000; // milliseconds
const live = document.getElementById("live");
let tag = "";

function show() {
  drawAll(live);
  dashLegends(live);
}

async function ask() {
  if (document.hidden || live.querySelector("a:focus")) return;
  try {
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(live.dataset.url, { headers, cache: "no-store", signal: AbortSignal.timeout(15_000) });
    if (!answer.ok || answer.redirected) return;
    tag = answer.headers.get("ETag") ?? "";
    swap(await answer.text());
  } catch {
    // The site does not answer; what is shown stays, and the next round asks again.
  }
}

/** Take over what is new; tables that somebody opened stay open. */
function swap(html) {
  const open = [...live.querySelectorAll(".chart")].map((figure) => [figure.id, [...figure.querySelectorAll("details")].map((one) => one.open)]);
  const focused = document.activeElement?.closest(".chart")?.id;
  const made = document.createElement("template");
  made.innerHTML = html;
  live.replaceChildren(made.content);
  show();
  for (const [id, states] of open) {
    document.getElementById(id)?.querySelectorAll("details").forEach((one, i) => (one.open = states[i] ?? one.open));
  }
  if (focused) document.querySelector(`#${focused} summary`)?.focus();
}

show();
setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
