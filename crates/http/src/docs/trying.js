// A request as it is filled in, sent and answered. The token stays in this tab.

const TOKEN = "opbx-docs-token";
// More of an answer is not drawn: a page that hangs shows nothing.
const SHOWN_MAX = 200_000;

const token = () => sessionStorage.getItem(TOKEN) ?? "";

function keepToken(value) {
  if (value) sessionStorage.setItem(TOKEN, value);
  else sessionStorage.removeItem(TOKEN);
}

function field(parameter) {
  const schema = told(parameter.schema);
  const name = `${parameter.in}:${parameter.name}`;
  if (schema.enum) return made("select", { name }, made("option", { value: "" }, "–"), ...schema.enum.filter((word) => word !== null).map((word) => made("option", {}, String(word))));
  return made("input", { name, required: parameter.in === "path", placeholder: bounds(parameter.schema) });
}

/** The address and the headers that a filled form asks for. */
function asked(path, form) {
  const query = new URLSearchParams();
  const headers = { Accept: "application/json", Prefer: "handling=strict" };
  let filled = path;
  for (const [name, value] of new FormData(form)) {
    const at = name.indexOf(":");
    const [place, key] = [name.slice(0, at), name.slice(at + 1)];
    if (typeof value !== "string" || value === "") continue;
    if (place === "path") filled = filled.replace(`{${key}}`, encodeURIComponent(value));
    if (place === "query") query.append(key, value);
    if (place === "header") headers[key] = value;
  }
  if (token()) headers.Authorization = `Bearer ${token()}`;
  const text = query.toString();
  return { url: text ? `${filled}?${text}` : filled, headers };
}

async function shownAnswer(response, took) {
  const kind = response.headers.get("content-type") ?? "";
  let text = kind.includes("json") || kind.startsWith("text/") ? await response.text() : `${(await response.blob()).size} bytes of ${kind || "nothing"}`;
  if (kind.includes("json")) text = JSON.stringify(JSON.parse(text), null, 2);
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return made("div", {}, made("p", { class: response.ok ? "" : "wrong" }, made("strong", {}, `${response.status} ${response.statusText}`), ` after ${took} ms`),
    made("pre", {}, text.slice(0, SHOWN_MAX)), made("details", {}, made("summary", {}, "Headers"), made("pre", {}, headers)));
}

function trying(method, path, operation) {
  const parameters = (operation.parameters ?? []).map(found);
  const [kind, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const parts = kind?.startsWith("multipart/") ? Object.entries(told(body.schema).properties ?? {}) : [];
  const answer = made("div", { "aria-live": "polite" });
  const form = made("form", {});
  if (parameters.length) {
    const rows = parameters.map((parameter) => made("tr", {}, made("td", {}, made("label", {}, made("code", {}, parameter.name), parameter.required ? " (required)" : "")),
      made("td", {}, field(parameter)), made("td", {}, parameter.in, " – ", parameter.description ?? "")));
    form.append(made("table", {}, made("tbody", {}, ...rows)));
    for (const row of form.querySelectorAll("tr")) row.querySelector("input, select").setAttribute("aria-label", row.querySelector("code").textContent);
  }
  for (const [name, schema] of parts) {
    const type = told(schema).format === "binary" ? "file" : "text";
    form.append(made("p", {}, made("label", {}, `${name} `, made("input", { name: `part:${name}`, type }))));
  }
  const text = kind === "application/json" ? JSON.stringify(example(body.schema), null, 2) : "";
  if (body && !parts.length) form.append(made("textarea", { name: "body", spellcheck: "false", "aria-label": `Body, ${kind}` }, text));
  form.append(made("p", {}, made("button", {}, `Send ${method}`)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { url, headers } = asked(path, form);
    const options = { method, headers };
    if (parts.length) {
      // The browser says the type itself, with the boundary that it draws.
      options.body = new FormData();
      for (const [name, value] of new FormData(form)) if (name.startsWith("part:")) options.body.append(name.slice(5), value);
    } else if (body) {
      options.body = form.elements.namedItem("body").value;
      headers["Content-Type"] = kind;
    }
    const began = performance.now();
    answer.replaceChildren("Asking…");
    try {
      const response = await fetch(url, options);
      answer.replaceChildren(await shownAnswer(response, Math.round(performance.now() - began)));
    } catch (fault) {
      answer.replaceChildren(made("p", { class: "wrong" }, String(fault)));
    }
  });
  return made("div", {}, form, answer);
}
