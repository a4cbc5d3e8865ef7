// A value of a record as a person compares it: what it refers to by name, times as clocks show them, words as the form has them.

import type { ReactNode } from "react";
import { extensions, phoneNumbers, prompts, trunks, users, voicemailBoxes } from "@/api/catalogue";
import type { Resource } from "@/api/resources";
import { type Destination, TARGET_KINDS, type TargetKind } from "@/fields/destination";
import { day, instant, weekday } from "@/format";
import { language, LANGUAGES, useWords } from "@/words";
import { useDestinationName, useRecordName } from "../destination-name";
import { type Range, timeOf, WEEKDAYS } from "../hours/times";
import { useZone } from "../when";

/** What a form says of its fields, and of the parts of them. */
export interface FieldWords {
  fieldName: (name: string) => string;
  /** What one of a field's fixed words is called; nothing where it is none of them. */
  fieldWord?: (name: string, word: string) => string | undefined;
}

interface ValueProps {
  name: string;
  value: unknown;
  words: FieldWords;
}

export function Value({ name, value, words }: ValueProps): ReactNode {
  const { t } = useWords();
  if (isNothing(value)) return "–";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") return <Numeral name={name} value={value} />;
  if (typeof value === "string") return <Text name={name} text={value} words={words} />;
  if (isRange(value)) return rangeText(value);
  if (isDestination(value)) return <DestinationText destination={value} />;
  if (isWeek(value)) return value.map((ranges, at) => ranges.length > 0 && <span key={at} className="block">{weekday(at)} {ranges.map(rangeText).join(", ")}</span>);
  if (Array.isArray(value)) return <List name={name} values={value} words={words} />;
  return <Parts name={name} parts={Object.entries(value as object).filter(([, part]) => !isNothing(part))} words={words} />;
}

function List({ name, values, words }: { name: string; values: unknown[]; words: FieldWords }) {
  const isInLines = values.some((value) => typeof value === "object" && !isRange(value));
  return values.map((value, at) => (
    <span key={at} className={isInLines ? "block" : undefined}>
      <Value name={name} value={value} words={words} />
      {!isInLines && at < values.length - 1 && ", "}
    </span>
  ));
}

function Parts({ name, parts, words }: { name: string; parts: [string, unknown][]; words: FieldWords }) {
  return parts.map(([part, value], at) => (
    <span key={part}>
      {at > 0 && " · "}
      {parts.length > 1 && `${words.fieldName(part)} `}
      {/* Of something that is no more than an id, the field says what it is the id of. */}
      <Value name={part === "id" ? name : part} value={value} words={words} />
    </span>
  ));
}

/** The kinds of records whose ids fields hold, by what such fields are called, here and in the history. */
const REFERRED: Record<string, Resource<never>> = {
  extension: extensions,
  user: users,
  voicemail: voicemailBoxes,
  number: phoneNumbers,
  phone_number: phoneNumbers,
  trunks,
  greeting: prompts,
  prompt: prompts,
  recording: prompts,
  recording_announcement: prompts,
  no_input: prompts,
  no_input_prompt: prompts,
  wrong_key: prompts,
  wrong_key_prompt: prompts,
};

function Numeral({ name, value }: { name: string; value: number }) {
  const resource = REFERRED[name.replace(/_id$/, "")] as Resource<{ id: number }> | undefined;
  return useRecordName(resource, value) ?? String(value);
}

/** The fixed words that mean the same in all forms, by their field, and where the catalogue has them. */
const COMMON: Record<string, string> = { status: "", recording: "recording_policy.rules.", role: "roles." };

function Text({ name, text, words }: { name: string; text: string; words: FieldWords }) {
  const { t } = useWords();
  const zone = useZone();
  const destination = storedDestination(text);
  if (destination) return <DestinationText destination={destination} />;
  const word = words.fieldWord?.(name, text);
  if (word !== undefined) return word;
  if (name in COMMON) return t(`${COMMON[name]}${text}`, text);
  if (/^(time_?)?zone$/.test(name)) return text.replaceAll("_", " ");
  if (name === "language") return LANGUAGES.find(({ code }) => code === text)?.name ?? text;
  if (/^(country|allowed_countries)$/.test(name) && /^[A-Z]{2}$/.test(text)) return new Intl.DisplayNames(language(), { type: "region" }).of(text) ?? text;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return day(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text)) return instant(text, zone);
  return text;
}

function DestinationText({ destination }: { destination: Destination }) {
  const { t } = useWords();
  const kind = t(`destination.${destination.type}`);
  const name = useDestinationName(destination);
  return name === undefined || name === kind ? kind : `${kind} ${name}`;
}

/** What the history calls some kinds otherwise. */
const STORED_KINDS: Record<string, TargetKind> = { menu: "ivr_menu", hours: "business_hours", conference: "conference_room" };

/** As the history has destinations: `hangup`, `ring_group:12`, `forward:+442079460018`. */
export function storedDestination(text: string): Destination | undefined {
  if (text === "hangup") return { type: "hangup", id: null, to: null };
  const to = /^forward:(\+?[\d*#]+|sips?:\S+)$/.exec(text)?.[1];
  if (to) return { type: "forward", id: null, to };
  const [, stored = "", id] = /^([a-z_]+):(\d+)$/.exec(text) ?? [];
  const type = STORED_KINDS[stored] ?? TARGET_KINDS.find((kind) => kind === stored);
  return type && { type, id: Number(id), to: null };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.every(isNothing));
}

function isDestination(value: unknown): value is Destination {
  return holds(value, "type", "id", "to") && TARGET_KINDS.some((kind) => kind === value["type"]);
}

function isRange(value: unknown): value is Range {
  return holds(value, "start", "end") && typeof value["start"] === "number" && typeof value["end"] === "number";
}

function isWeek(value: unknown): value is Range[][] {
  return Array.isArray(value) && value.length === WEEKDAYS.length && value.every((day) => Array.isArray(day) && day.every(isRange));
}

function holds(value: unknown, ...names: string[]): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

function rangeText({ start, end }: Range): string {
  return `${timeOf(start)}–${timeOf(end)}`;
}
