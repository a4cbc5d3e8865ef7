// A range under the pointer: drawn while it is dragged, put down when it is let go, put back on Escape.

import { type PointerEvent as Pressed, type RefObject, useEffect, useRef, useState } from "react";
import { DAY_MIN, type Range } from "@/views/hours/times";
import { moved, type Place, placed, snapped, STEP_MIN, type Week, withEnd, withStart } from "./shape";

export type Grip = "new" | "body" | "start" | "end";

export interface Dragged {
  /** Where it was taken from; a new one from nowhere. */
  from: Place | undefined;
  day: number;
  range: Range;
}

/** A hand that moved less than this only pressed. */
const PRESS_PX = 4;
const PRESSED_MIN = 60;
/** Past the edge of a day there is little room, so the night goes by faster. */
const NIGHT_SPEED = 2;

interface DragOptions {
  week: Week;
  onPut: (week: Week, put: Dragged) => void;
  /** Holds the seven tracks, each marked with its day. */
  grid: RefObject<HTMLElement | null>;
}

export function useDrag({ week, onPut, grid }: DragOptions) {
  const [dragged, setDragged] = useState<Dragged>();
  const end = useRef<() => void>(undefined);
  useEffect(() => () => end.current?.(), []);

  const begin = (event: Pressed, grip: Grip, day: number, at?: number) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    const tracks = [...(grid.current?.querySelectorAll<HTMLElement>("[data-track]") ?? [])].map((track) => track.getBoundingClientRect());
    const track = tracks[day];
    const held = at === undefined ? undefined : week[day]?.[at];
    if (!track || (grip !== "new" && !held)) return;
    const minuteAt = (x: number) => {
      const minute = ((x - track.left) / track.width) * DAY_MIN;
      return minute > DAY_MIN ? DAY_MIN + (minute - DAY_MIN) * NIGHT_SPEED : minute;
    };
    const [x, y, first] = [event.clientX, event.clientY, minuteAt(event.clientX)];
    const anchor = Math.max(0, Math.min(DAY_MIN - STEP_MIN, Math.floor(first / STEP_MIN) * STEP_MIN));
    const from = at === undefined ? undefined : { day, at };
    let now: Dragged | undefined;

    const rangeAt = (minute: number): Range => {
      if (!held) {
        const other = Math.max(0, Math.min(DAY_MIN, snapped(minute)));
        return other < anchor ? { start: other, end: anchor + STEP_MIN } : { start: anchor, end: Math.max(other, anchor + STEP_MIN) };
      }
      if (grip === "start") return withStart(held, snapped(minute));
      if (grip === "end") return withEnd(held, snapped(minute));
      return moved(held, snapped(held.start + minute - first));
    };
    const move = (to: PointerEvent) => {
      if (!now && Math.hypot(to.clientX - x, to.clientY - y) < PRESS_PX) return;
      const under = tracks.findIndex((one) => to.clientY >= one.top && to.clientY <= one.bottom);
      now = { from, day: grip === "body" && under >= 0 ? under : (now?.day ?? day), range: rangeAt(minuteAt(to.clientX)) };
      setDragged(now);
    };
    const finish = (put: boolean) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", key, true);
      end.current = undefined;
      setDragged(undefined);
      if (!put) return;
      if (!now && grip === "new") now = { from, day, range: { start: anchor, end: Math.min(anchor + PRESSED_MIN, DAY_MIN) } };
      if (now) onPut(placed(week, now.from, now.day, now.range), now);
    };
    const up = () => finish(true);
    const cancel = () => finish(false);
    const key = (pressed: KeyboardEvent) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      finish(false);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", key, true);
    end.current = cancel;
  };
  return { dragged, begin };
}
