// The canvas: a picture that opens coarse and gets fine, fitted or at true pixels, and a map on it.
//
// A scale is device pixels of the screen for each true pixel of the picture; 1 shows each as it is.

const STEPS = [1, 2, 4, 8];
const LARGEST_FIT = 2; // beyond it a small picture only blurs
const PAN = 0.2; // of the canvas, for each press of an arrow key

/** Fetch what `picture` ({id, thumb, view, full, width, height}) needs to be shown, once. */
export function load(picture) {
  if (picture.layers) return;
  picture.layers = { thumb: layer(picture.thumb), view: layer(picture.view) };
  picture.layers.view.alt = "The picture to decide on";
  picture.coarse = picture.layers.thumb.decode();
  picture.coarse.catch(() => {}); // the fine one may be there all the same
  picture.ready = picture.layers.view.decode();
  picture.ready.catch(() => {}); // said when it is its turn
}

function layer(source) {
  const made = new Image();
  made.alt = "";
  made.draggable = false;
  made.src = source;
  return made;
}

export class Viewer {
  #stage = document.createElement("div");
  #picture = null;
  #scale = 0; // 0 fits the picture into the canvas
  #centre = { x: 0.5, y: 0.5 }; // what lies in the middle, in shares of the picture

  /** `canvas` is filled by this and by nothing else; `zoomed(words)` is told each change. */
  constructor(canvas, { zoomed = () => {} } = {}) {
    Object.assign(this, { canvas, zoomed });
    this.#stage.className = "stage";
    new ResizeObserver(() => this.#place()).observe(canvas);
    this.#letDrag();
    canvas.addEventListener("dblclick", (event) => this.#stepInto(event));
  }

  /** Resolves when the picture can be judged; rejects where it cannot be shown. */
  async show(picture) {
    load(picture);
    this.#picture = picture;
    this.#scale = 0;
    this.#stage.replaceChildren();
    delete this.canvas.dataset.picture;
    picture.coarse.then(() => this.#lay(picture, "thumb")).catch(() => {});
    await picture.ready;
    this.#lay(picture, "view");
    if (picture === this.#picture) this.canvas.dataset.picture = picture.id;
  }

  /** Show something else than a picture. */
  say(...nodes) {
    this.#picture = null;
    delete this.canvas.dataset.picture;
    this.#scale = 0;
    this.#stage.replaceChildren();
    this.canvas.replaceChildren(...nodes);
    this.#tell();
  }

  /** Lay a map over the picture and take its colours away, or give them back with null. */
  overlay(map) {
    this.#stage.querySelector(".heat")?.remove();
    if (map) this.#stage.append(map);
    this.#stage.classList.toggle("under-heat", Boolean(map));
  }

  /** What looks closer and moves about, by its key. */
  get keys() {
    const { closer, further, fit } = this.buttons;
    return {
      "+": closer,
      "=": closer, // the same key without Shift
      "-": further,
      0: fit,
      ArrowLeft: () => this.pan(-1, 0),
      ArrowRight: () => this.pan(1, 0),
      ArrowUp: () => this.pan(0, -1),
      ArrowDown: () => this.pan(0, 1),
    };
  }

  /** And by the id of its button. */
  get buttons() {
    return { closer: () => this.closer(), further: () => this.further(), fit: () => this.fit() };
  }

  closer() {
    return this.#step(this.#levels().find((level) => level > this.#now() + 1e-6));
  }

  further() {
    return this.#step(this.#levels().findLast((level) => level < this.#now() - 1e-6));
  }

  fit() {
    return this.#step(this.#fitting());
  }

  /** Move by steps of the arrow keys; false where the whole picture is in sight. */
  pan(right, down) {
    if (!this.#picture || !this.#scale) return false;
    const { width, height } = this.#drawn();
    this.#centre.x += (right * PAN * this.canvas.clientWidth) / width;
    this.#centre.y += (down * PAN * this.canvas.clientHeight) / height;
    this.#place();
    return true;
  }

  #lay(picture, which) {
    if (picture !== this.#picture) return;
    const fine = ["thumb", "view", "full"];
    const there = fine.findLastIndex((name) => this.#stage.contains(picture.layers[name] ?? null));
    if (fine.indexOf(which) <= there) return; // the finer one came first
    const heat = this.#stage.querySelector(".heat");
    this.#stage.insertBefore(picture.layers[which], heat);
    if (this.#stage.parentElement !== this.canvas) this.canvas.replaceChildren(this.#stage);
    this.#place();
  }

  #step(level) {
    if (!this.#picture || !level) return false;
    this.#scale = Math.abs(level - this.#fitting()) < 1e-6 ? 0 : level;
    if (!this.#scale) this.#centre = { x: 0.5, y: 0.5 };
    this.#place();
    if (this.#scale) this.#fetchTruePixels(this.#picture);
    return true;
  }

  async #fetchTruePixels(picture) {
    if (picture.layers.full) return this.#lay(picture, "full");
    const full = layer(picture.full);
    picture.layers.full = full;
    // A large one is drawn while it comes, so it is laid on at once.
    full.addEventListener("error", () => {
      full.remove();
      delete picture.layers.full;
    });
    this.#lay(picture, "full");
  }

  #stepInto(event) {
    if (!this.#picture) return;
    const box = this.#stage.getBoundingClientRect();
    this.#centre = { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height };
    if (this.#scale || !this.closer()) this.fit();
  }

  #now() {
    return this.#scale || this.#fitting();
  }

  #levels() {
    return [...STEPS, this.#fitting()].sort((one, other) => one - other);
  }

  #fitting() {
    const { width, height } = this.#size();
    const room = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    const dots = devicePixelRatio;
    return Math.min((room.width * dots) / width, (room.height * dots) / height, LARGEST_FIT * dots);
  }

  /** True pixels, upright: what the site knows is as stored, so a turned one is told by its view. */
  #size() {
    const { width, height, layers } = this.#picture;
    const { naturalWidth, naturalHeight } = layers.view.naturalWidth ? layers.view : layers.thumb;
    const turned = width > height !== naturalWidth > naturalHeight && naturalWidth !== naturalHeight;
    return turned ? { width: height, height: width } : { width, height };
  }

  /** How large the picture is drawn, in pixels of the page. */
  #drawn() {
    const { width, height } = this.#size();
    const scale = this.#now() / devicePixelRatio;
    return { width: width * scale, height: height * scale };
  }

  #place() {
    if (!this.#picture?.layers || !this.#stage.isConnected) return;
    const { width, height } = this.#drawn();
    const box = this.canvas.getBoundingClientRect();
    const left = this.#edge("x", width, this.canvas.clientWidth, box.x);
    const top = this.#edge("y", height, this.canvas.clientHeight, box.y);
    Object.assign(this.#stage.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    this.#stage.classList.toggle("true-pixels", this.#scale >= 1);
    this.canvas.classList.toggle("zoomed", this.#scale > 0);
    this.#tell();
  }

  /** Where the picture begins: kept on the canvas, and on a whole pixel of the screen. */
  #edge(axis, drawn, room, origin) {
    const half = Math.min(0.5, room / drawn / 2);
    this.#centre[axis] = Math.min(1 - half, Math.max(half, this.#centre[axis]));
    const edge = room / 2 - this.#centre[axis] * drawn;
    return Math.round((edge + origin) * devicePixelRatio) / devicePixelRatio - origin;
  }

  #tell() {
    this.zoomed(this.#picture && this.#scale ? `${100 * this.#scale} %` : "");
  }

  #letDrag() {
    let from = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (!this.#scale || event.button || event.target.closest("button, a")) return;
      from = event;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from || !this.#picture) return;
      const { width, height } = this.#drawn();
      this.#centre.x -= (event.clientX - from.clientX) / width;
      this.#centre.y -= (event.clientY - from.clientY) / height;
      from = event;
      this.#place();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(end, () => (from = null));
    }
  }
}
