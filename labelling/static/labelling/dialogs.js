// The two dialogs of a desk: its keys, and the note of a flag.

export function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog.open) dialog.showModal();
}

/** Ask for a note and hand it to `send`. Ctrl+Enter sends, Esc closes. */
export class FlagDialog {
  #dialog = document.getElementById("flag-dialog");
  #note = this.#dialog.querySelector("textarea");
  #send = () => {};

  constructor() {
    this.#dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#finish();
    });
    this.#note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#dialog.querySelector("form").requestSubmit();
    });
  }

  open(send) {
    this.#send = send;
    this.#note.value = "";
    this.#dialog.showModal();
  }

  #finish() {
    const note = this.#note.value.trim();
    if (!note) return this.#note.focus();
    this.#dialog.close();
    this.#send(note);
  }
}

/** Buttons with `data-close` close the dialog that they stand in, as does a press beside it. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]") || event.target.matches("dialog")) {
    event.target.closest("dialog").close();
  }
});
