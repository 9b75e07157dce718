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
    const links = all(".row-link, .data th[scope=row] a");
    if (links.length === 0) return false;
    const at = links.findIndex((link) => link.closest(".row, tr").contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].closest(".row, tr").scrollIntoView({ block: "nearest" });
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

  // A folded form opens, and its first field is where one types.
  const unfold = (key) => {
    const details = one(`details[data-open="${key}"]`);
    if (!details) return false;
    details.open = true;
    const field = details.querySelector("input, select, textarea, button");
    (field || details.querySelector("summary")).focus();
    details.scrollIntoView({ block: "nearest" });
    return true;
  };

  const focusMode = () => {
    const on = document.documentElement.toggleAttribute("data-focus");
    try { sessionStorage.setItem("fokus", on ? "1" : ""); } catch { /* private mode keeps nothing */ }
    return true;
  };
  try { if (sessionStorage.getItem("fokus")) document.documentElement.setAttribute("data-focus", ""); } catch { /* the same */ }

  // --- palette: every place and every act of the page, by its words -------------------------------------------------

  const palette = one("#perintah");
  const commands = () => {
    const seen = new Set();
    return all("a[href], button, summary, [data-key]").filter((element) => {
      if (element.closest("dialog") || !shown(element) || element.disabled) return false;
      const words = (element.dataset.command || element.getAttribute("aria-label") || element.textContent).replace(/\s+/g, " ").trim();
      if (!words || words.length > 80 || seen.has(words)) return false;
      seen.add(words);
      element.dataset.words = words;
      return true;
    });
  };
  const openPalette = () => {
    if (!palette || palette.open) return;
    const input = palette.querySelector("input");
    const list = palette.querySelector("[role=listbox]");
    const found = commands();
    let at = 0;
    const draw = () => {
      const wanted = input.value.toLowerCase().split(" ").filter(Boolean);
      const fits = found.filter((element) => wanted.every((word) => element.dataset.words.toLowerCase().includes(word))).slice(0, 12);
      at = Math.min(at, Math.max(fits.length - 1, 0));
      list.replaceChildren(...fits.map((element, i) => {
        const option = document.createElement("li");
        option.role = "option";
        option.id = `perintah-${i}`;
        option.textContent = element.dataset.words;
        option.setAttribute("aria-selected", String(i === at));
        option.addEventListener("click", () => run(element));
        return option;
      }));
      palette.querySelector("[data-none]").hidden = fits.length > 0;
      if (fits.length) input.setAttribute("aria-activedescendant", `perintah-${at}`); else input.removeAttribute("aria-activedescendant");
      return fits;
    };
    const run = (element) => {
      palette.close();
      if (element.matches("summary")) element.parentElement.open = true;
      element.focus();
      if (!element.matches("summary")) element.click();
    };
    input.oninput = () => { at = 0; draw(); };
    input.onkeydown = (event) => {
      const fits = draw();
      if (event.key === "ArrowDown") at = Math.min(at + 1, fits.length - 1);
      else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
      else if (event.key === "Enter" && fits[at]) { event.preventDefault(); return run(fits[at]); }
      else return;
      event.preventDefault();
      draw();
    };
    input.value = "";
    draw();
    palette.showModal();
    input.focus();
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
      case "s": case "t": case "f": return unfold(key);
      case "z": return focusMode();
      case "c": case "r": case "b": case "p": case "d": case "u": case "m": return press(key);
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
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && /^[cm]$/.test(event.key)) return;
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

  // --- a lease is renewed while somebody is at it -------------------------------------------------------------------

  // Asking keeps the session and the lease alive, so it ends when nobody has moved for a while.
  const STILL = 10 * 60 * 1000;
  let moved = Date.now();
  for (const sign of ["keydown", "pointermove", "pointerdown", "scroll"]) {
    addEventListener(sign, () => { moved = Date.now(); }, { passive: true });
  }
  const isHere = () => document.visibilityState === "visible" && Date.now() - moved < STILL;

  const held = one("[data-beat]");
  if (held) {
    const beat = setInterval(async () => {
      if (!isHere()) return;
      try {
        const answer = await fetch(held.dataset.beat, { method: "POST", headers: { accept: "application/json" } });
        if (!answer.ok) return;
        if ((await answer.json()).until === null) {
          clearInterval(beat);
          const words = document.createElement("p");
          words.className = "alert";
          words.role = "alert";
          words.textContent = held.dataset.lost;
          held.replaceChildren(words);
        }
      } catch {
        // The network is away; the next beat tries again.
      }
    }, 60000);
  }

  // --- live counts ------------------------------------------------------------------------------------------------

  const counts = one("[data-stream]");
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

    let source = null;
    const listen = () => {
      if (source && (!isHere() || source.readyState === EventSource.CLOSED)) { source.close(); source = null; }
      if (source || !isHere()) return;
      source = new EventSource(counts.dataset.stream);
      source.addEventListener("jumlah", (event) => show(JSON.parse(event.data)));
    };
    listen();
    setInterval(listen, 5000);
    document.addEventListener("visibilitychange", listen);
  }
})();
