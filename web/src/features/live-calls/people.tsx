// The people of the company and what their telephones do now.

import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { count, phone } from "@/format";
import { Badge, type Tone } from "@/ui/badge";
import { classes } from "@/ui/classes";
import { SearchInput } from "@/ui/input";
import { Panel, Skeleton } from "@/ui/panel";
import type { Board, ExtensionState } from "@/views/live/board";
import { type Person, usePeople } from "@/views/live/people";
import { useWords } from "@/words";

export const STATE_TONES: Record<ExtensionState, Tone> = { idle: "good", ringing: "accent", busy: "warn", do_not_disturb: "bad" };
const RINGS: Record<ExtensionState, string> = { idle: "bg-good", ringing: "bg-accent animate-pulse", busy: "bg-warn", do_not_disturb: "bg-bad" };
/** From here on people are searched for, not looked through. */
const SEARCHED_FROM = 12;

export function People({ board }: { board: Board }) {
  const { t } = useWords("live-calls");
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const known = usePeople(board);
  const people = known ?? [];
  const shown = people.filter((one) => `${one.name} ${one.extension_number}`.toLowerCase().includes(wanted));
  const free = people.filter((one) => one.state === "idle").length;
  return (
    <Panel title={t("people")} description={people.length > 0 ? t("free", { count: free, total: count(people.length) }) : undefined} flush className="overflow-hidden">
      {people.length > SEARCHED_FROM && <div className="px-4 pb-3"><SearchInput value={text} onValue={setText} aria-label={t("search_people")} placeholder={t("search_people")} clearLabel={t("clear", { ns: "app" })} /></div>}
      {!known ? (
        <div className="space-y-4 p-5 pt-2">{[0, 1, 2, 3].map((row) => <Skeleton key={row} className="h-5" />)}</div>
      ) : people.length === 0 ? (
        <p className="px-5 pb-5 text-muted">{t("no_people")}</p>
      ) : (
        <ul className="max-h-[42rem] divide-y overflow-y-auto border-t">{shown.map((person) => <PersonRow key={person.extension_id} person={person} board={board} />)}</ul>
      )}
    </Panel>
  );
}

function PersonRow({ person, board }: { person: Person; board: Board }) {
  const { t } = useWords("live-calls");
  const word = t(`calls.extension_states.${person.state}`, { ns: "app" });
  const other = otherParty(board, person);
  return (
    <li className="flex items-center gap-3 px-5 py-2.5">
      <span className="relative flex size-8 shrink-0 items-center justify-center rounded-full bg-sunken text-xs font-semibold text-muted" aria-hidden>
        {initials(person.name)}
        <span className={classes("absolute -right-0.5 -bottom-0.5 size-3 rounded-full border-2 border-surface", RINGS[person.state])} />
      </span>
      <div className="min-w-0 grow">
        <Link to={`/extensions/${person.extension_id}`} className="block truncate font-medium hover:text-accent-text">{person.name}</Link>
        <span className="block truncate text-[13px] text-muted tabular-nums">{person.extension_number}{other && person.state !== "idle" ? ` · ${phone(other)}` : ""}</span>
      </div>
      <Badge tone={STATE_TONES[person.state]}>{word}</Badge>
    </li>
  );
}

/** Whom somebody talks to, where one call says it. */
function otherParty(board: Board, person: Person): string | null {
  for (const call of board.calls.values()) {
    if (call.from_extension_id === person.extension_id) return call.to_number;
    if (call.extension_id === person.extension_id || call.legs.some((leg) => leg.extension_id === person.extension_id && leg.ended_at === null)) return call.from_number;
  }
  return null;
}

function initials(name: string): string {
  return name.split(/\s+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();
}
