// The strip beside the picture: your last answers, each with what the detector says.

const KEPT = 10;

export class Results {
  #list = document.getElementById("results");
  #none = document.getElementById("no-results");
  #said = document.getElementById("said");
  #pending = document.getElementById("pending-result");

  /** The pictures that the page came with, the last answered at the end. */
  known() {
    return [...this.#list.children].reverse().map((row) => this.picture(row));
  }

  /** What the canvas needs to show the picture of a row, and what was answered. */
  picture({ dataset }) {
    const { image: id, thumb, view, full, answer } = dataset;
    return { id, thumb, view, full, answer, width: Number(dataset.width), height: Number(dataset.height) };
  }

  pending(picture, answer, word) {
    this.row(picture.id)?.remove();
    const row = this.#pending.content.firstElementChild.cloneNode(true);
    const { id: image, thumb, view, full, width, height } = picture;
    Object.assign(row.dataset, { image, thumb, view, full, width, height, answer });
    row.querySelector("img").src = thumb;
    row.querySelector("b").textContent = word;
    this.#list.prepend(row);
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#none.hidden = true;
  }

  /** Put what the server made in the place of the row; nothing where that was taken back. */
  stored(id, html) {
    const row = this.row(id);
    if (!row) return;
    const made = document.createElement("template");
    made.innerHTML = html;
    const fresh = made.content.firstElementChild;
    row.replaceWith(fresh);
    this.say(fresh.textContent.replace(/\s+/g, " ").trim());
  }

  /** It was stored, but the answer that would have told the finding got lost. */
  kept(id) {
    const line = this.row(id)?.querySelector(".quiet");
    if (line) line.textContent = "Stored";
  }

  remove(id) {
    this.row(id)?.remove();
    this.#none.hidden = this.#list.children.length > 0;
  }

  /** For those who do not see the strip. */
  say(words) {
    this.#said.textContent = words;
  }

  row(id) {
    return [...this.#list.children].find(({ dataset }) => dataset.image === id);
  }
}
