// What a browser says of itself, as a person would call the device.

export interface DeviceName {
  kind: "computer" | "telephone" | "program";
  browser: string | undefined;
  system: string | undefined;
}

/** The first that fits counts: most browsers claim to be several others besides. */
const BROWSERS: [RegExp, string][] = [[/Edg(e|A|iOS)?\//, "Edge"], [/OPR\/|Opera/, "Opera"], [/Firefox\/|FxiOS/, "Firefox"], [/Chrome\/|CriOS|Chromium/, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS: [RegExp, string][] = [[/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS X|Macintosh/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]];

export function deviceOf(agent: string | null): DeviceName {
  if (!agent) return { kind: "computer", browser: undefined, system: undefined };
  const named = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
  // Programs name themselves and nothing else: `curl/8.5.0`.
  if (!agent.startsWith("Mozilla/")) return { kind: "program", browser: agent.split(/[/\s]/)[0], system: undefined };
  const system = named(SYSTEMS);
  return { kind: /iPhone|Android.*Mobile/.test(agent) ? "telephone" : "computer", browser: named(BROWSERS), system };
}
