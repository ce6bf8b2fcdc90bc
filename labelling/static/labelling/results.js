// The strip beside the picture: your last answers, each with what the detector says.

const KEPT = 8;
const WORDS = { ai: "AI", human: "Human", unsure: "Unsure" };

export class Results {
  #list = document.getElementById("results");
  #none = document.getElementById("no-results");
  #said = document.getElementById("said");
  #pending = document.getElementById("pending-result");

  /** The pictures that the page came with, the last answered at the end. */
  known() {
    return [...this.#list.children].reverse().map(({ dataset }) => ({
      id: dataset.image,
      view: dataset.view,
      thumb: dataset.thumb,
    }));
  }

  pending(picture, answer) {
    const row = this.#pending.content.firstElementChild.cloneNode(true);
    row.dataset.image = picture.id;
    row.querySelector("img").src = picture.thumb;
    row.querySelector("b").textContent = WORDS[answer];
    this.#list.prepend(row);
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#none.hidden = true;
  }

  /** Put what the server made in the place of the row; nothing where that was taken back. */
  stored(id, html) {
    const row = this.#row(id);
    if (!row) return;
    const made = document.createElement("template");
    made.innerHTML = html;
    const fresh = made.content.firstElementChild;
    row.replaceWith(fresh);
    this.#said.textContent = fresh.textContent.replace(/\s+/g, " ").trim();
  }

  /** It was stored, but the answer that would have told the finding got lost. */
  kept(id) {
    const line = this.#row(id)?.querySelector(".quiet");
    if (line) line.textContent = "Stored";
  }

  remove(id) {
    this.#row(id)?.remove();
    this.#none.hidden = this.#list.children.length > 0;
  }

  #row(id) {
    return [...this.#list.children].find(({ dataset }) => dataset.image === id);
  }
}
