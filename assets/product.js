// Improvements only: every page works without this file.
"use strict";
(function () {
  // Suggestions while typing a place. Arrow keys move into the list, Esc closes it.
  const form = document.querySelector("form[data-suggest]");
  if (form) {
    const input = form.querySelector("input[name=q]");
    const note = form.querySelector("[data-suggest-note]");
    let timer = 0;
    let asked = "";
    const list = () => form.querySelector("[data-suggest-list]");
    const show = (data) => {
      if (list()) list().remove();
      note.textContent = data.note || "";
      if (!data.places.length) return;
      const ul = document.createElement("ul");
      ul.className = "kc-suggest";
      ul.setAttribute("data-suggest-list", "");
      ul.setAttribute("aria-label", input.labels[0].textContent);
      data.places.forEach((place, i) => {
        const li = document.createElement("li");
        const a = document.createElement("a");
        a.className = "kc-rowlink" + (i ? "" : " is-first");
        a.href = place.href;
        const text = document.createElement("span");
        const b = document.createElement("b");
        b.textContent = place.name;
        const sub = document.createElement("span");
        sub.className = "kc-sub";
        sub.textContent = place.sub;
        text.append(b, sub);
        const icon = document.createElement("span");
        icon.className = "kern-icon kern-icon--arrow-forward";
        icon.setAttribute("aria-hidden", "true");
        a.append(text, icon);
        li.append(a);
        ul.append(li);
      });
      note.after(ul);
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const q = input.value.trim();
        if (q === asked) return;
        asked = q;
        if (q.length < 2) return show({ places: [], note: "" });
        const service = form.getAttribute("action").startsWith("/leistung/") ? form.getAttribute("action").slice(10) : "";
        try {
          const answer = await fetch("/suche/vorschlaege?q=" + encodeURIComponent(q) + "&leistung=" + encodeURIComponent(service));
          if (answer.ok && q === input.value.trim()) show(await answer.json());
        } catch {
          // Offline: the button still works once the net is back.
        }
      }, 150);
    });
    form.addEventListener("keydown", (e) => {
      const links = [...form.querySelectorAll("[data-suggest-list] a")];
      const at = links.indexOf(document.activeElement);
      if (e.key === "ArrowDown" && links.length) {
        e.preventDefault();
        links[Math.min(at + 1, links.length - 1)].focus();
      } else if (e.key === "ArrowUp" && at >= 0) {
        e.preventDefault();
        (at ? links[at - 1] : input).focus();
      } else if (e.key === "Escape") {
        show({ places: [], note: "" });
        input.focus();
      }
    });
  }
  // Questions that a tick opens: without scripts always open, with scripts only when they apply; and what it costs
  // so far, and whether the day comes too soon. The server decides, by the same rules as ever.
  const questions = document.querySelector("form[data-form]");
  const reveals = questions ? [...questions.querySelectorAll("[data-question]")] : [];
  const price = questions ? questions.querySelector("[data-price]") : null;
  const late = questions ? questions.querySelector("[data-late]") : null;
  if (reveals.length || price || late) {
    const set = (el, shown) => {
      el.hidden = !shown && !el.querySelector("[aria-invalid]");
    };
    reveals.forEach((el) => set(el, el.dataset.shown === "true"));
    let turn = 0;
    questions.addEventListener("change", async (e) => {
      if (e.target.type === "file") return;
      const mine = ++turn;
      const data = new FormData(questions);
      [...data.entries()].forEach(([name, value]) => value instanceof File && data.delete(name));
      data.append("_zeigen", "1");
      try {
        const answer = await fetch(questions.action, { method: "POST", body: data });
        if (!answer.ok || mine !== turn) return;
        const { shown, price: sum, late: notice } = await answer.json();
        if (price && price.textContent !== sum) price.textContent = sum;
        if (late && late.dataset.late !== notice) {
          late.dataset.late = notice;
          late.replaceChildren(...new DOMParser().parseFromString(notice, "text/html").body.childNodes);
        }
        reveals.forEach((el) => set(el, shown.includes(el.dataset.question)));
      } catch {
        // Offline: everything is shown, nothing is lost.
        reveals.forEach((el) => set(el, true));
      }
    });
  }
  // A summary of errors takes the focus even where autofocus was used up by the browser.
  const errors = document.querySelector(".kc-errors");
  if (errors && document.activeElement !== errors) errors.focus();
  // A draft's code and link are copied with one click, where the browser lets a page do so.
  const copied = document.querySelector("[data-copied]");
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    const label = button.querySelector(".kern-label");
    const name = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        label.textContent = copied.textContent = copied.dataset.copied;
        setTimeout(() => {
          label.textContent = name;
          copied.textContent = "";
        }, 4000);
      } catch {
        // Not allowed: the text stands there to be marked.
        button.hidden = true;
      }
    });
  });
  // A form is sent once: a second click while the first is under way does nothing.
  document.querySelectorAll("form[method=post]").forEach((f) => {
    f.addEventListener("submit", (e) => {
      if (f.dataset.sent) return e.preventDefault();
      f.dataset.sent = "1";
      setTimeout(() => delete f.dataset.sent, 8000);
    });
  });
})();
