// Times of day as people write them and as schedules keep them.

import { expect, test } from "vitest";
import { joined, minuteOf, rangeOf, timeOf, wordsOf } from "./times";

test("a time is read however it is written", () => {
  expect(["9", "09", "9:30", "930", "0930", "9.30", "9h30", "17h", "5 pm", "12am", "12:15 p.m.", "24:00"].map(minuteOf)).toEqual([540, 540, 570, 570, 570, 570, 570, 1020, 1020, 0, 735, 1440]);
});

test("what is no time of day is none", () => {
  expect(["", "25", "24:01", "9:60", "13 pm", "noon", "9:3", "-1"].map(minuteOf)).toEqual(Array(8).fill(undefined));
});

test("an end at or before the start lies on the next day, and is written as that day writes it", () => {
  const night = rangeOf({ start_time: "22:00", end_time: "02:00" });
  expect(night).toEqual({ start: 1320, end: 1560 });
  expect(wordsOf(night)).toEqual({ start_time: "22:00", end_time: "02:00" });
  for (const words of [{ start_time: "00:00", end_time: "24:00" }, { start_time: "09:00", end_time: "09:00" }, { start_time: "22:00", end_time: "24:00" }]) expect(wordsOf(rangeOf(words))).toEqual(words);
  expect(timeOf(1440)).toBe("24:00");
});

test("ranges that touch or overlap become one, never longer than a day", () => {
  expect(joined([{ start: 780, end: 1020 }, { start: 540, end: 720 }, { start: 720, end: 780 }])).toEqual([{ start: 540, end: 1020 }]);
  expect(joined([{ start: 540, end: 720 }, { start: 721, end: 780 }])).toHaveLength(2);
  expect(joined([{ start: 60, end: 1400 }, { start: 1380, end: 2000 }])).toEqual([{ start: 60, end: 1500 }]);
});
