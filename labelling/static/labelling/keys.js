// Single keys for what is done all day long.

const HELD = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "=", "-"]);
const PRESSES = new Set(["Enter", " "]); // a control that has the focus takes these itself

const FIELDS = "input:not([type='hidden']), textarea, select, [contenteditable]";
// A field that is hidden, as in a dialog just closed, keeps the focus until the next frame.
const isTyping = (element) => element.closest?.(FIELDS)?.checkVisibility();
const isControl = (element) => element.closest?.("a, button, summary, [role='button']");

/**
 * Call `keys[name]` when that key is pressed: dead while you type, in a dialog, with a modifier,
 * and, but for moving about, while the key is held. What answers `false` leaves the key alone.
 */
export function listen(keys) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!Object.hasOwn(keys, name) || (event.repeat && !HELD.has(name))) return;
    if (PRESSES.has(name) && isControl(event.target)) return;
    if (keys[name]() !== false) event.preventDefault();
  });
}
