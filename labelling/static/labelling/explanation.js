// The heat map over a picture: fetched at the first press, shown and hidden at each one.

import { getJson } from "./http.js";
import { listen } from "./keys.js";

const picture = document.getElementById("picture");
let heat = null; // the overlay, once it is there
let fetching = false;

// The button comes with the finding, perhaps long after the page.
const button = () => document.querySelector("[data-heat]");
const words = () => document.getElementById("explanation");

async function toggle() {
  if (!button() || fetching) return;
  if (heat) return show(button().getAttribute("aria-pressed") !== "true");
  fetching = true;
  button().setAttribute("aria-busy", "true");
  say("Drawing the map");
  try {
    const answer = await getJson(button().closest("[data-explanation]").dataset.explanation);
    await place(answer.html);
    show(true);
  } catch (error) {
    heat = null;
    say(error.message || "The map could not be shown.", "notice bad");
  } finally {
    fetching = false;
    button().removeAttribute("aria-busy");
  }
}

/** Put the words beside the picture and, once it is whole, the map over it. */
async function place(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const overlay = document.importNode(made.content.querySelector(".heat"));
  made.content.querySelector(".heat").remove();
  await overlay.decode().catch(() => {
    throw new Error("The map could not be loaded.");
  });
  words().replaceChildren(made.content);
  picture.append(overlay);
  heat = overlay;
}

function show(on) {
  heat.hidden = !on;
  words().hidden = !on;
  picture.classList.toggle("under-heat", on);
  button().setAttribute("aria-pressed", String(on));
}

function say(text, className = "quiet") {
  const line = document.createElement("p");
  line.className = className;
  line.textContent = text;
  words().replaceChildren(line);
  words().hidden = false;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-heat]")) toggle();
});
listen({ m: toggle });
