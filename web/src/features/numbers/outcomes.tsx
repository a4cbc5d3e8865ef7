// What would become of each row of a file, the wrong ones with their reasons.

import { CheckCircle2, XCircle } from "lucide-react";
import { useMemo, useState } from "react";
import type { components } from "@/api/schema";
import { TARGET_KINDS } from "@/fields/destination";
import { count, phone } from "@/format";
import { Button } from "@/ui/button";
import { Segments } from "@/ui/tabs";
import { useWords } from "@/words";
import type { Cells } from "./file";

type Row = components["schemas"]["RowView"];

/** More rows at once would make the page slow, and nobody reads them. */
const SHOWN_MAX = 100;

export function Outcomes({ rows, cells }: { rows: readonly Row[]; cells: ReadonlyMap<number, Cells> }) {
  const { t } = useWords("numbers");
  const wrong = useMemo(() => rows.filter((row) => !row.is_valid), [rows]);
  const [which, setWhich] = useState<"wrong" | "all">("wrong");
  const [shown, setShown] = useState(SHOWN_MAX);
  const wanted = which === "wrong" && wrong.length > 0 ? wrong : rows;
  if (rows.length === 0) return null;
  return (
    <section aria-label={t("rows")} className="overflow-hidden rounded-2xl border bg-surface shadow-xs">
      <div className="flex flex-wrap items-center gap-3 border-b px-4 py-3">
        <h2 className="grow text-[15px] font-semibold">{t("rows")}</h2>
        {wrong.length > 0 && (
          <Segments
            label={t("rows")}
            value={which}
            onValue={(value) => setWhich(value as "wrong" | "all")}
            options={[{ value: "wrong", label: t("rows_wrong", { count: wrong.length }) }, { value: "all", label: t("rows_all", { count: rows.length }) }]}
          />
        )}
      </div>
      <ul className="divide-y">
        {wanted.slice(0, shown).map((row) => <OutcomeRow key={row.line} row={row} cells={cells.get(row.line) ?? {}} />)}
      </ul>
      {wanted.length > shown && (
        <div className="border-t p-3 text-center">
          <Button size="small" onClick={() => setShown(shown + SHOWN_MAX)}>{t("rows_more", { shown: count(shown), count: wanted.length })}</Button>
        </div>
      )}
    </section>
  );
}

function OutcomeRow({ row, cells }: { row: Row; cells: Cells }) {
  const { t } = useWords("numbers");
  const said = cells["routing_type"]?.toLowerCase();
  const kind = TARGET_KINDS.find((known) => known === (said === "ai_assistant" ? "assistant" : said));
  const leads = [kind ? t(`destination.${kind}`, { ns: "app" }) : cells["routing_type"], cells["target"]].filter(Boolean).join(" · ");
  const reasons = Object.values(row.errors).flat();
  return (
    <li className="grid items-start gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[4.5rem_11rem_minmax(0,1fr)_minmax(0,1fr)]">
      <span className="flex items-center gap-2 text-[13px] text-muted tabular-nums">
        {row.is_valid ? <CheckCircle2 role="img" className="size-4 shrink-0 text-good" aria-label={t("row_sound")} /> : <XCircle role="img" className="size-4 shrink-0 text-bad" aria-label={t("row_wrong")} />}
        {t("line", { line: row.line })}
      </span>
      <span className="font-medium tabular-nums">{row.phone_number ? phone(row.phone_number) : "–"}</span>
      <span className="min-w-0 truncate">{cells["friendly_name"] || <span className="text-muted">–</span>}</span>
      <span className="min-w-0 truncate text-muted">{leads || t("destination.hangup", { ns: "app" })}</span>
      {reasons.length > 0 && <p className="text-[13px] text-bad sm:col-start-2 sm:col-end-[-1]">{reasons.join(" ")}</p>}
    </li>
  );
}
