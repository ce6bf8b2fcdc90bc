// Talking to the server: one envelope for whatever goes wrong.

export class Trouble extends Error {
  /** `again`: whether sending the same once more can help. */
  constructor(message, { status = 0, code = "", again = true } = {}) {
    super(message);
    Object.assign(this, { status, code, again });
  }
}

export const NO_ANSWER = "The site did not answer.";
const LOGGED_OUT = "You were logged out meanwhile. Log in again in another tab.";

/** Read at each request: logging in again in another tab changes it. */
export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

/** What a refusal says in words, from our envelope or, where a proxy answered, from the status. */
export function troubleFrom(status, body) {
  const again = status === 0 || status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  if (status === 401) return new Trouble(LOGGED_OUT, { status, code: body?.code, again });
  const message = body?.detail ?? (status >= 500 ? "The site has trouble at the moment." : `The site refused this (${status}).`);
  return new Trouble(message, { status, code: body?.code ?? "", again });
}

export async function getJson(url) {
  return send(url, { method: "GET" });
}

export async function postJson(url, body) {
  return send(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
}

async function send(url, options) {
  let response;
  try {
    const signal = AbortSignal.timeout(15000);
    response = await fetch(url, { ...options, signal, credentials: "same-origin" });
  } catch {
    throw new Trouble(NO_ANSWER);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw troubleFrom(response.status, body);
  if (body === null) throw new Trouble(NO_ANSWER);
  return body;
}
