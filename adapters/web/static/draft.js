// Sends what is half written to the server, so that a lost connection or an empty battery loses nothing.
// Nothing is kept in this browser; the server puts a draft back into its box when it makes the page.
"use strict";
(() => {
  const { base } = document.body.dataset;
  const PAUSE = 1200;
  const RETRY = 8000;
  const FAR = 500_000; // bytes of a form: less than the server takes in
  const TOO_LONG = " Not kept: that is more than fits here. Your words are still in the box.";
  const dirty = new Map();
  const timers = new Map();
  let leaving = false;

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.dataset?.draft) return;
    dirty.set(box.dataset.draft, box);
    mark(box, "");
    later(box, PAUSE);
  });
  // A form leaves only once its words are kept, or the server is there to answer for them: where a page cannot be
  // fetched a browser shows one of its own, and what stood in the box is gone.
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (new URLSearchParams(new FormData(form)).toString().length > FAR) {
      stay(event);
      mark(longest(form), TOO_LONG, "alert");
      return;
    }
    const own = [...dirty.values()].filter((box) => box.form === form);
    if (own.length === 0) return;
    stay(event);
    if (leaving) return;
    leaving = true;
    const reached = await Promise.all(own.map((box) => keep(box, "alert")));
    leaving = false;
    if (reached.includes(false)) return;
    for (const box of own) forget(box);
    form.requestSubmit(submitter);
  });
  addEventListener("online", () => { for (const box of dirty.values()) keep(box); });
  addEventListener("pagehide", () => {
    for (const box of dirty.values()) navigator.sendBeacon(`${base}/draft`, body(box));
    dirty.clear();
  });

  function later(box, delay) {
    clearTimeout(timers.get(box.dataset.draft));
    timers.set(box.dataset.draft, setTimeout(() => keep(box), delay));
  }

  // Whether the server was there to answer.
  async function keep(box, role) {
    const text = box.value;
    if (!dirty.has(box.dataset.draft)) return true;
    try {
      const answer = await fetch(`${base}/draft`, { method: "POST", body: body(box), signal: AbortSignal.timeout(RETRY) });
      if (answer.status >= 500) throw new Error(String(answer.status));
      if (answer.status === 413 || answer.status === 422) mark(box, TOO_LONG);
      else if (!answer.ok) mark(box, " Not kept as a draft.");
      else if (box.value === text) { forget(box); mark(box, text ? " Draft kept." : ""); }
      return true;
    } catch {
      mark(box, " Not kept yet: no connection. Your words are still in the box.", role);
      later(box, RETRY);
      return false;
    }
  }

  function forget(box) {
    clearTimeout(timers.get(box.dataset.draft));
    dirty.delete(box.dataset.draft);
  }

  function stay(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function longest(form) {
    return [...form.elements].filter((e) => e.localName === "textarea").sort((a, b) => b.value.length - a.value.length)[0];
  }

  function body(box) {
    const csrf = box.form.elements.csrf.value;
    return new URLSearchParams({ csrf, box: box.dataset.draft, text: box.value });
  }

  function mark(box, text, role = "") {
    const hint = document.getElementById(`${box.id}-h`);
    if (!hint) return;
    let state = hint.querySelector(".draft-state");
    if (!state) {
      state = document.createElement("span");
      state.className = "draft-state";
      hint.append(state);
    }
    if (role) state.setAttribute("role", role);
    else state.removeAttribute("role");
    state.textContent = text;
  }
})();
