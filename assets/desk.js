// The desk with scripts: shortcuts, a fresh letter while typing, the countdown of the undo line, news in the
// list. Everything here has a visible way without scripts.
"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const keys = document.body.hasAttribute("data-keys");

  // ---- one polite place for news; never takes the focus ----
  let live;
  const say = (text, link) => {
    if (!live) {
      live = document.createElement("div");
      live.setAttribute("role", "status");
      const main = one("main > .kc-deskmain") || one("main");
      main.prepend(live);
    }
    const p = document.createElement("p");
    p.className = "kc-small";
    p.textContent = text + " ";
    if (link) {
      const a = document.createElement("a");
      a.className = "kern-link kern-link--no-visited-state kc-inline";
      a.href = link.href;
      a.textContent = link.text;
      p.append(a);
    }
    live.replaceChildren(p);
  };

  // ---- the undo line: ten seconds, then the letter is on its way ----
  const undo = one("[data-undo]");
  if (undo) {
    const text = one("[data-undo-text]", undo);
    const end = Date.now() + Number(undo.dataset.undo) * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) {
        // Screen readers hear the line once, not every second.
        text.setAttribute("aria-hidden", "true");
        text.textContent = left === 1 ? "Der Brief geht in 1\u00a0Sekunde hinaus." : `Der Brief geht in ${left}\u00a0Sekunden hinaus.`;
        setTimeout(tick, 250);
      } else {
        text.removeAttribute("aria-hidden");
        text.textContent = "Der Brief ist unterwegs.";
        const form = one("[data-undo-form]", undo);
        if (form.contains(document.activeElement)) (one("h1") || document.body).focus();
        form.remove();
      }
    };
    tick();
  }

  // ---- the letter beside the form stays fresh ----
  for (const form of all("form[data-sheet]")) {
    const here = one("[data-sheet-here]");
    if (!here) continue;
    for (const button of all("[data-noscript]")) button.hidden = true;
    let timer;
    let asked = 0;
    const fresh = async () => {
      const mine = ++asked;
      try {
        const response = await fetch(form.dataset.sheet, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "text/html" } });
        if (!response.ok || mine !== asked) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const sheet = one(".kc-mini__sheet", page);
        if (sheet) here.replaceChildren(document.importNode(sheet, true));
      } catch {
        for (const button of all("[data-noscript]")) button.hidden = false;
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(fresh, 300);
    });
  }

  // ---- asking back: the text writes itself ----
  const ask = one("[data-ask-form]");
  if (ask) {
    const preview = one("[data-ask-preview]");
    const list = one("[data-ask-list]");
    const count = one("[data-ask-count]");
    const show = () => {
      list.replaceChildren();
      const ticked = all("[data-ask]:checked", ask);
      for (const box of ticked) {
        const li = document.createElement("li");
        const b = document.createElement("b");
        b.textContent = `${box.dataset.ask}: `;
        li.append(b, one("textarea", box.closest("li")).value);
        list.append(li);
      }
      const other = one("#andere").value.trim();
      const papers = all("[data-ask-paper]:checked", ask).map((p) => p.dataset.askPaper);
      if (one("#andere_an").checked && other) papers.push(other);
      for (const name of papers) {
        const li = document.createElement("li");
        const b = document.createElement("b");
        b.textContent = name;
        li.append(b);
        list.append(li);
      }
      const day = one("[name=bis]:checked", ask);
      one("[data-ask-until]").textContent = (day && day.dataset.askDay) || one("#bis_tag").value || "…";
      const words = all("[data-ask-block]:checked", ask).map((b) => b.dataset.askBlock);
      one("[data-ask-text]").textContent = [...words, one("#text").value].filter(Boolean).join("\n");
      count.textContent = ticked.length ? `${ticked.length} ausgewählt` : "";
      for (const li of all(".kc-ticks > li", ask)) li.classList.toggle("is-on", one("input", li).checked);
      preview.hidden = false;
    };
    ask.addEventListener("input", show);
    one("#andere").addEventListener("input", (e) => { if (e.target.value) one("#andere_an").checked = true; });
    one("#bis_tag").addEventListener("input", (e) => { if (e.target.value) one("#dtag").checked = true; });
    show();
  }

  // ---- asking another office: what it will see, while it is typed ----
  const consult = one("[data-consult-form]");
  if (consult) {
    const show = () => {
      const ticked = all("[name=feld]:checked", consult).map((box) => box.value);
      for (const row of all("[data-consult-fact]")) row.hidden = !ticked.includes(row.dataset.consultFact);
      one("[data-consult-count]").textContent = ticked.length ? `${ticked.length} ausgewählt` : "";
      one("[data-consult-question]").textContent = one("[data-consult-text]").value;
      one("[data-consult-day]").textContent = one("#bis").value;
    };
    consult.addEventListener("input", show);
    for (const id of ["#name", "#mail"]) one(id).addEventListener("input", () => { one("#an-0").checked = true; });
    one("[data-consult-preview]").hidden = true;
    show();
  }

  // ---- the list: a roving row ----
  const table = one("[data-list]");
  const rows = table ? all("tbody tr[data-row]", table) : [];
  let at = -1;
  const link = (row) => one("[data-open]", row);
  const move = (to, focus = true) => {
    if (!rows.length) return;
    const next = Math.max(0, Math.min(rows.length - 1, to));
    if (at >= 0) rows[at].classList.remove("is-focus");
    at = next;
    rows[at].classList.add("is-focus");
    if (focus) {
      link(rows[at]).focus({ preventScroll: true });
      rows[at].scrollIntoView({ block: "nearest" });
    }
  };
  if (rows.length) {
    table.addEventListener("focusin", (e) => {
      const row = e.target.closest("tr[data-row]");
      if (row) move(rows.indexOf(row), false);
    });
    // Back from a case: the same row again.
    const last = location.hash.slice(1);
    const found = rows.findIndex((r) => r.dataset.row === last);
    if (found >= 0) move(found);
  }

  // ---- the calendar: a roving cell; past its edge lies the next week ----
  const cal = one("[data-cal]");
  const grid = cal ? all(".kc-cal__days", cal).map((days) => all("li", days)) : [];
  const cellAt = () => {
    const here = document.activeElement.closest("[data-cal-day]");
    for (let r = 0; r < grid.length; r += 1) {
      const d = grid[r].indexOf(here);
      if (d >= 0) return [r, d];
    }
    return null;
  };
  const toCell = (r, d) => {
    const cell = grid[r] && grid[r][d];
    if (!cell) return;
    cell.tabIndex = -1;
    // A free day has no place on the phone's list: its room does.
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest" });
  };
  const moveInCal = (key) => {
    const here = cellAt();
    if (!here) return toCell(0, 0);
    const [r, d] = here;
    if (key === "ArrowUp") return toCell(Math.max(0, r - 1), d);
    if (key === "ArrowDown") return toCell(Math.min(grid.length - 1, r + 1), d);
    const next = key === "ArrowLeft" ? d - 1 : d + 1;
    if (grid[r][next]) return toCell(r, next);
    const way = one(key === "ArrowLeft" ? "[data-cal-previous]" : "[data-cal-next]");
    if (way) {
      sessionStorage.setItem("kc-cal", JSON.stringify([r, key === "ArrowLeft" ? 6 : 0]));
      location.assign(way.href);
    }
  };
  if (cal) {
    const kept = sessionStorage.getItem("kc-cal");
    sessionStorage.removeItem("kc-cal");
    if (kept) toCell(...JSON.parse(kept));
  }

  // ---- news: only a line, the list itself stays still under the cursor ----
  const views = one(".kc-views");
  if (views && location.pathname === "/amt/eingang") {
    const counts = (from) => all(".kc-chip b", from).map((b) => b.textContent).join(",");
    const before = counts(document);
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const response = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
        if (!response.ok || response.redirected) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        if (counts(page) !== before) say("Im Eingang hat sich etwas geändert.", { href: location.pathname + location.search, text: "Liste erneuern" });
      } catch { /* without net the list stays as it is */ }
    }, 60_000);
  }

  // ---- shortcuts ----
  if (!keys) return;
  const inField = (node) => node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  // Nowhere: also in a dialog that has just closed, until the browser takes the focus out of it.
  const nowhere = (node) => node === document.body || node.closest("dialog:not([open])") !== null;
  const follow = (key) => {
    const target = one(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.matches("textarea, select, input")) {
      target.focus();
      target.scrollIntoView({ block: "center" });
    } else {
      target.click();
    }
    return true;
  };
  const go = { e: "/amt/eingang", k: "/amt/kalender", b: "/amt/briefe", z: "/amt/zahlungen", s: "/amt/einstellungen" };
  const help = async () => {
    let dialog = one("#kuerzel");
    if (!dialog) {
      const response = await fetch("/amt/kuerzel", { headers: { accept: "text/html" } });
      if (!response.ok) return location.assign("/amt/kuerzel");
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      dialog = document.createElement("dialog");
      dialog.id = "kuerzel";
      dialog.className = "kc-dialog kc-stack";
      dialog.setAttribute("aria-labelledby", "kuerzel-t");
      const head = document.createElement("h2");
      head.id = "kuerzel-t";
      head.className = "kern-heading-small";
      head.textContent = "Tastenkürzel";
      const off = document.createElement("p");
      off.innerHTML = '<a class="kern-link kern-link--no-visited-state" href="/amt/konto#shortcuts">An- und abschalten</a>';
      const form = document.createElement("form");
      form.method = "dialog";
      form.innerHTML = '<button class="kern-btn kern-btn--secondary kc-btn-s"><span class="kern-label">Schließen</span></button>';
      dialog.append(head, document.importNode(one(".kc-shortcuts", page), true), off, form);
      document.body.append(dialog);
    }
    dialog.showModal();
  };
  let going = 0;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (one("dialog[open]")) return;
    const field = inField(e.target);
    if (e.key === "Escape") {
      if (field) return e.target.blur();
      const back = one("[data-back]");
      if (back) location.assign(back.href);
      return;
    }
    if (field) return;
    const key = e.key.toLowerCase();
    if (going && Date.now() - going < 1500) {
      going = 0;
      const tab = go[key] && one(`.kc-tabs a[href="${go[key]}"]`);
      if (tab) {
        e.preventDefault();
        location.assign(tab.href);
      }
      return;
    }
    going = 0;
    if (key === "g") {
      going = Date.now();
      return;
    }
    if (e.key === "?") {
      e.preventDefault();
      help();
      return;
    }
    if (e.key === "/") {
      const search = one("[data-search]");
      if (search) {
        e.preventDefault();
        search.focus();
        search.select();
      }
      return;
    }
    if (rows.length) {
      // Arrows keep scrolling the page while the focus is elsewhere on it.
      const inside = table.contains(document.activeElement) || nowhere(document.activeElement);
      if (inside && (e.key === "ArrowDown" || key === "j")) { e.preventDefault(); return move(at + 1); }
      if (inside && (e.key === "ArrowUp" || key === "k")) { e.preventDefault(); return move(at < 0 ? 0 : at - 1); }
      if (e.key === "Enter" && at >= 0 && nowhere(document.activeElement)) { e.preventDefault(); return link(rows[at]).click(); }
      const box = at >= 0 && one("[data-select]", rows[at]);
      if (key === "x" && box) { e.preventDefault(); box.checked = !box.checked; return; }
      if (key === "m") {
        e.preventDefault();
        if (box && !one("[data-select]:checked", table)) box.checked = true;
        if (one("[data-select]:checked", table)) follow("m");
        return;
      }
      return;
    }
    if (cal && e.key.startsWith("Arrow")) {
      // Up and down keep scrolling the page until a day has the focus.
      if (!cellAt() && (e.key === "ArrowUp" || e.key === "ArrowDown" || document.activeElement.closest("main a, header a"))) return;
      e.preventDefault();
      return moveInCal(e.key);
    }
    const cell = cal && document.activeElement.closest("[data-cal-day]");
    if (cell && key === "b") {
      e.preventDefault();
      return location.assign(`/amt/kalender/sperren?raum=${encodeURIComponent(cell.dataset.calRoom)}&tag=${cell.dataset.calDay}`);
    }
    if (cell && e.key === "Enter" && document.activeElement === cell) {
      const open = one("a", cell);
      if (open) { e.preventDefault(); open.click(); }
      return;
    }
    if (key.length === 1 && /[a-z]/.test(key) && follow(key)) e.preventDefault();
  });
})();
