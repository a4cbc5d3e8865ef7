// The calls of this moment, in columns by their state, beside the people who could take them.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { PhoneCall, PhoneIncoming } from "lucide-react";
import type { ReactNode } from "react";
import { sentenceOf } from "@/api/resources";
import { count } from "@/format";
import { Button } from "@/ui/button";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { DIRECTIONS } from "@/views/calls/state";
import { useOwnNames } from "@/views/calls/party";
import type { Board } from "@/views/live/board";
import { useBoard } from "@/views/live/use-board";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { LiveCard } from "./card";
import { COLUMNS, type ColumnName, inColumn } from "./columns";
import { People } from "./people";

/** As many as the snapshot lists. */
const LISTED_MAX = 500;

export function LiveCallsPage() {
  const { t } = useWords("live-calls");
  const { board, isError, error, refetch } = useBoard();
  const query = useSearch({ strict: false }) as { direction?: string };
  const go = useNavigate();
  const direction = DIRECTIONS.find((one) => one === query.direction);
  const choose = (next: string) => void go({ to: ".", search: (next === "all" ? {} : { direction: next }) as never, replace: true, resetScroll: false });
  const { active, by_direction } = board.counts;
  const number = (value: number) => <span className="ml-1.5 text-muted tabular-nums">{count(value)}</span>;
  return (
    <>
      <PageHead
        title={t("title")}
        description={t("about")}
        actions={
          <Segments
            label={t("direction")}
            value={direction ?? "all"}
            onValue={choose}
            options={[
              { value: "all", label: <>{t("all")}{number(active)}</> },
              ...DIRECTIONS.map((one) => ({ value: one, label: <>{t(`calls.directions.${one}`, { ns: "app" })}{number(by_direction[one])}</> })),
            ]}
          />
        }
      />
      {isError && <Note tone="bad" className="mb-4" title={t("failed_title")} actions={<Button size="small" onClick={() => void refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(error, t("failed.network", { ns: "app" }))}</Note>}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_20rem] 2xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
          {COLUMNS.map((column) => <Column key={column} column={column} board={board} direction={direction} />)}
        </div>
        <People board={board} />
      </div>
      {active > LISTED_MAX && <p className="mt-4 text-muted">{t("many", { count: LISTED_MAX })}</p>}
    </>
  );
}

const EMPTY_ICONS: Record<ColumnName, ReactNode> = { ringing: <PhoneIncoming aria-hidden />, answered: <PhoneCall aria-hidden /> };

function Column({ column, board, direction }: { column: ColumnName; board: Board; direction: string | undefined }) {
  const { t } = useWords("live-calls");
  const nameOf = useOwnNames();
  const calls = inColumn(board.calls.values(), column, direction);
  return (
    <section aria-labelledby={`column-${column}`}>
      <h2 id={`column-${column}`} className="mb-2.5 flex items-baseline gap-2 text-[15px] font-semibold">
        {t(`columns.${column}`)}
        <span className="text-sm font-normal text-muted tabular-nums">{board.known ? count(calls.length) : ""}</span>
      </h2>
      {!board.known ? (
        <div className="space-y-3">{[0, 1].map((card) => <div key={card} className="space-y-3 rounded-2xl border bg-surface p-4"><Skeleton className="h-4 w-40" /><Skeleton className="h-4 w-56" /></div>)}</div>
      ) : calls.length === 0 ? (
        <div className="rounded-2xl border border-dashed"><Empty icon={EMPTY_ICONS[column]} title={t(`empty.${column}`)}>{t(`empty_more.${column}`)}</Empty></div>
      ) : (
        <ul className="space-y-3">{calls.map((call) => <LiveCard key={call.id} call={call} nameOf={nameOf} />)}</ul>
      )}
    </section>
  );
}
