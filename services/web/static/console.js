/* What pages do better with a script; every one of them works without.
   Double click: a form is sent once. Upload: how far it is, and too large is said at once.
   Live: an element with data-live is fetched anew from that address while it is there. */

"use strict";

const LIVE_SECONDS = 2;

function say(form, text) {
  const place = form.querySelector("[data-told]");
  if (place) {
    place.textContent = text;
    place.hidden = !text;
  }
}

function busy(form) {
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit]")) {
    button.setAttribute("aria-busy", "true");
  }
}

function rest(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
  }
}

function tooLarge(form) {
  const limit = Number(form.dataset.limit || 0);
  const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  return limit > 0 && files.some((file) => file.size > limit);
}

function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  const mistake = document.getElementById("mistake");
  if (mistake) {
    mistake.focus();
  }
}

function upload(form) {
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    if (bar && event.lengthComputable) {
      bar.hidden = false;
      bar.max = event.total;
      bar.value = event.loaded;
      say(form, form.dataset.sending.replace("%", Math.floor((100 * event.loaded) / event.total) + "%"));
    }
  });
  request.upload.addEventListener("load", () => say(form, form.dataset.checking));
  request.addEventListener("load", () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
    } else {
      show(request.responseText);
    }
  });
  request.addEventListener("error", () => {
    rest(form);
    say(form, form.dataset.broken);
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (tooLarge(form)) {
    event.preventDefault();
    say(form, form.dataset.large);
    return;
  }
  busy(form);
  if (form.dataset.sending) {
    event.preventDefault();
    upload(form);
  }
});

window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(rest));

async function refresh() {
  const element = document.querySelector("[data-live]");
  if (!element) {
    return;
  }
  try {
    const answer = await fetch(element.dataset.live, { headers: { Accept: "text/html" } });
    if (answer.redirected || !answer.ok) {
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(element.id);
    if (!fresh) {
      location.reload();
      return;
    }
    const ended = !fresh.dataset.live;
    element.replaceWith(fresh);
    if (ended) {
      location.reload();
      return;
    }
  } catch {
    // the line is down for a moment: ask again
  }
  setTimeout(refresh, LIVE_SECONDS * 1000);
}

setTimeout(refresh, LIVE_SECONDS * 1000);
