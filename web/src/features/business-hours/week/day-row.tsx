// One day of the week: its track, its times as text, and what can be done to all of it.

import { Copy, MoreHorizontal, Moon, Plus, Sun, X } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { DAY_MIN, joined, type Range, timeOf, WEEKDAYS } from "@/views/hours/times";
import { useWords } from "@/words";
import { TimeInput } from "../time-input";
import { RANGES_MAX } from "../values";
import { another } from "./shape";
import type { Dragged, Grip } from "./use-drag";

interface DayRowProps {
  day: number;
  ranges: Range[];
  /** Until when the day before goes on. */
  carried: number[];
  dragged: Dragged | undefined;
  now: number | undefined;
  readOnly: boolean;
  help: string;
  begin: (event: PointerEvent, grip: Grip, day: number, at?: number) => void;
  onKey: (event: KeyboardEvent, day: number, at: number) => void;
  /** The one that was changed is focused and said. */
  onRanges: (ranges: Range[], changed?: Range) => void;
  onCopy: () => void;
}

const part = (minute: number) => `${(Math.min(minute, DAY_MIN) / DAY_MIN) * 100}%`;

export function DayRow(props: DayRowProps) {
  const { day, ranges, readOnly, onRanges, onCopy } = props;
  const { t } = useWords("business-hours");
  const name = t(`days.${WEEKDAYS[day]}`);
  const more = another(ranges);
  const add = () => more && onRanges(joined([...ranges, more]), more);
  return (
    <div role="group" aria-label={name} className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5 py-2.5 md:grid-cols-[7rem_minmax(0,1fr)_2.5rem] md:gap-x-0">
      <span className="font-medium">{name}</span>
      <Track {...props} />
      {readOnly ? (
        <span className="max-md:row-start-1" />
      ) : (
        <div className="justify-self-end max-md:col-start-2 max-md:row-start-1">
          <Menu trigger={<Button look="ghost" size="tiny" aria-label={t("day_more", { day: name })}><MoreHorizontal aria-hidden /></Button>}>
            <MenuItem onSelect={onCopy}><Copy aria-hidden />{t("copy_day")}</MenuItem>
            <MenuItem onSelect={() => onRanges([{ start: 0, end: DAY_MIN }])}><Sun aria-hidden />{t("all_day")}</MenuItem>
            <MenuLine />
            <MenuItem onSelect={() => onRanges([])}><Moon aria-hidden />{t("close_day")}</MenuItem>
          </Menu>
        </div>
      )}
      <div className="col-span-full flex flex-wrap items-center gap-x-2 gap-y-1 md:col-span-1 md:col-start-2">
        {ranges.length === 0 && <span className="text-[13px] text-muted">{t("closed_day")}</span>}
        {ranges.map((range, at) => (
          <Times key={at} range={range} name={name} readOnly={readOnly} onRange={(next) => onRanges(joined([...ranges.filter((_, place) => place !== at), ...(next ? [next] : [])]))} />
        ))}
        {!readOnly && more && ranges.length < RANGES_MAX && (
          <button type="button" onClick={add} aria-label={t("add_range", { day: name })} className="inline-flex h-7 items-center gap-1 rounded-md px-1.5 text-[13px] text-accent-text hover:bg-accent-soft max-md:h-9">
            <Plus className="size-3.5" aria-hidden />
            {ranges.length === 0 ? t("add_hours") : <span className="sr-only">{t("add_hours")}</span>}
          </button>
        )}
      </div>
    </div>
  );
}

/** The day from midnight to midnight. A press where nothing is makes an hour, dragging makes more. */
function Track({ day, ranges, carried, dragged, now, readOnly, help, begin, onKey }: DayRowProps) {
  const { t } = useWords("business-hours");
  const name = t(`days.${WEEKDAYS[day]}`);
  const shown = ranges.flatMap((range, at) => (dragged?.from?.day === day && dragged.from.at === at ? [] : [{ range, at }]));
  return (
    <div
      data-track={day}
      onPointerDown={(event) => !readOnly && begin(event, "new", day)}
      className={classes(
        "relative col-span-full h-9 touch-pan-y overflow-hidden rounded-lg bg-sunken select-none md:col-span-1",
        "bg-[repeating-linear-gradient(to_right,var(--line)_0,var(--line)_1px,transparent_1px,transparent_calc(100%/8))]",
        !readOnly && "cursor-crosshair",
      )}
    >
      {carried.map((until, at) => (
        <div key={at} title={t("carried", { until: timeOf(until) })} style={{ width: part(until) }} className="pointer-events-none absolute inset-y-1 left-0 rounded-r-md bg-[repeating-linear-gradient(135deg,var(--accent)_0,var(--accent)_2px,transparent_2px,transparent_7px)] opacity-45" />
      ))}
      {shown.map(({ range, at }) => (
        <Block key={at} range={range} place={`${day}.${at}`} label={t("range_of", { day: name, from: timeOf(range.start), until: timeOf(range.end) })} help={help} readOnly={readOnly} begin={(event, grip) => begin(event, grip, day, at)} onKey={(event) => onKey(event, day, at)} />
      ))}
      {dragged?.day === day && <Block range={dragged.range} lifted />}
      {now !== undefined && <div aria-hidden style={{ left: part(now) }} className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-bad" />}
    </div>
  );
}

interface BlockProps {
  range: Range;
  place?: string;
  label?: string;
  help?: string;
  readOnly?: boolean;
  lifted?: boolean;
  begin?: (event: PointerEvent, grip: Grip) => void;
  onKey?: (event: KeyboardEvent) => void;
}

/** Shorter ones have no room for their times. */
const WORDS_MIN = 150;

function Block({ range, place, label, help, readOnly, lifted, begin, onKey }: BlockProps) {
  const grip = "absolute inset-y-0 w-2.5 cursor-ew-resize after:absolute after:inset-y-2 after:left-1/2 after:w-0.5 after:-translate-x-1/2 after:rounded-full after:bg-accent-ink/60 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100";
  return (
    <div
      {...(place !== undefined && { "data-range": place, role: readOnly ? "img" : "button", tabIndex: readOnly ? undefined : 0, "aria-label": label, "aria-describedby": readOnly ? undefined : help })}
      onPointerDown={(event) => !readOnly && begin?.(event, "body")}
      onKeyDown={onKey}
      style={{ left: part(range.start), width: `calc(${part(range.end)} - ${part(range.start)})` }}
      className={classes(
        "group absolute inset-y-1 overflow-hidden rounded-md bg-accent text-accent-ink focus-visible:outline-offset-0",
        !readOnly && "cursor-grab active:cursor-grabbing",
        range.end > DAY_MIN && "rounded-r-none",
        lifted && "z-10 opacity-90 shadow-float",
      )}
    >
      {(lifted || range.end - range.start >= WORDS_MIN) && (
        <span className="pointer-events-none absolute inset-0 flex items-center justify-center overflow-hidden px-2 text-[11px] font-medium whitespace-nowrap tabular-nums max-md:text-[10px]">
          {timeOf(range.start)}–{timeOf(range.end)}
        </span>
      )}
      {!readOnly && !lifted && (
        <>
          <span className={classes(grip, "left-0")} onPointerDown={(event) => begin?.(event, "start")} />
          <span className={classes(grip, "right-0")} onPointerDown={(event) => begin?.(event, "end")} />
        </>
      )}
    </div>
  );
}

function Times({ range, name, readOnly, onRange }: { range: Range; name: string; readOnly: boolean; onRange: (range: Range | undefined) => void }) {
  const { t } = useWords("business-hours");
  const set = (start: number, end: number) => onRange({ start: start % DAY_MIN, end: end <= start ? end + DAY_MIN : end });
  const end = range.end > DAY_MIN ? range.end - DAY_MIN : range.end;
  return (
    <span className="inline-flex items-center rounded-md">
      <TimeInput label={t("opens_at", { day: name })} value={range.start} readOnly={readOnly} onValue={(start) => set(start, end)} />
      <span className="px-1 text-muted" aria-hidden>–</span>
      <TimeInput label={t("closes_at", { day: name })} value={range.end} readOnly={readOnly} onValue={(next) => set(range.start, next)} />
      {range.end > DAY_MIN && <span className="ml-1.5 rounded-full bg-sunken px-1.5 text-[11px] text-muted">{t("next_day")}</span>}
      {!readOnly && <button type="button" aria-label={t("remove_range", { range: `${name} ${timeOf(range.start)}–${timeOf(range.end)}` })} onClick={() => onRange(undefined)} className="ml-0.5 rounded-md p-1 text-muted hover:bg-sunken hover:text-ink max-md:p-2"><X className="size-3.5" aria-hidden /></button>}
    </span>
  );
}
