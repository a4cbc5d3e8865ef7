// Time zones: from what a clock on a wall shows to the instant, and back.

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function zones(): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes("UTC") ? known : ["UTC", ...known];
}

/** What a clock in the zone shows at an instant: `2026-12-24T18:05`. */
export function wallTime(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/**
 * The instant at which a clock in the zone shows `wall` (`2026-12-24T18:05`).
 *
 * Of a time that comes twice, the first; one that is left out counts as the same length after the gap began.
 */
export function instantOf(wall: string, zone: string): Date {
  const asUtc = Date.parse(`${wall}Z`);
  const offsetAt = (at: number) => Date.parse(`${wallTime(new Date(at), zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  // Whichever change of the clock is near, one of these two lies before it and the other behind.
  const [before, after] = [offsetAt(asUtc - 86_400_000), offsetAt(asUtc + 86_400_000)];
  const fits = [asUtc - before, asUtc - after].filter((at) => wallTime(new Date(at), zone) === wall);
  return new Date(fits.length > 0 ? Math.min(...fits) : asUtc - before);
}

/** The day so many days after another one. */
export function shifted(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** `UTC+02:00` at an instant. */
export function offsetName(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at);
  return (parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT").replace("GMT", "UTC");
}
