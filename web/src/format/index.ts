// Numbers, times and telephone numbers as people of a language and a zone read them.

import { language } from "@/words";

/** A day, to the minute: `9 Mar 2026, 14:05`. */
export function instant(at: string, zone: string): string {
  return formatter({ dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(at));
}

export function exactInstant(at: string, zone: string): string {
  return formatter({ dateStyle: "full", timeStyle: "long", timeZone: zone }).format(new Date(at));
}

export function clock(at: string, zone: string): string {
  return formatter({ timeStyle: "short", timeZone: zone }).format(new Date(at));
}

/** A moment as one speaks of it from now: its time alone today, with the weekday within six days, else with the day. */
export function instantIn(at: Date, zone: string, now: Date): string {
  const date = (moment: Date) => formatter({ dateStyle: "short", timeZone: zone }).format(moment);
  if (date(at) === date(now)) return formatter({ timeStyle: "short", timeZone: zone }).format(at);
  const isNear = Math.abs(at.getTime() - now.getTime()) < 6 * 86_400_000;
  const day: Intl.DateTimeFormatOptions = isNear ? { weekday: "short" } : { day: "numeric", month: "short", ...(Math.abs(at.getTime() - now.getTime()) > 300 * 86_400_000 && { year: "numeric" }) };
  return formatter({ ...day, hour: "numeric", minute: "2-digit", timeZone: zone }).format(at);
}

/** The day of an instant, among few others: `Mon 9`. */
export function shortDay(at: string, zone: string): string {
  return formatter({ weekday: "short", day: "numeric", timeZone: zone }).format(new Date(at));
}

/** The name of a day of the week, among few others; Monday is 0. */
export function weekday(at: number): string {
  // 1 January 2024 was a Monday.
  return formatter({ weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + at));
}

/** A day that has no zone: `2026-12-25`. */
export function day(date: string, style: "medium" | "long" | "full" = "medium"): string {
  return formatter({ dateStyle: style, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}

/** How long ago or ahead, in the largest unit that fits. */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];
  let amount = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(amount), unit);
    amount /= size;
  }
  return instant(at, "UTC");
}

/** Seconds as a stopwatch shows them: `0:07`, `1:02:03`. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function count(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  return new Intl.NumberFormat(language(), { style: "unit", unit: units[step] ?? "byte", unitDisplay: "short", maximumFractionDigits: 1 }).format(size / 1000 ** step);
}

/** A number of E.164 in groups that an eye can hold; anything else as it is. */
export function phone(number: string): string {
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (nanp) return `+1 ${nanp[1]} ${nanp[2]} ${nanp[3]}`;
  const digits = /^\+(\d{7,15})$/.exec(number)?.[1];
  if (!digits) return number;
  const code = digits.slice(0, countryCodeLength(digits));
  const rest = digits.slice(code.length);
  return `+${code} ${rest.replace(/(\d{3})(?=\d{2,})/g, "$1 ")}`.trim();
}

/** The length of the country code that digits begin with (ITU-T E.164, list of 2024). */
function countryCodeLength(digits: string): number {
  if (/^[17]/.test(digits)) return 1;
  const two = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;
  return two.test(digits) ? 2 : 3;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one costs more than using it a hundred times. */
function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language() + JSON.stringify(options);
  const kept = formatters.get(key) ?? new Intl.DateTimeFormat(language(), options);
  formatters.set(key, kept);
  return kept;
}
