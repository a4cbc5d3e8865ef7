// Calls over the chosen days, and how many of them were answered: drawn, and told as a table.

import { Link } from "@tanstack/react-router";
import { BarChart3 } from "lucide-react";
import { lazy, Suspense } from "react";
import { clock, count, percent, shortDay } from "@/format";
import { Empty, Panel, Skeleton } from "@/ui/panel";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import { behindSlot, type Figures, isDays, type Outcome, pointsOf } from "./figures";

// The library of charts is large; nobody waits for it to see the figures.
const Charts = lazy(() => import("./charts"));

export function CallsByTime({ figures }: { figures: Figures }) {
  const { t } = useWords("dashboard");
  const points = pointsOf(figures.calls_by_hour);
  const days = isDays(figures.calls_by_hour);
  const named = (from: string) => (days ? shortDay(from, figures.time_zone) : clock(from, figures.time_zone));
  const nothing = figures.total_calls === 0;
  return (
    <Panel title={t(days ? "by_day" : "by_hour")} description={t("by_time_more")}>
      {nothing ? (
        <Empty icon={<BarChart3 aria-hidden />} title={t("no_calls")}>{t("no_calls_more")}</Empty>
      ) : (
        <>
          <Suspense fallback={<Skeleton className="h-80" />}>
            <Charts points={points} named={named} figures={figures} />
          </Suspense>
          <details className="mt-3">
            <summary className="w-fit cursor-pointer rounded text-[13px] text-muted hover:text-ink">{t("as_table")}</summary>
            <div className="mt-2 max-h-80 overflow-auto rounded-xl border" tabIndex={0} role="region" aria-label={t("as_table")}>
              <table className="w-full text-left text-[13px] tabular-nums">
                <thead className="sticky top-0 bg-surface text-muted"><tr>{["time", "calls", "answered", "missed", "rate"].map((name, at) => <th key={name} scope="col" className={at === 0 ? "px-3 py-2 font-medium" : "px-3 py-2 text-right font-medium"}>{t(name)}</th>)}</tr></thead>
                <tbody>
                  {points.filter(({ total }) => total > 0).map((point) => (
                    <tr key={point.from} className="border-t">
                      <th scope="row" className="px-3 py-1.5 font-normal whitespace-nowrap">{named(point.from)}</th>
                      <td className="px-3 py-1.5 text-right"><SlotLink figures={figures} at={point.at} value={point.total} /></td>
                      <td className="px-3 py-1.5 text-right"><SlotLink figures={figures} at={point.at} value={point.answered} outcome="answered" /></td>
                      <td className="px-3 py-1.5 text-right"><SlotLink figures={figures} at={point.at} value={point.missed} outcome="missed" /></td>
                      <td className="px-3 py-1.5 text-right">{point.rate === null ? "–" : percent(point.rate)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </Panel>
  );
}

function SlotLink({ figures, at, value, outcome }: { figures: Figures; at: number; value: number; outcome?: Outcome }) {
  const search = behindSlot(figures, useZone(), at, outcome);
  return value === 0 ? "0" : <Link to={"/call-history" as string} search={search as never} className="text-accent-text hover:underline">{count(value)}</Link>;
}
