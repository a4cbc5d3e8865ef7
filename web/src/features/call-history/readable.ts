// A value of the configuration as a person reads it: destinations by their names, nothing as nothing.

export type Said = { kind: "nothing" } | { kind: "truth"; is: boolean } | { kind: "text"; text: string } | { kind: "list"; items: { name?: string; text: string }[] };

export function saidOf(value: unknown): Said {
  if (value === null || value === undefined || value === "") return { kind: "nothing" };
  if (typeof value === "boolean") return { kind: "truth", is: value };
  if (Array.isArray(value)) return value.length === 0 ? { kind: "nothing" } : { kind: "list", items: value.map((one) => ({ text: textOf(one) })) };
  if (typeof value === "object") {
    if ("says" in value) return { kind: "text", text: String(value.says) };
    const items = Object.entries(value).flatMap(([name, part]) => (isNothing(part) ? [] : [{ name, text: textOf(part) }]));
    return items.length === 0 ? { kind: "nothing" } : { kind: "list", items };
  }
  return { kind: "text", text: String(value) };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** On one line. */
function textOf(value: unknown): string {
  if (isNothing(value)) return "–";
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  if ("says" in value) return String(value.says);
  return Object.entries(value).filter(([, part]) => !isNothing(part)).map(([name, part]) => `${name.replaceAll("_", " ")}: ${textOf(part)}`).join(", ");
}
