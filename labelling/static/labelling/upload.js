// Handing pictures in: each has its own row, its own progress and its own trouble.

import { csrfToken, NO_ANSWER, troubleFrom } from "./http.js";

const AT_ONCE = 3;
const drop = document.getElementById("drop");
const rows = document.getElementById("uploads");
const leftOut = document.getElementById("left-out");
const { uploadUrl, loginUrl } = drop.dataset;
const most = Number(drop.dataset.most);
const maxBytes = Number(drop.dataset.maxBytes);

const waiting = [];
let sending = 0;

drop.classList.add("scripted"); // the plain form is for where this script does not run

document.getElementById("files").addEventListener("change", (event) => {
  take([...event.target.files]);
  event.target.value = ""; // so that the same file can be chosen again
});

document.addEventListener("paste", (event) => take([...(event.clipboardData?.files ?? [])]));

let depth = 0; // entering a child fires before leaving its parent
for (const [type, step] of [["dragenter", 1], ["dragleave", -1], ["dragover", 0], ["drop", 0]]) {
  document.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    depth = type === "drop" ? 0 : depth + step;
    document.body.classList.toggle("dragging", depth > 0);
    if (type === "drop") take([...event.dataTransfer.files]);
  });
}

addEventListener("beforeunload", (event) => {
  if (sending || waiting.length) event.preventDefault();
});

/** Take the first of what was given, and say which were left out. */
function take(files) {
  if (!files.length) return;
  const taken = files.slice(0, most).map(newRow);
  rows.prepend(...taken.map(({ row }) => row));
  waiting.push(...taken);
  const rest = files.slice(most);
  leftOut.hidden = !rest.length;
  leftOut.textContent = rest.length
    ? `At most ${most} pictures go at once. The first ${most} were taken; left out: ${names(rest)}.`
    : "";
  next();
}

function names(files) {
  const shown = files.slice(0, 5).map((file) => file.name).join(", ");
  return files.length > 5 ? `${shown} and ${files.length - 5} more` : shown;
}

/** @returns {{file: File, row: HTMLElement}} */
function newRow(file) {
  const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
  const upload = { file, row };
  row.querySelector(".upload-name").textContent = file.name;
  const picture = row.querySelector("img");
  picture.addEventListener("load", () => (picture.hidden = false));
  picture.addEventListener("error", () => URL.revokeObjectURL(picture.src), { once: true });
  picture.src = URL.createObjectURL(file);
  part(upload, ".again").addEventListener("click", () => {
    waiting.push(upload);
    next();
  });
  say(upload, "Waiting to be sent");
  return upload;
}

function next() {
  while (sending < AT_ONCE && waiting.length) {
    const upload = waiting.shift();
    if (upload.file.size > maxBytes) {
      refuse(upload, { detail: `This file is larger than ${maxBytes / 2 ** 20} MB.` }, 413);
    } else {
      send(upload);
    }
  }
}

function send(upload) {
  const progress = part(upload, "progress");
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", upload.file);
  sending += 1;
  upload.row.classList.remove("refused");
  part(upload, ".again").hidden = true;
  progress.hidden = false;
  progress.value = 0;
  say(upload, "Being sent");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener("loadend", () => {
    sending -= 1;
    if (request.status >= 200 && request.status < 300 && request.response?.page) {
      arrived(upload, request.response);
    } else {
      refuse(upload, request.response, request.status);
    }
    next();
  });
  request.open("POST", uploadUrl);
  request.responseType = "json";
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.send(form);
}

/** The row now asks for the finding itself, until it is there. */
function arrived(upload, answer) {
  part(upload, "progress").hidden = true;
  const place = part(upload, ".upload-state");
  const asking = document.createElement("div");
  const url = `${new URL(answer.page, location.href).pathname}finding/?shape=row`;
  asking.setAttribute("hx-get", url);
  asking.setAttribute("hx-trigger", "load, every 1s");
  asking.setAttribute("hx-swap", "outerHTML");
  asking.textContent = "Waiting for the detector";
  place.replaceChildren(asking);
  htmx.process(place);
}

function refuse(upload, body, status) {
  const trouble = troubleFrom(status, body);
  upload.row.classList.add("refused");
  part(upload, "progress").hidden = true;
  part(upload, ".again").hidden = !trouble.again;
  if (status === 0) say(upload, `${NO_ANSWER} This picture was not taken in; send it again.`);
  else if (status === 401) sayLoggedOut(upload);
  else if (status >= 500) say(upload, `${trouble.message} This picture was not taken in; send it again.`);
  else say(upload, trouble.message);
}

function sayLoggedOut(upload) {
  const link = document.createElement("a");
  link.href = loginUrl;
  link.target = "_blank";
  link.textContent = "Log in in a new tab";
  part(upload, ".upload-state").replaceChildren("You were logged out meanwhile. ", link, ", then send it again.");
}

function say(upload, text) {
  part(upload, ".upload-state").textContent = text;
}

function part(upload, selector) {
  return upload.row.querySelector(selector);
}
