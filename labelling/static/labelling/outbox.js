// What a reviewer said, sent one after the other. What does not get through is kept and sent again.

import { postJson } from "./http.js";

const TRY_AGAIN = 5_000; // milliseconds after which it tries by itself

export class Outbox {
  #waiting = [];
  #busy = false;
  #later = 0;

  /**
   * `done(op, answer)`, `refused(op, trouble)`: it will never be taken; `stuck(op, trouble)`: it
   * waits, with all that was said after it.
   */
  constructor({ done, refused, stuck }) {
    Object.assign(this, { done, refused, stuck });
  }

  get size() {
    return this.#waiting.length;
  }

  /** Pictures that an answer still waits for. */
  get images() {
    return this.#waiting.map((op) => op.body.image);
  }

  /** `op`: `{url, body}`, with whatever the callbacks need. */
  add(op) {
    this.#waiting.push(op);
    this.flush();
  }

  async flush() {
    if (this.#busy) return;
    clearTimeout(this.#later);
    this.#busy = true;
    try {
      while (this.#waiting.length && (await this.#sendFirst()));
    } finally {
      this.#busy = false;
    }
    if (this.#waiting.length) this.#later = setTimeout(() => this.flush(), TRY_AGAIN);
  }

  async #sendFirst() {
    const op = this.#waiting[0];
    let answer;
    try {
      answer = await postJson(op.url, op.body);
    } catch (trouble) {
      return this.#fail(op, trouble);
    }
    this.#waiting.shift();
    this.done(op, answer);
    return true;
  }

  /** Whether the next one may be sent: not while this one waits, for their order is kept. */
  #fail(op, trouble) {
    if (trouble.again) {
      op.unanswered ||= trouble.status === 0; // it may have been taken all the same
      this.stuck(op, trouble);
      return false;
    }
    this.#waiting.shift();
    this.refused(op, trouble);
    return true;
  }
}
