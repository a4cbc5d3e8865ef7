// Calls by number or by group, those with most first: how many, how many of them answered, how long they waited.

import { Link } from "@tanstack/react-router";
import { count, percent, phone, stopwatch } from "@/format";
import { Panel } from "@/ui/panel";
import { useOwnNames } from "@/views/calls/party";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import { behind, type Figures } from "./figures";

type Kind = "number" | "ring_group";

/** Beyond these, call history tells more. */
const ROWS_MAX = 8;

export function Shares({ figures, kind }: { figures: Figures; kind: Kind }) {
  const { t } = useWords("dashboard");
  const nameOf = useOwnNames();
  const zone = useZone();
  const rows = (kind === "number" ? figures.by_number : figures.by_ring_group).slice(0, ROWS_MAX);
  const most = Math.max(1, ...rows.map(({ total }) => total));
  return (
    <Panel title={t(`by_${kind}`)}>
      {rows.length === 0 && <p className="text-muted">{t("none")}</p>}
      <ul className="space-y-3.5">
        {rows.map((row) => {
          const rate = row.total > 0 ? row.answered / row.total : null;
          return (
            <li key={row.name}>
              <div className="flex items-baseline gap-3">
                <span className="min-w-0 grow truncate">
                  <Link to={"/call-history" as string} search={behind(figures, zone, undefined, { [kind]: row.name }) as never} className="font-medium hover:text-accent-text">
                    {kind === "ring_group" ? row.name : (nameOf(row.name) ?? phone(row.name))}
                    {kind === "number" && nameOf(row.name) && <span className="ml-1.5 font-normal text-muted tabular-nums">{phone(row.name)}</span>}
                  </Link>
                </span>
                <span className="shrink-0 font-medium tabular-nums">{count(row.total)}</span>
              </div>
              <div className="mt-1.5 flex h-2 overflow-hidden rounded-full bg-sunken" aria-hidden>
                <span className="bg-chart-2" style={{ width: `${(row.answered / most) * 100}%` }} />
                <span className="bg-chart-3" style={{ width: `${((row.total - row.answered) / most) * 100}%` }} />
              </div>
              <p className="mt-1 text-[13px] text-muted tabular-nums">
                {t("share_more", { answered: count(row.answered), rate: rate === null ? "–" : percent(rate) })}
                {row.average_wait !== null && <> · {t("waits", { time: stopwatch(row.average_wait) })}</>}
              </p>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
