// Schemas of the contract: found by reference, shown as a table, and made into an example to begin with.

// Deeper than this, nobody reads on; schemas that hold themselves end here.
const DEPTH_MAX = 6;
let contract = null;

function found(value) {
  let at = value;
  for (let step = 0; at?.$ref && step < DEPTH_MAX; step += 1) {
    at = at.$ref.slice(2).split("/").reduce((node, name) => node?.[name], contract);
  }
  return at ?? {};
}

/** The one alternative that says most, where a schema lists several. */
function told(schema) {
  const whole = found(schema);
  const choices = whole.anyOf ?? whole.oneOf ?? whole.allOf;
  if (!choices) return whole;
  const chosen = choices.map(found).find((choice) => choice.type !== "null") ?? {};
  return { ...chosen, ...whole, type: chosen.type, properties: chosen.properties, items: chosen.items, enum: chosen.enum };
}

function kindOf(schema) {
  const whole = told(schema);
  const types = [whole.type ?? (whole.enum ? "string" : whole.properties ? "object" : "any")].flat();
  const kind = types.filter((type) => type !== "null").join(" or ");
  return kind === "array" && whole.items ? `list of ${kindOf(whole.items)}` : kind;
}

function bounds(schema) {
  const whole = told(schema);
  const words = [];
  if (whole.enum) words.push(whole.enum.map((word) => JSON.stringify(word)).join(", "));
  if (whole.format) words.push(whole.format);
  for (const [name, word] of [["minimum", "from"], ["maximum", "to"], ["minLength", "at least"], ["maxLength", "at most"], ["minItems", "at least"], ["maxItems", "at most"], ["pattern", "like"], ["default", "unless said:"]]) {
    if (whole[name] !== undefined && whole[name] !== null) words.push(`${word} ${typeof whole[name] === "object" ? JSON.stringify(whole[name]) : whole[name]}`);
  }
  return words.join("; ");
}

/** A table of an object's members; those that hold members themselves unfold. */
function shownSchema(schema, depth = 0) {
  let whole = told(schema);
  if (kindOf(whole).startsWith("list of") && whole.items) whole = told(whole.items);
  const members = Object.entries(whole.properties ?? {});
  if (members.length === 0 || depth >= DEPTH_MAX) return made("p", { class: "quiet" }, `${kindOf(schema)} ${bounds(schema)}`);
  const rows = members.map(([name, member]) => {
    const inner = told(member);
    const holds = (inner.properties || inner.items?.$ref || inner.items?.properties) && depth + 1 < DEPTH_MAX;
    const about = made("td", {}, member.description ?? inner.description ?? "", " ", made("span", { class: "quiet" }, bounds(member)));
    if (holds) {
      const unfolding = made("details", {}, made("summary", {}, "its members"));
      // Made when it is looked at: a whole tree of schemas would be far too much.
      unfolding.addEventListener("toggle", () => unfolding.children.length === 1 && unfolding.append(shownSchema(member, depth + 1)));
      about.append(unfolding);
    }
    const needed = (whole.required ?? []).includes(name) ? " (required)" : "";
    return made("tr", {}, made("td", {}, made("code", {}, name), needed), made("td", {}, kindOf(member)), about);
  });
  return made("table", {}, made("thead", {}, made("tr", {}, ...["Member", "Kind", "About"].map((word) => made("th", { scope: "col" }, word)))), made("tbody", {}, ...rows));
}

/** A value to begin with: what is required, and what has a default. */
function example(schema, depth = 0) {
  const whole = told(schema);
  if (whole.default !== undefined && whole.default !== null) return whole.default;
  if (whole.examples?.length) return whole.examples[0];
  if (whole.enum) return whole.enum[0];
  const kind = kindOf(whole);
  if (kind.startsWith("list")) return whole.minItems ? [example(whole.items ?? {}, depth + 1)] : [];
  if (kind === "boolean") return false;
  if (kind.startsWith("integer") || kind.startsWith("number")) return whole.minimum ?? 0;
  if (kind.startsWith("string")) return "";
  if (depth >= DEPTH_MAX || !whole.properties) return {};
  const members = Object.entries(whole.properties).filter(([name]) => (whole.required ?? Object.keys(whole.properties)).includes(name));
  return Object.fromEntries(members.map(([name, member]) => [name, example(member, depth + 1)]));
}
