// What the pages gain with JavaScript: answers while you type, and a CSV dropped on the check form. Nothing depends on it.
"use strict";

for (const form of document.querySelectorAll("form[data-suggest]")) suggestions(form);
for (const area of document.querySelectorAll("form.check textarea")) dropped(area);
openTarget();
addEventListener("hashchange", openTarget);

function suggestions(form) {
  const input = form.querySelector("input[type=search]");
  const place = form.querySelector(".suggestions");
  const address = new URL(form.dataset.suggest, location.href);
  let waiting = 0;
  let asked = "";

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });

  async function ask() {
    const words = input.value.trim();
    if (words === asked) return;
    asked = words;
    if (words.length < 2) {
      place.replaceChildren();
      return;
    }
    address.searchParams.set("q", words);
    try {
      const response = await fetch(address);
      if (response.ok && words === asked) place.innerHTML = await response.text(); // our own page: escaped by the server
    } catch {
      place.replaceChildren();
    }
  }

  // Arrow keys walk from the box through the answers; Escape comes back.
  form.addEventListener("keydown", (event) => {
    const links = [...place.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && links.length) move(event, links[Math.min(at + 1, links.length - 1)]);
    else if (event.key === "ArrowUp" && at >= 0) move(event, at ? links[at - 1] : input);
    else if (event.key === "Escape" && links.length) {
      place.replaceChildren();
      asked = "";
      move(event, input);
    }
  });
}

function move(event, target) {
  event.preventDefault();
  target.focus();
}

function dropped(area) {
  const form = area.closest("form");
  const stop = (event) => event.preventDefault();
  form.addEventListener("dragover", (event) => { stop(event); area.classList.add("drop"); });
  form.addEventListener("dragleave", () => area.classList.remove("drop"));
  form.addEventListener("drop", async (event) => {
    stop(event);
    area.classList.remove("drop");
    const file = event.dataTransfer.files[0];
    if (file && file.size < 100000) area.value = await file.text();
  });
}

// A link to a proof opens the table that holds it.
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target && target.closest("details:not([open])");
  if (closed) {
    closed.open = true;
    target.scrollIntoView();
  }
}
