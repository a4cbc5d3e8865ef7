// The week as it is drawn, moved and written.

import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, test } from "vitest";
import { words } from "@/words";
import { Grid } from "./grid";
import { another, copied, moved, placed, TEMPLATES, type Week, withEnd, withStart } from "./shape";

beforeAll(() => words.loadNamespaces("business-hours"));

function Drawn({ week, readOnly = false }: { week: Week; readOnly?: boolean }) {
  const [now, setNow] = useState(week);
  return <Grid week={now} onWeek={setNow} readOnly={readOnly} now={{ day: 0, minute: 600 }} />;
}

const monday = (...ranges: [number, number][]): Week => [ranges.map(([start, end]) => ({ start: start * 60, end: end * 60 })), [], [], [], [], [], []];
const block = (name: string) => screen.getByRole("button", { name });

test("arrows move times, with shift their end, up and down their day; each step is said", async () => {
  const user = userEvent.setup();
  render(<Drawn week={monday([9, 17])} />);
  block("Monday, 09:00 to 17:00").focus();
  await user.keyboard("{ArrowRight}");
  expect(block("Monday, 09:15 to 17:15")).toHaveFocus();
  expect(screen.getByText("Monday, 09:15 to 17:15")).toHaveAttribute("role", "status");
  await user.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  expect(block("Monday, 09:15 to 17:00")).toHaveFocus();
  await user.keyboard("{ArrowUp}");
  expect(block("Sunday, 09:15 to 17:00")).toHaveFocus();
  await user.keyboard("{Delete}");
  expect(screen.queryByRole("button", { name: /^Sunday, / })).toBeNull();
});

test("times are written exactly, and nonsense is put back", async () => {
  const user = userEvent.setup();
  render(<Drawn week={monday([9, 17])} />);
  const from = screen.getByLabelText("Monday: opens at");
  await user.clear(from);
  await user.type(from, "8:05");
  await user.tab();
  expect(block("Monday, 08:05 to 17:00")).toBeInTheDocument();
  const until = screen.getByLabelText("Monday: closes at");
  await user.clear(until);
  await user.type(until, "late");
  expect(until).toBeInvalid();
  await user.tab();
  expect(until).toHaveValue("17:00");
  await user.clear(until);
  await user.type(until, "2 am{Enter}");
  expect(block("Monday, 08:05 to 02:00")).toBeInTheDocument();
  expect(screen.getByText("next day")).toBeInTheDocument();
});

test("a day is copied to those that were chosen", async () => {
  const user = userEvent.setup();
  render(<Drawn week={monday([9, 12], [13, 17])} />);
  await user.click(screen.getByRole("button", { name: "More for Monday" }));
  await user.click(await screen.findByRole("menuitem", { name: "Copy to other days…" }));
  const dialog = screen.getByRole("dialog", { name: "Copy Monday to" });
  await user.click(within(dialog).getByLabelText("Tuesday"));
  await user.click(within(dialog).getByRole("button", { name: "Copy to 3 days" }));
  expect(screen.queryByRole("button", { name: /^Tuesday, / })).toBeNull();
  expect(block("Friday, 13:00 to 17:00")).toBeInTheDocument();
});

test("times are made by dragging over an empty day, a quarter of an hour at least", () => {
  render(<Drawn week={monday()} />);
  const track = document.querySelector<HTMLElement>('[data-track="2"]') as HTMLElement;
  for (const one of document.querySelectorAll<HTMLElement>("[data-track]")) one.getBoundingClientRect = () => ({ left: 0, width: 1440, top: 0, bottom: 10, right: 1440, height: 10, x: 0, y: 0, toJSON: () => ({}) });
  // jsdom's pointer has no place, a mouse by the pointer's name has.
  const pointer = (name: string, clientX: number) => new MouseEvent(name, { bubbles: true, button: 0, clientX, clientY: 5 });
  fireEvent(track, pointer("pointerdown", 601));
  fireEvent(window, pointer("pointermove", 790));
  fireEvent(window, pointer("pointerup", 790));
  expect(block("Wednesday, 10:00 to 13:15")).toBeInTheDocument();
});

test("who may only read sees the times and can change none", () => {
  render(<Drawn week={monday([9, 17])} readOnly />);
  expect(screen.getByRole("img", { name: "Monday, 09:00 to 17:00" })).toBeInTheDocument();
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByLabelText("Monday: opens at")).toHaveAttribute("readonly");
});

test("what is put somewhere joins what it meets, and leaves where it came from", () => {
  const week = monday([9, 12], [13, 17]);
  expect(placed(week, { day: 0, at: 1 }, 0, { start: 11 * 60, end: 15 * 60 })[0]).toEqual([{ start: 540, end: 900 }]);
  const away = placed(week, { day: 0, at: 0 }, 6, { start: 540, end: 720 });
  expect([away[0], away[6]]).toEqual([[{ start: 780, end: 1020 }], [{ start: 540, end: 720 }]]);
  expect(copied(week, 0, new Set([6]))[6]).toEqual(week[0]);
});

test("times stay within what a day can hold", () => {
  const night = { start: 22 * 60, end: 26 * 60 };
  expect(moved(night, -50)).toEqual({ start: 0, end: 240 });
  expect(moved(night, 5000)).toEqual({ start: 1425, end: 1665 });
  expect(withEnd(night, 99_999)).toEqual({ start: 1320, end: 2760 });
  expect(withEnd(night, 0)).toEqual({ start: 1320, end: 1335 });
  expect(withStart(night, 0)).toEqual({ start: 120, end: 1560 });
});

test("a further range finds a free place that touches no other", () => {
  expect(another([])).toEqual({ start: 540, end: 1020 });
  expect(another([{ start: 540, end: 720 }])).toEqual({ start: 780, end: 900 });
  expect(another([{ start: 540, end: 1440 }])).toEqual({ start: 465, end: 539 });
  expect(another([{ start: 0, end: 1440 }])).toBeUndefined();
  expect(TEMPLATES.always.every(([range]) => range?.start === 0 && range.end === 1440)).toBe(true);
});
