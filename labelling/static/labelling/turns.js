// The pictures that this page holds for you: the one on the canvas and those that come after it.
// Nobody else is asked about them meanwhile, so they are renewed, and given back when you leave.

import { csrfToken, postJson } from "./http.js";
import { load } from "./viewer.js";

const AHEAD = 3; // loaded beyond the one on the canvas
const RENEW = 60_000; // milliseconds
const LOOK_AGAIN = 4_000; // until an empty queue is asked once more

export class Turns {
  pictures = [];
  #fetching = false;
  #wanted = false; // asked for while a request was on its way
  #lookAgain = 0;
  #answered = new Set(); // what must not come back with the request that is on its way

  /**
   * `urls`: next, renew, release. `busy()`: ids that an answer still waits for. Called are
   * `arrived(counts)`, `empty(counts)`, `failed(error)`, `lost(pictures)`.
   */
  constructor(urls, { first = "", again = false, busy, arrived, empty, failed, lost }) {
    Object.assign(this, { urls, first, again, busy, arrived, empty, failed, lost });
    setInterval(() => this.renew(), RENEW);
    document.addEventListener("visibilitychange", () => this.#comeBack());
    addEventListener("pagehide", () => this.#leave());
  }

  get current() {
    return this.pictures[0];
  }

  /** Take the current picture off the pile. */
  take() {
    const picture = this.pictures.shift();
    this.#answered.add(picture.id);
    return picture;
  }

  /** Put a picture in front again; what else is held stays. */
  putBack(picture) {
    this.#answered.delete(picture.id);
    this.pictures = [picture, ...this.pictures.filter(({ id }) => id !== picture.id)];
    load(picture);
  }

  /** Ask for more while few are left; `first` asks for that picture too. */
  async fill(first = "") {
    this.first ||= first;
    clearTimeout(this.#lookAgain);
    if (this.#fetching) {
      this.#wanted = true;
      return;
    }
    if (!this.first && this.pictures.length > AHEAD) return;
    this.#fetching = true;
    try {
      await this.#ask();
    } catch (error) {
      this.failed(error);
    } finally {
      this.#fetching = false;
    }
    if (this.#wanted) {
      this.#wanted = false;
      this.fill();
    }
  }

  async #ask() {
    const busy = this.busy();
    this.#answered = new Set(busy);
    const body = { limit: AHEAD + 1 + busy.length, first: this.first, again: this.again };
    const { items, ...counts } = await postJson(this.urls.next, body);
    this.first = "";
    const known = new Set(this.pictures.map(({ id }) => id));
    const fresh = items.filter(({ id }) => !known.has(id) && !this.#answered.has(id));
    fresh.forEach(load);
    const inFront = fresh.filter(({ id }) => id === body.first);
    this.pictures = [...inFront, ...this.pictures, ...fresh.filter(({ id }) => id !== body.first)];
    if (this.pictures.length) return this.arrived(counts);
    if (body.again) this.again = false;
    this.empty(counts);
    this.#lookAgain = setTimeout(() => this.#look(), LOOK_AGAIN);
  }

  #look() {
    if (document.visibilityState === "visible") this.fill();
  }

  /** Say that this page is still looked at. What went to somebody else meanwhile is left out. */
  async renew() {
    if (document.visibilityState !== "visible" || !this.pictures.length) return;
    const asked = this.pictures.map(({ id }) => id);
    try {
      const { held } = await postJson(this.urls.renew, { images: asked });
      this.#leaveOut(new Set(asked.filter((id) => !held.includes(id))));
    } catch {
      // The next minute tries again; the answers say for themselves when the site is away.
    }
  }

  #leaveOut(gone) {
    const lost = this.pictures.filter(({ id }) => gone.has(id));
    if (!lost.length) return;
    this.pictures = this.pictures.filter(({ id }) => !gone.has(id));
    this.lost(lost);
    this.fill();
  }

  #comeBack() {
    if (document.visibilityState !== "visible") return;
    if (this.pictures.length) this.renew();
    else this.fill();
  }

  #leave() {
    const held = this.pictures.map(({ id }) => id);
    this.pictures = [];
    if (!held.length) return;
    fetch(this.urls.release, {
      method: "POST",
      keepalive: true, // it is sent even though the page is gone
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ images: held }),
    }).catch(() => {});
  }
}
