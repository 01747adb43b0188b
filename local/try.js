"use strict";
/* "Try it" of the reference: sends a request as a seeded user, or with an API key, and shows the answer. */

/** The tokens that were made on this page. */
const tokens = new Map();
const chosen = () => document.getElementById("who").value;
const APP = "the app";
/** The id of the message that was asked about last, or else of the newest one: an id that is there can be tried with. */
let known;

/** The id of a message, if an answer has one. */
const idIn = data => {
  const message = Array.isArray(data) ? data.at(-1) : data?.data ?? data;
  return message?.conversationId && message.sender ? message.id : undefined;
};

/** Puts the id of a message there that the chosen user may read, unless somebody wrote another. */
async function fillId(control, api) {
  const given = control.value;
  if (known === undefined && chosen() && chosen() !== APP) {
    const answer = await fetch(`${api}/messages?limit=1&affix=prepend`, { headers: await proof() });
    known = idIn((await answer.json()).data);
  }
  if (known !== undefined && control.value === given) control.value = String(known);
}

/** Fills the list of whom one may act as. */
async function offerUsers() {
  const who = document.getElementById("who"), key = document.getElementById("key");
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  who.addEventListener("change", () => { key.hidden = chosen() !== APP; });
  const answer = await fetch("/local/users");
  const users = answer.ok ? (await answer.json()).data : [];
  who.append(...users.map(({ uid, name }) => option(uid, `${name} (${uid})`)), option(APP, "the app, by an API key"));
}

/** What proves who asks. */
async function proof(behalf) {
  const who = chosen();
  if (who === "") return {};
  if (who === APP) return { apikey: document.querySelector("#key input").value, ...(behalf && { onBehalfOf: behalf }) };
  if (!tokens.has(who)) {
    const made = await fetch(`/local/users/${encodeURIComponent(who)}/token`, { method: "POST" });
    if (!made.ok) throw new Error(`There is no token of ${who}.`);
    tokens.set(who, (await made.json()).data.authToken);
  }
  return { authToken: tokens.get(who) };
}

/** A form for one operation, made when somebody opens it. */
function tryIt(operation) {
  const { h } = operation;
  const details = h("details.try", {}, h("summary", {}, "Send it"));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(form(operation));
  });
  return details;
}

function form({ h, json, method, path, api, parameters, body }) {
  const field = (name, value, tag = "input") => {
    const control = h(tag, { name, autocomplete: "off", spellcheck: "false" });
    control.value = value;
    return h("label", {}, name, control);
  };
  const inPath = parameters.filter(one => one.in === "path").map(one => field(one.name, one.example ?? ""));
  const id = inPath.find(one => one.textContent === "id")?.querySelector("input");
  if (id) fillId(id, api).catch(() => { /* The example stays. */ });
  const behalf = parameters.some(one => one.name === "onBehalfOf") && field("onBehalfOf, with an API key", "");
  const query = parameters.some(one => one.in === "query") && field("query, as limit=5&affix=prepend", "");
  const text = body !== undefined && field("body", JSON.stringify(body, null, 2), "textarea");
  const said = h("div", { "aria-live": "polite" });
  const valueOf = label => label ? label.querySelector("input, textarea").value : "";

  async function send() {
    let at = path;
    for (const label of inPath) at = at.replace(`{${label.querySelector("input").name}}`, encodeURIComponent(valueOf(label)));
    const headers = await proof(valueOf(behalf));
    if (text) headers["content-type"] = "application/json";
    const begun = performance.now();
    const answer = await fetch(at + (valueOf(query) && `?${valueOf(query)}`), { method: method.toUpperCase(), headers, body: text ? valueOf(text) : undefined });
    const told = await answer.text();
    const took = Math.round(performance.now() - begun);
    let shown;
    try {
      const answered = JSON.parse(told);
      known = idIn(answered.data) ?? known;
      shown = json(answered);
    } catch {
      shown = h("pre", { tabindex: 0 }, told);
    }
    said.replaceChildren(h("p", {}, h(answer.ok ? "span.status.ok" : "span.status.bad", {}, String(answer.status)), `${took} ms`), shown);
  }

  const submit = event => {
    event.preventDefault();
    send().catch(error => said.replaceChildren(h("p.bad", {}, error.message)));
  };
  return h("form", { onsubmit: submit }, inPath, behalf, query, text, h("button", { type: "submit" }, "Send"), said);
}

offerUsers().catch(() => { /* Elsewhere there are no seeded users. */ });
