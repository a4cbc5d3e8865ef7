// The page itself: the list of routes, the one that is looked at, and who is signed in.

const METHODS = ["get", "post", "put", "patch", "delete"];
const routes = () => Object.entries(contract.paths).flatMap(([path, methods]) =>
  METHODS.filter((method) => methods[method]).map((method) => ({ path, method: method.toUpperCase(), operation: methods[method] })));

function listed() {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map();
  for (const route of routes()) {
    const said = `${route.method} ${route.path} ${route.operation.operationId} ${route.operation.summary}`.toLowerCase();
    if (!words.every((word) => said.includes(word))) continue;
    const tag = route.operation.tags?.[0] || "Other";
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push(route);
  }
  const here = decodeURIComponent(location.hash.slice(1));
  const parts = [...groups].flatMap(([tag, members]) => [made("h3", {}, tag), ...members.map(({ path, method, operation }) =>
    made("a", { href: `#${operation.operationId}`, title: operation.summary, "aria-current": operation.operationId === here ? "page" : null },
      made("span", { class: `method ${method}` }, method), path.replace("/api/v1", "")))]);
  byId("routes").replaceChildren(...(parts.length ? parts : [made("p", { class: "quiet" }, "No route is called so.")]));
}

function answers(operation) {
  return Object.entries(operation.responses).map(([status, given]) => {
    const response = found(given);
    const content = Object.entries(response.content ?? {});
    const about = made("details", {}, made("summary", {}, made("strong", {}, status), ` ${response.description}`, made("span", { class: "quiet" }, content.map(([kind]) => ` ${kind}`).join())));
    about.addEventListener("toggle", () => about.children.length === 1 && content.forEach(([, { schema }]) => about.append(shownSchema(schema))));
    return about;
  });
}

function shownRoute() {
  const id = decodeURIComponent(location.hash.slice(1));
  const route = routes().find(({ operation }) => operation.operationId === id);
  if (!route) {
    byId("shown").replaceChildren(made("p", {}, contract.info.description), made("p", {}, `${routes().length} routes. Choose one.`));
    return;
  }
  const { path, method, operation } = route;
  const access = operation["x-access"];
  const who = access === "public" ? "anybody" : access === "signed_in" ? "whoever is signed in" : access.join(", ");
  const body = Object.entries(operation.requestBody?.content ?? {});
  byId("shown").replaceChildren(
    made("h2", {}, made("span", { class: `method ${method}` }, method), made("code", {}, path)),
    made("p", {}, operation.summary, ". ", made("span", { class: "quiet" }, `For ${who}. ${operation.operationId}`)),
    made("h3", {}, "Try it"), trying(method, path, operation),
    ...body.flatMap(([kind, { schema }]) => [made("h3", {}, `Body: ${kind}`), shownSchema(schema)]),
    made("h3", {}, "Answers"), ...answers(operation),
  );
  document.title = `${operation.summary} – OPBX API`;
}

async function tellWho() {
  const who = byId("who");
  if (!token()) return void (who.textContent = "Not signed in.");
  const response = await fetch("/api/v1/auth/me", { headers: { Authorization: `Bearer ${token()}` } });
  const said = response.ok ? await response.json() : null;
  who.textContent = said ? `Signed in as ${said.user?.name} (${said.user?.role}).` : "The token is not good any more.";
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = event.target.elements;
  if (given.token.value) {
    keepToken(given.token.value.trim());
  } else {
    const body = JSON.stringify({ email: given.email.value, password: given.password.value });
    const response = await fetch("/api/v1/auth/login", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const said = await response.json();
    keepToken(said.access_token);
    if (!response.ok) return void (byId("who").textContent = said.message);
  }
  given.password.value = "";
  given.token.value = "";
  await tellWho();
});
byId("find").addEventListener("input", listed);
addEventListener("hashchange", () => { listed(); shownRoute(); });

const response = await fetch("/api/openapi.json");
contract = await response.json();
byId("version").textContent = contract.info.version;
listed();
shownRoute();
await tellWho();
