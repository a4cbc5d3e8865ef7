// A month: usual days, and those that are otherwise. A day is chosen by pressing it, or by arrows and Enter.

import { ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { day as longDay } from "@/format";
import { shifted } from "@/format/zones";
import { classes } from "@/ui/classes";
import { Press } from "@/ui/press";
import { weekdayOf } from "@/views/hours/status";
import { type Range, timeOf } from "@/views/hours/times";
import { useWords } from "@/words";
import type { Exception } from "../values";
import { daysOf, monthAfter } from "./month";

interface CalendarProps {
  week: readonly (readonly Range[])[];
  exceptions: readonly Exception[];
  today: string;
  onDay: (date: string) => void;
  readOnly: boolean;
}

const MOVES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function Calendar({ week, exceptions, today, onDay, readOnly }: CalendarProps) {
  const { t, i18n } = useWords("business-hours");
  const [at, setAt] = useState(today);
  const [moved, setMoved] = useState(false);
  const grid = useRef<HTMLDivElement>(null);
  const month = at.slice(0, 7);
  const days = daysOf(month);
  const format = (options: Intl.DateTimeFormatOptions, date: string) => new Intl.DateTimeFormat(i18n.resolvedLanguage, { ...options, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
  const turn = (months: number) => setAt(`${monthAfter(month, months)}-01`);
  useEffect(() => {
    if (!moved) return;
    grid.current?.querySelector<HTMLElement>(`[data-date="${at}"]`)?.focus();
    setMoved(false);
  }, [at, moved]);
  const key = (event: KeyboardEvent) => {
    const days = MOVES[event.key];
    const next =
      days !== undefined ? shifted(at, days)
      : event.key === "Home" ? shifted(at, -weekdayOf(at))
      : event.key === "End" ? shifted(at, 6 - weekdayOf(at))
      : event.key === "PageUp" ? `${monthAfter(month, -1)}-01`
      : event.key === "PageDown" ? `${monthAfter(month, 1)}-01`
      : undefined;
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    setMoved(true);
  };
  return (
    <div>
      <div className="mb-2 flex items-center gap-1">
        <p className="grow text-[15px] font-semibold capitalize" aria-live="polite">{format({ month: "long", year: "numeric" }, at)}</p>
        {month !== today.slice(0, 7) && <Press onPress={() => setAt(today)} className="cursor-pointer px-2 text-[13px] font-medium text-accent-text hover:underline">{t("this_month")}</Press>}
        <Turn label={t("month_before")} onTurn={() => turn(-1)}><ChevronLeft className="size-4" aria-hidden /></Turn>
        <Turn label={t("month_after")} onTurn={() => turn(1)}><ChevronRight className="size-4" aria-hidden /></Turn>
      </div>
      <div role="grid" aria-label={t("calendar")} ref={grid} onKeyDown={key} className="overflow-hidden rounded-xl border">
        <div role="row" className="grid grid-cols-7 border-b bg-sunken/60 text-center text-xs text-muted">
          {days.slice(0, 7).map((date) => <span key={date} role="columnheader" aria-label={format({ weekday: "long" }, date)} className="py-1.5">{format({ weekday: "short" }, date)}</span>)}
        </div>
        {Array.from({ length: days.length / 7 }, (_, row) => (
          <div key={row} role="row" className="grid grid-cols-7 divide-x border-b last:border-0">
            {days.slice(row * 7, row * 7 + 7).map((date) => (
              <div key={date} role="gridcell" className="min-w-0">
                <Day
                  date={date}
                  label={longDay(date, "full")}
                  exception={exceptions.find((one) => one.date === date)}
                  usual={week[weekdayOf(date)] ?? []}
                  outside={!date.startsWith(month)}
                  today={date === today}
                  current={date === at}
                  readOnly={readOnly}
                  onPress={() => {
                    setAt(date);
                    onDay(date);
                  }}
                />
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

// Whoever may only read turns the pages, too.
function Turn({ label, onTurn, children }: { label: string; onTurn: () => void; children: ReactNode }) {
  return <Press aria-label={label} onPress={onTurn} className="flex size-8 cursor-pointer items-center justify-center rounded-lg border bg-surface hover:bg-sunken">{children}</Press>;
}

interface DayProps {
  date: string;
  label: string;
  exception: Exception | undefined;
  usual: readonly Range[];
  outside: boolean;
  today: boolean;
  current: boolean;
  readOnly: boolean;
  onPress: () => void;
}

function Day({ date, label, exception, usual, outside, today, current, readOnly, onPress }: DayProps) {
  const { t } = useWords("business-hours");
  const times = (ranges: readonly Range[]) => ranges.map(({ start, end }) => `${timeOf(start)}–${timeOf(end)}`).join(", ");
  const state = exception ? `${exception.name}, ${exception.type === "closed" ? t("closed_day") : times(exception.ranges)}` : usual.length > 0 ? times(usual) : t("closed_day");
  return (
    <button
      type="button"
      data-date={date}
      tabIndex={current ? 0 : -1}
      aria-label={`${label}: ${state}`}
      aria-current={today ? "date" : undefined}
      title={state}
      disabled={readOnly}
      onClick={onPress}
      className={classes(
        "flex h-14 w-full min-w-0 flex-col items-stretch gap-0.5 p-1 text-left focus-visible:outline-offset-[-2px] max-sm:h-11",
        !readOnly && "hover:bg-accent-soft/50",
        !exception && usual.length === 0 && "bg-sunken/70",
      )}
    >
      <span className={classes("flex size-5 items-center justify-center rounded-full text-xs tabular-nums", today ? "bg-accent font-semibold text-accent-ink" : (outside || (usual.length === 0 && !exception)) && "text-muted")}>{Number(date.slice(8))}</span>
      {exception && (
        <span className={classes("truncate rounded px-1 text-[10px] leading-4 font-medium", exception.type === "closed" ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn")}>{exception.name}</span>
      )}
      {!exception && usual.length > 0 && <span className={classes("mx-1 mt-1 h-1 rounded-full", outside ? "bg-good/15" : "bg-good/45")} aria-hidden />}
    </button>
  );
}
