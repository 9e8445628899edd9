// Passkeys: the browser's part of logging in and of setting one up, at the desk and in accounts of people and clubs. What
// needs this script shows only where the browser can do it; everything else works without. Where the questions are
// asked, and the words, stand at the box: data-question, data-answer, data-stopped …
"use strict";
(() => {
  const able =
    window.PublicKeyCredential &&
    PublicKeyCredential.parseCreationOptionsFromJSON &&
    PublicKeyCredential.parseRequestOptionsFromJSON;
  if (!able) return;

  /** What the server says; a page instead of an answer means that the log-in has ended. */
  const post = async (box, to, body, type) => {
    const response = await fetch(to, { method: "POST", body, headers: { "content-type": type } });
    const json = (response.headers.get("content-type") || "").startsWith("application/json");
    const answer = json ? await response.json() : {};
    if (!response.ok || !json) throw new Error(answer.text || answer.detail || box.dataset.failed);
    return answer;
  };
  const said = (box, error) =>
    ["NotAllowedError", "AbortError"].includes(error.name) ? box.dataset.stopped
    : error.name === "InvalidStateError" ? box.dataset.there
    : error.name === "TypeError" ? box.dataset.offline
    : error.message;

  const run = (box, work) => async (event) => {
    event.preventDefault();
    const note = box.querySelector("[data-passkey-note]");
    const button = box.querySelector("button");
    note.textContent = "";
    button.disabled = true;
    try {
      location.assign((await work()).ziel);
    } catch (error) {
      note.textContent = said(box, error);
      button.disabled = false;
      button.focus();
    }
  };

  for (const box of document.querySelectorAll("[data-passkey]")) box.hidden = false;
  for (const without of document.querySelectorAll("[data-passkey-without]")) without.hidden = true;

  const plain = "application/x-www-form-urlencoded";
  const enter = document.querySelector("[data-passkey=anmelden]");
  if (enter) {
    const work = async () => {
      const question = await post(enter, enter.dataset.question, "", plain);
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(question.publicKey);
      const credential = await navigator.credentials.get({ publicKey });
      const to = enter.dataset.answer + "?ziel=" + encodeURIComponent(enter.dataset.ziel);
      return post(enter, to, JSON.stringify(credential.toJSON()), "application/json");
    };
    enter.querySelector("button").addEventListener("click", run(enter, work));
  }

  const make = document.querySelector("[data-passkey=einrichten]");
  if (make) {
    const work = async () => {
      const form = new FormData(make);
      const pass = form.has("pass") ? new URLSearchParams({ pass: form.get("pass") }).toString() : "";
      const question = await post(make, make.dataset.question, pass, plain);
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(question.publicKey);
      const credential = await navigator.credentials.create({ publicKey });
      const answer = { name: form.get("name"), credential: credential.toJSON() };
      return post(make, make.dataset.answer, JSON.stringify(answer), "application/json");
    };
    make.addEventListener("submit", run(make, work));
  }
})();
