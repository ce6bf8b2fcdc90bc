// What stands beside a picture once you have answered: the finding, the map, the evidence, the
// others' votes, the nearest pictures. Nothing of it is fetched before.

import { getJson } from "./http.js";

export class Told {
  #section;
  #viewer;
  #url;
  #id = ""; // of the picture that is told of
  #heat = null;
  #drawing = false;

  /** `section` is filled; `url` has zeros where the picture's id belongs. */
  constructor(section, viewer, url) {
    this.#section = section;
    this.#viewer = viewer;
    this.#url = url;
    section.addEventListener("click", (event) => event.target.closest("[data-heat]") && this.toggleHeat());
  }

  /** Make room while the answer is on its way. */
  expect(id, words) {
    this.#begin(id);
    const line = document.createElement("p");
    line.className = "quiet";
    line.textContent = words;
    this.#section.replaceChildren(line);
  }

  async open(id) {
    if (this.#id !== id) this.expect(id, "Fetching what is known of it");
    try {
      const { html } = await getJson(this.#url.replace(/0{8}-0{4}-0{4}-0{4}-0{12}/, id));
      if (this.#id === id) this.adopt(id, html);
    } catch (error) {
      if (this.#id === id) this.expect(id, error.message);
    }
  }

  /** Take over what the server made; without `html`, what it put into the page itself. */
  adopt(id, html) {
    this.#begin(id);
    if (html === undefined) return;
    const made = document.createElement("template");
    made.innerHTML = html;
    this.#section.replaceChildren(made.content);
    window.htmx?.process(this.#section);
  }

  close() {
    this.#id = "";
    this.#heat = null;
    this.#viewer.overlay(null);
    this.#section.hidden = true;
    this.#section.replaceChildren();
  }

  /** Lay the map over the picture or take it away; false where there is none to be had. */
  toggleHeat() {
    const button = this.#section.querySelector("[data-heat]");
    if (!button) return false;
    if (this.#heat) this.#show(button, button.getAttribute("aria-pressed") !== "true");
    else this.#draw(button);
    return true;
  }

  #begin(id) {
    this.#id = id;
    this.#heat = null;
    this.#viewer.overlay(null);
    this.#section.hidden = false;
  }

  async #draw(button) {
    if (this.#drawing) return;
    this.#drawing = true;
    button.setAttribute("aria-busy", "true");
    const id = this.#id;
    const words = this.#section.querySelector("[data-heat-words]");
    try {
      const { html } = await getJson(button.dataset.heat);
      const made = document.createElement("template");
      made.innerHTML = html;
      const map = document.importNode(made.content.querySelector(".heat"));
      made.content.querySelector(".heat").remove();
      map.hidden = false;
      await map.decode();
      if (this.#id !== id) return;
      words.replaceChildren(made.content);
      this.#heat = map;
      this.#show(button, true);
    } catch (error) {
      words.textContent = error.status === undefined ? "The map could not be loaded." : error.message;
      words.hidden = false;
    } finally {
      this.#drawing = false;
      button.removeAttribute("aria-busy");
    }
  }

  #show(button, on) {
    button.setAttribute("aria-pressed", String(on));
    this.#section.querySelector("[data-heat-words]").hidden = !on;
    this.#viewer.overlay(on ? this.#heat : null);
  }
}
