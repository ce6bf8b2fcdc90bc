// What a reviewer said, sent one after the other. What does not get through is kept and sent again.

import { postJson } from "./http.js";

export class Outbox {
  #waiting = [];
  #busy = false;

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
    this.#busy = true;
    while (this.#waiting.length && (await this.#sendFirst()));
    this.#busy = false;
  }

  async #sendFirst() {
    const op = this.#waiting[0];
    try {
      const answer = await postJson(op.url, op.body);
      this.#waiting.shift();
      this.done(op, answer);
    } catch (trouble) {
      if (trouble.again !== false) {
        op.unanswered ||= trouble.status === 0; // it may have been taken all the same
        this.stuck(op, trouble);
        return false;
      }
      this.#waiting.shift();
      this.refused(op, trouble);
    }
    return true;
  }
}
