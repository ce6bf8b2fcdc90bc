// What the reviewing page shows around the picture, and which of its buttons can be pressed.
//
// It is in one of these modes: "coming" (a picture is on its way), "empty", "broken", "blind" (it
// can be answered), "told" (just answered), "opened" (answered before, opened again).

const desk = document.getElementById("desk");
const trouble = document.getElementById("trouble");
const byId = (id) => document.getElementById(id);

/** The buttons of the answers, by what they say. */
export const answers = Object.fromEntries(
  [...desk.querySelectorAll("[data-answer]")].map((button) => [button.dataset.answer, button]),
);

export class Desk {
  mode = "coming";
  shown = null; // the picture on the canvas

  get answered() {
    return this.mode === "told" || this.mode === "opened";
  }

  /** `undoable`: whether there is something to take back. */
  enter(mode, picture, undoable) {
    this.mode = mode;
    this.shown = picture;
    this.refresh(undoable);
  }

  refresh(undoable) {
    const { mode, answered } = this;
    desk.dataset.mode = mode;
    for (const [answer, button] of Object.entries(answers)) {
      button.disabled = mode !== "blind" && mode !== "opened";
      if (answered && this.shown.answer === answer) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
    byId("skip").disabled = mode !== "blind";
    byId("flag").disabled = mode !== "blind" && !answered;
    byId("undo").disabled = !undoable && !answered;
    byId("next").hidden = !answered;
  }

  wait(count) {
    byId("waiting").textContent = count;
  }

  /** Say what is wrong, or nothing any more; `again` offers to send once more. */
  say(text, { again = true } = {}) {
    trouble.hidden = !text;
    const words = trouble.querySelector("span");
    if (words.textContent !== text) words.textContent = text; // once, however often it is tried
    trouble.querySelector("button").hidden = !again;
  }
}

export function line(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

/** A button, and what it does. */
export function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** "Nothing waits for you", with the offer of `again` pictures; null where it stands there already. */
export function emptyQueue(again, lookAgain) {
  const empty = byId("empty-queue").content.cloneNode(true);
  const offer = empty.querySelector("[data-again]");
  offer.hidden = !again;
  offer.querySelector("[data-count]").textContent = again;
  offer.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    lookAgain();
  });
  const before = document.querySelector("#canvas .empty")?.textContent;
  return before === empty.querySelector(".empty").textContent ? null : empty;
}
