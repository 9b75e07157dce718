// Keys and live counts. Every page works without this file.
"use strict";

(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const shown = (element) => element.getClientRects().length > 0;

  // --- keys -------------------------------------------------------------------------------------------------------

  const isTyping = (target) =>
    target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target.tagName === "INPUT" && target.type !== "radio");

  const press = (key) => {
    const control = all(`[data-key="${key}"]`).find(shown);
    if (!control) return false;
    control.focus();
    control.click();
    return true;
  };

  const move = (step) => {
    const links = all(".row-link");
    if (links.length === 0) return false;
    const at = links.findIndex((link) => link.closest(".row").contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].closest(".row").scrollIntoView({ block: "nearest" });
    return true;
  };

  const pickReason = (n) => {
    const outcome = one(".decide [name=hasil]:checked");
    if (!outcome) return false;
    const reason = all(`[data-outcome="${outcome.value}"] input`)[n - 1];
    if (!reason) return false;
    reason.checked = true;
    reason.focus();
    return true;
  };

  const focus = (selector) => {
    const element = one(selector);
    if (!element || !shown(element)) return false;
    element.focus();
    // Go on where one stopped, not before it.
    if (element.setSelectionRange) element.setSelectionRange(element.value.length, element.value.length);
    return true;
  };

  const help = () => {
    const dialog = one("#tombol");
    if (!dialog || dialog.open) return false;
    dialog.showModal();
    return true;
  };

  let afterG = 0;
  const onKey = (key) => {
    if (afterG > Date.now()) {
      afterG = 0;
      if (key === "a") { location.assign("/antrean"); return true; }
    }
    switch (key) {
      case "j": return move(1);
      case "k": return move(-1);
      case "g": afterG = Date.now() + 1500; return true;
      case "h": return focus("#f-huruf");
      case "n": return focus("#f-catatan");
      case "?": return help();
      case "c": case "r": case "b": case "p": case "d": return press(key);
      default: return /^[1-9]$/.test(key) && pickReason(Number(key));
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form") || one("#putusan");
      if (form && (form.matches("#putusan, #ubah") || form.action.endsWith("/coba"))) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "c") return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (one("dialog[open]")) return;
    if (onKey(event.key)) event.preventDefault();
  });

  // A reason of another outcome must not stay chosen where it can no longer be seen.
  const outcomes = all(".decide [name=hasil]");
  outcomes.forEach((outcome) => outcome.addEventListener("change", () => {
    all(".decide [name=alasan]").forEach((reason) => {
      if (reason.closest("[data-outcome]").dataset.outcome !== outcome.value) reason.checked = false;
    });
  }));

  // A second press of a button must not send the form twice.
  all("form[method=post]").forEach((form) => form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  }));
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // --- keyword lists: a double click edits a row, as in a spreadsheet; long work shows how far it is -----------------

  all("tr[data-edit]").forEach((row) => row.addEventListener("dblclick", () => {
    if (row.dataset.edit) location.assign(row.dataset.edit);
  }));
  const editing = one("#ubah");
  if (editing) {
    // The browser drops the focus when it goes to the row that the address names: after that.
    const begin = () => setTimeout(() => editing.querySelector("textarea").focus());
    if (document.readyState === "complete") begin(); else addEventListener("load", begin);
    editing.addEventListener("keydown", (event) => {
      if (event.key === "Escape") location.assign(editing.querySelector(".act a").href);
    });
  }
  const again = one("[data-reload]");
  // Nothing that somebody is typing is taken away.
  if (again) setInterval(() => { if (!isTyping(document.activeElement) && document.visibilityState === "visible") location.reload(); }, Number(again.dataset.reload));

  const problem = one(".decide .alert");
  if (problem) problem.scrollIntoView({ block: "center" });

  // --- live counts ------------------------------------------------------------------------------------------------

  const counts = one("[data-poll]");
  if (counts) {
    const number = new Intl.NumberFormat(document.documentElement.lang);
    const news = one("[data-news]");
    const first = Number(one('[data-count="open"]').textContent.replace(/\D/g, ""));
    let said = 0;

    const show = (fresh) => {
      for (const [name, value] of Object.entries(fresh)) {
        const cell = one(`[data-count="${CSS.escape(name)}"]`);
        if (cell && typeof value === "number") cell.textContent = number.format(value);
      }
      const more = fresh.open - first;
      if (more > 0 && more !== said) {
        said = more;
        const reload = document.createElement("a");
        reload.href = location.href;
        reload.textContent = news.dataset.again;
        news.replaceChildren(news.dataset.news.replace("{n}", number.format(more)), " ", reload);
      }
    };

    // Asking for counts keeps the session alive, so it ends when nobody has moved for a while.
    const STILL = 10 * 60 * 1000;
    let moved = Date.now();
    for (const sign of ["keydown", "pointermove", "pointerdown", "scroll"]) {
      addEventListener(sign, () => { moved = Date.now(); }, { passive: true });
    }

    const poll = async () => {
      if (document.visibilityState !== "visible" || Date.now() - moved > STILL) return;
      try {
        const answer = await fetch(counts.dataset.poll, { headers: { accept: "application/json" } });
        if (answer.status === 401 || answer.status === 403) { clearInterval(timer); return; }
        if (answer.ok) show(await answer.json());
      } catch {
        // The network is away; the next round tries again.
      }
    };
    const timer = setInterval(poll, 5000);
  }
})();
