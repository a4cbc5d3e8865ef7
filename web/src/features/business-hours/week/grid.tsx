// The week as seven tracks of a day each. Times are made, moved and stretched by pointer and by keyboard.

import { useEffect, useId, useRef, useState } from "react";
import { classes } from "@/ui/classes";
import { DAY_MIN, type Range, timeOf, WEEKDAYS } from "@/views/hours/times";
import { useWords } from "@/words";
import { CopyDay } from "./copy-day";
import { DayRow } from "./day-row";
import { moved, placed, placeOf, STEP_MIN, type Week, without, withEnd } from "./shape";
import { useDrag } from "./use-drag";

interface GridProps {
  week: Week;
  onWeek: (week: Week) => void;
  readOnly: boolean;
  now: { day: number; minute: number };
}

const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

export function Grid({ week, onWeek, readOnly, now }: GridProps) {
  const { t } = useWords("business-hours");
  const grid = useRef<HTMLDivElement>(null);
  const help = useId();
  const [copying, setCopying] = useState<number>();
  const [said, setSaid] = useState("");
  const [focus, setFocus] = useState<string>();
  const words = (day: number, range: Range) => t("range_of", { day: t(`days.${WEEKDAYS[day]}`), from: timeOf(range.start), until: timeOf(range.end) });
  const put = (next: Week, day: number, range: Range) => {
    onWeek(next);
    setSaid(words(day, range));
    const { at } = placeOf(next, day, range.start);
    setFocus(`${day}.${at}`);
  };
  const { dragged, begin } = useDrag({ week, grid, onPut: (next, { day, range }) => put(next, day, range) });
  useEffect(() => {
    if (focus === undefined) return;
    grid.current?.querySelector<HTMLElement>(`[data-range="${focus}"]`)?.focus({ preventScroll: true });
    setFocus(undefined);
  }, [focus, week]);

  /** Until when the day before goes on, that which is being dragged included. */
  const nightsBefore = (day: number) => {
    const before = (day + 6) % 7;
    const still = (week[before] ?? []).filter((_, at) => dragged?.from?.day !== before || dragged.from.at !== at);
    return [...still, ...(dragged?.day === before ? [dragged.range] : [])].filter(({ end }) => end > DAY_MIN).map(({ end }) => end - DAY_MIN);
  };

  const key = (event: React.KeyboardEvent, day: number, at: number) => {
    const range = week[day]?.[at];
    if (!range || readOnly) return;
    const from = { day, at };
    const step = event.key === "ArrowLeft" ? -STEP_MIN : event.key === "ArrowRight" ? STEP_MIN : 0;
    const days = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (event.key === "Delete" || event.key === "Backspace") {
      onWeek(without(week, from));
      setSaid(t("range_gone", { range: words(day, range) }));
    } else if (step !== 0) {
      const next = event.shiftKey ? withEnd(range, range.end + step) : moved(range, range.start + step);
      put(placed(week, from, day, next), day, next);
    } else if (days !== 0) {
      const to = (day + days + 7) % 7;
      put(placed(week, from, to, range), to, range);
    } else return;
    event.preventDefault();
  };

  return (
    <div>
      <div className="grid grid-cols-[minmax(0,1fr)] text-[11px] text-muted md:grid-cols-[7rem_minmax(0,1fr)_2.5rem]" aria-hidden>
        <div className="relative h-5 md:col-start-2">
          {HOURS.map((hour) => (
            <span key={hour} className={classes("absolute -translate-x-1/2 tabular-nums first:translate-x-0 last:-translate-x-full", hour % 6 !== 0 && "max-md:hidden")} style={{ left: `${(hour / 24) * 100}%` }}>{timeOf(hour * 60)}</span>
          ))}
        </div>
      </div>
      <div ref={grid} className="divide-y">
        {WEEKDAYS.map((weekday, day) => (
          <DayRow
            key={weekday}
            day={day}
            ranges={week[day] ?? []}
            carried={nightsBefore(day)}
            dragged={dragged}
            now={now.day === day ? now.minute : undefined}
            readOnly={readOnly}
            help={help}
            begin={begin}
            onKey={key}
            onRanges={(ranges, range) => {
              const next = week.map((before, one) => (one === day ? ranges : before));
              if (range) put(next, day, range);
              else onWeek(next);
            }}
            onCopy={() => setCopying(day)}
          />
        ))}
      </div>
      <p id={help} className="sr-only">{t("range_how")}</p>
      <p className="sr-only" role="status">{said}</p>
      {copying !== undefined && <CopyDay week={week} from={copying} onWeek={onWeek} onClose={() => setCopying(undefined)} />}
    </div>
  );
}
