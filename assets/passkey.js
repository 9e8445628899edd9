// Passkeys: the browser's part of logging in and of setting one up. What needs this script shows only where the
// browser can do it; passwords work without.
"use strict";
(() => {
  const able =
    window.PublicKeyCredential &&
    PublicKeyCredential.parseCreationOptionsFromJSON &&
    PublicKeyCredential.parseRequestOptionsFromJSON;
  if (!able) return;

  /** What the server says; a page instead of an answer means that the log-in has ended. */
  const post = async (to, body, type) => {
    const response = await fetch(to, { method: "POST", body, headers: { "content-type": type } });
    const json = (response.headers.get("content-type") || "").startsWith("application/json");
    const answer = json ? await response.json() : { text: "Das ging nicht. Laden Sie die Seite neu und versuchen Sie es noch einmal." };
    if (!response.ok || !json) throw new Error(answer.text || answer.detail || "Das ging nicht.");
    return answer;
  };
  const said = (error, stopped) =>
    ["NotAllowedError", "AbortError"].includes(error.name) ? stopped
    : error.name === "InvalidStateError" ? "Dieses Gerät ist schon eingerichtet."
    : error.name === "TypeError" ? "Keine Verbindung. Versuchen Sie es bitte noch einmal."
    : error.message;

  const run = (box, stopped, work) => async (event) => {
    event.preventDefault();
    const note = box.querySelector("[data-passkey-note]");
    const button = box.querySelector("button");
    note.textContent = "";
    button.disabled = true;
    try {
      location.assign((await work()).ziel);
    } catch (error) {
      note.textContent = said(error, stopped);
      button.disabled = false;
      button.focus();
    }
  };

  for (const box of document.querySelectorAll("[data-passkey]")) box.hidden = false;
  for (const without of document.querySelectorAll("[data-passkey-without]")) without.hidden = true;

  const enter = document.querySelector("[data-passkey=anmelden]");
  if (enter) {
    const stopped = "Das Anmelden mit Passkey wurde abgebrochen. Versuchen Sie es noch einmal, oder nehmen Sie Passwort und Code.";
    const work = async () => {
      const question = await post("/amt/anmelden/passkey/frage", "", "application/x-www-form-urlencoded");
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(question.publicKey);
      const credential = await navigator.credentials.get({ publicKey });
      const to = "/amt/anmelden/passkey?ziel=" + encodeURIComponent(enter.dataset.ziel);
      return post(to, JSON.stringify(credential.toJSON()), "application/json");
    };
    enter.querySelector("button").addEventListener("click", run(enter, stopped, work));
  }

  const make = document.querySelector("[data-passkey=einrichten]");
  if (make) {
    const stopped = "Das Einrichten wurde abgebrochen. Es ist nichts geändert.";
    const work = async () => {
      const form = new FormData(make);
      const pass = new URLSearchParams({ pass: form.get("pass") });
      const question = await post("/amt/konto/passkey/frage", pass.toString(), "application/x-www-form-urlencoded");
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(question.publicKey);
      const credential = await navigator.credentials.create({ publicKey });
      return post("/amt/konto/passkey", JSON.stringify({ name: form.get("name"), credential: credential.toJSON() }), "application/json");
    };
    make.addEventListener("submit", run(make, stopped, work));
  }
})();
