// A sentence of a trace, in which the records that it names lead to their rooms.

import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import type { components } from "@/api/schema";
import { useWords } from "@/words";
import { hasRoom, roomOfKind } from "../kinds";

type Told = components["schemas"]["SentenceView"];
type Passed = components["schemas"]["PassedView"];

const QUOTES = [['"', '"'], ["« ", " »"]] as const;

interface Piece {
  text: string;
  record?: Passed;
}

/** The sentence in pieces: what names a record stands alone. What no words name comes last. */
export function piecesOf({ text, records }: Pick<Told, "text" | "records">): Piece[] {
  const pieces: Piece[] = [];
  const unnamed: Passed[] = [];
  let end = 0;
  // Records come in the order in which the sentence names them, so two that are called alike find their own words.
  for (const record of records) {
    const at = placeOf(text, record.label, end);
    if (at < 0) {
      if (!unnamed.some(({ node }) => node === record.node)) unnamed.push(record);
      continue;
    }
    pieces.push({ text: text.slice(end, at) }, { text: record.label, record });
    end = at + record.label.length;
  }
  pieces.push({ text: text.slice(end) });
  const shown = new Set(pieces.flatMap(({ record }) => (record ? [record.node] : [])));
  return [...pieces.filter((piece) => piece.text !== ""), ...unnamed.filter(({ node }) => !shown.has(node)).map((record) => ({ text: "", record }))];
}

/** In quotes first, those of any language: a short name may be a part of another word. */
function placeOf(text: string, label: string, from: number): number {
  if (label === "") return -1;
  for (const [open, close] of QUOTES) {
    const quoted = text.indexOf(open + label + close, from);
    if (quoted >= 0) return quoted + open.length;
  }
  const plain = text.indexOf(label, from);
  const isWhole = !/[\p{L}\p{N}]/u.test(text[plain - 1] ?? "") && !/[\p{L}\p{N}]/u.test(text[plain + label.length] ?? "");
  return plain >= 0 && isWhole ? plain : -1;
}

export function Sentence({ told }: { told: Told }) {
  const pieces = piecesOf(told);
  const named = pieces.filter(({ text }) => text !== "");
  const beside = pieces.filter(({ text }) => text === "");
  return (
    <span>
      {named.map((piece, at) => <Fragment key={at}>{piece.record ? <RecordLink record={piece.record} /> : piece.text}</Fragment>)}
      {beside.length > 0 && <span className="ml-2 inline-flex flex-wrap gap-x-2 text-[13px]">{beside.map((piece) => piece.record && <RecordLink key={piece.record.node} record={piece.record} />)}</span>}
    </span>
  );
}

export function RecordLink({ record, className }: { record: Passed; className?: string }) {
  const { t } = useWords();
  if (record.id === null || !hasRoom(record.kind)) return <span className={className ?? "font-medium"}>{record.label}</span>;
  return <Link to={roomOfKind(record.kind, record.id)} title={t(`kinds.${record.kind}`, record.kind)} className={className ?? "font-medium text-accent-text underline decoration-accent-text/40 underline-offset-2 hover:decoration-current"}>{record.label}</Link>;
}
