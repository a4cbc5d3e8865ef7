// The figures of the chosen days, each leading to its calls.

import { Link } from "@tanstack/react-router";
import { count, percent, stopwatch } from "@/format";
import { classes } from "@/ui/classes";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import { type Behind, behind, type Figures } from "./figures";

export function Tiles({ figures }: { figures: Figures }) {
  const { t } = useWords("dashboard");
  const zone = useZone();
  const all = behind(figures, zone);
  const length = (seconds: number | null) => (seconds === null ? "–" : stopwatch(seconds));
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      <Tile name={t("calls")} value={count(figures.total_calls)} search={all} />
      <Tile name={t("answered")} value={count(figures.answered_calls)} search={behind(figures, zone, "answered")} tone="good" />
      <Tile name={t("missed")} value={count(figures.missed_calls)} search={behind(figures, zone, "missed")} tone={figures.missed_calls > 0 ? "warn" : undefined} />
      <Tile name={t("rate")} value={figures.answer_rate === null ? "–" : percent(figures.answer_rate)} search={all} share={figures.answer_rate} />
      <Tile name={t("wait")} value={length(figures.average_wait)} search={{ ...all }} />
      <Tile name={t("talk")} value={length(figures.average_duration)} search={{ ...behind(figures, zone, "answered"), sort: "duration", order: "desc" }} />
    </div>
  );
}

function Tile({ name, value, search, tone, share }: { name: string; value: string; search: Behind & { sort?: string; order?: string }; tone?: "good" | "warn"; share?: number | null }) {
  return (
    <Link to={"/call-history" as string} search={search as never} className="group rounded-2xl border bg-surface p-4 shadow-xs transition-colors hover:border-line-strong">
      <span className="flex items-center gap-2 text-[13px] text-muted">
        {tone && <span className={classes("size-2 rounded-full", tone === "good" ? "bg-good" : "bg-warn")} aria-hidden />}
        {name}
      </span>
      <span className="mt-1 block text-[26px] leading-tight font-semibold tracking-tight tabular-nums group-hover:text-accent-text">{value}</span>
      {share !== undefined && (
        <span className="mt-2 block h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
          <span className="block h-full rounded-full bg-good" style={{ width: `${(share ?? 0) * 100}%` }} />
        </span>
      )}
    </Link>
  );
}
