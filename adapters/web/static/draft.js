// Sends what is half written to the server, so that a lost connection or an empty battery loses nothing.
// Nothing is kept in this browser; the server puts a draft back into its box when it makes the page.
"use strict";
(() => {
  const { base } = document.body.dataset;
  const PAUSE = 1200;
  const RETRY = 8000;
  const dirty = new Map();
  const timers = new Map();

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.dataset?.draft) return;
    dirty.set(box.dataset.draft, box);
    mark(box, "");
    later(box, PAUSE);
  });
  document.addEventListener("submit", () => { for (const timer of timers.values()) clearTimeout(timer); dirty.clear(); });
  addEventListener("online", () => { for (const box of dirty.values()) keep(box); });
  addEventListener("pagehide", () => {
    for (const box of dirty.values()) navigator.sendBeacon(`${base}/draft`, body(box));
    dirty.clear();
  });

  function later(box, delay) {
    clearTimeout(timers.get(box.dataset.draft));
    timers.set(box.dataset.draft, setTimeout(() => keep(box), delay));
  }

  async function keep(box) {
    const text = box.value;
    if (!dirty.has(box.dataset.draft)) return;
    try {
      const answer = await fetch(`${base}/draft`, { method: "POST", body: body(box) });
      if (!answer.ok) throw new Error(String(answer.status));
      if (box.value === text) { dirty.delete(box.dataset.draft); mark(box, text ? " Draft kept." : ""); }
    } catch {
      mark(box, " Not kept yet: no connection. Your words are still in the box.");
      if (dirty.has(box.dataset.draft)) later(box, RETRY);
    }
  }

  function body(box) {
    const csrf = box.form.elements.csrf.value;
    return new URLSearchParams({ csrf, box: box.dataset.draft, text: box.value });
  }

  function mark(box, text) {
    const hint = document.getElementById(`${box.id}-h`);
    if (!hint) return;
    let state = hint.querySelector(".draft-state");
    if (!state) {
      state = document.createElement("span");
      state.className = "draft-state";
      hint.append(state);
    }
    state.textContent = text;
  }
})();
