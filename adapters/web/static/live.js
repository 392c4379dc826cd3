// Keeps a page current: when the server says "changed", the page is fetched again and its middle exchanged.
// What somebody is writing is worth more than what is new: nothing typed is ever taken off the screen.
"use strict";
(() => {
  const { base, page } = document.body.dataset;
  const status = document.getElementById("status");
  if (!window.EventSource || !status) return;

  const LOST = "The connection is lost. What you see may be behind. It comes back by itself.";
  const NEW = "Something new is on this page.";
  const PATIENCE = 5000;
  let served = essence(document);
  let source = null;
  let composing = false;
  let behind = false;
  let lost = 0;
  // What was refused stands in its box as if the server had put it there: it counts as typed.
  const refused = document.querySelector("#main [role=alert]") !== null;
  let first = refused;

  addEventListener("compositionstart", () => { composing = true; });
  addEventListener("compositionend", () => { composing = false; if (behind) refresh(); });
  document.addEventListener("submit", leave);
  // A browser holds few connections to one place: a page that nobody looks at must not take one of them.
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else join(); });
  if (!document.hidden) join();

  function join() {
    leave();
    source = new EventSource(`${base}/events`);
    source.addEventListener("changed", refresh);
    source.addEventListener("open", () => {
      clearTimeout(lost);
      lost = 0;
      if (status.textContent === LOST) say("");
      refresh(); // What changed between the page and this connection.
    });
    source.addEventListener("error", () => { lost ||= setTimeout(() => say(LOST), PATIENCE); });
  }

  function leave() {
    source?.close();
    clearTimeout(lost);
    lost = 0;
  }

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  async function refresh() {
    behind = composing;
    if (composing) return;
    const fresh = await read();
    if (!fresh || composing) return;
    const now = essence(fresh);
    if (now === served || first) {
      first = false;
      served = now;
      renewKeys(fresh);
      return;
    }
    const held = hold();
    if (held.typed.some(([id]) => !fresh.getElementById(id))) {
      behind = true;
      say("Something new is here. It shows once you have sent what is in the box.");
      return;
    }
    for (const id of ["top", "main"]) {
      const old = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (old && next) old.replaceChildren(...next.childNodes);
    }
    document.title = fresh.title;
    renewKeys(fresh);
    restore(held);
    served = now;
    say(NEW);
    setTimeout(() => { if (status.textContent === NEW) say(""); }, PATIENCE);
  }

  async function read() {
    try {
      const answer = await fetch(page || location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return null;
    }
  }

  // A page without its tokens, which differ each time, and without what its reader has unfolded.
  function essence(doc) {
    const copy = doc.getElementById("main").cloneNode(true);
    for (const key of copy.querySelectorAll("input[type=hidden]")) key.remove();
    for (const fold of copy.querySelectorAll("details")) fold.removeAttribute("open");
    for (const mark of copy.querySelectorAll(".draft-state")) mark.remove();
    return copy.innerHTML;
  }

  function renewKeys(fresh) {
    for (const name of ["csrf", "nonce"]) {
      const next = fresh.querySelector(`input[name=${name}]`);
      if (next) for (const key of document.querySelectorAll(`input[name=${name}]`)) key.value = next.value;
    }
  }

  function hold() {
    const main = document.getElementById("main");
    const focused = main.contains(document.activeElement) ? document.activeElement : null;
    return {
      typed: all(main, "textarea").filter((b) => b.value !== b.defaultValue || (refused && b.value)).map((b) => [b.id, b.value]),
      picked: all(main, "input[type=radio]").filter((b) => b.checked && !b.defaultChecked).map((b) => b.id),
      open: all(main, "details[open]").map(name),
      focused: focused && name(focused),
      from: focused && focused.selectionStart,
      to: focused && focused.selectionEnd,
      top: focused && focused.getBoundingClientRect().top,
      scroll: scrollY,
    };
  }

  function restore(held) {
    const main = document.getElementById("main");
    for (const [id, text] of held.typed) document.getElementById(id).value = text;
    for (const id of held.picked) { const box = document.getElementById(id); if (box) box.checked = true; }
    for (const fold of all(main, "details")) if (held.open.includes(name(fold))) fold.open = true;
    const focused = held.focused && all(main, "textarea, input, button, summary, a").find((e) => name(e) === held.focused);
    if (!focused) { scrollTo(scrollX, held.scroll); return; }
    focused.focus({ preventScroll: true });
    if (held.from !== undefined && focused.setSelectionRange) focused.setSelectionRange(held.from, held.to);
    scrollBy(0, focused.getBoundingClientRect().top - held.top);
  }

  function name(element) {
    if (element.id) return element.id;
    const said = element.localName === "details" ? element.querySelector("summary") : element;
    const about = element.closest("form")?.elements.subject?.value;
    return [element.localName, element.value, about, said.textContent].join("|");
  }

  function all(root, selector) { return [...root.querySelectorAll(selector)]; }
  function say(text) { if (status.textContent !== text) status.textContent = text; }
})();
