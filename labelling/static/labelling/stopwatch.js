// How long a picture was looked at: only while the page was in sight.

export class Stopwatch {
  #seconds = 0;
  #since = null;
  #running = false;

  start() {
    this.#running = true;
    document.addEventListener("visibilitychange", this.#turn);
    this.#turn();
  }

  /** Stop and tell the seconds so far. */
  stop() {
    this.#running = false;
    document.removeEventListener("visibilitychange", this.#turn);
    this.#turn();
    return Math.round(10 * this.#seconds) / 10;
  }

  #turn = () => {
    if (this.#since !== null) this.#seconds += (performance.now() - this.#since) / 1000;
    const counts = this.#running && document.visibilityState === "visible";
    this.#since = counts ? performance.now() : null;
  };
}
