// Where an exit may be led, on the drawing.

import { render, screen } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { words } from "@/words";
import { FlowDrawing } from "./drawing";
import type { Editing } from "./editing";
import { boxesOf, type Flow } from "./graph";

const node = (id: string, kind: string) => ({ id, kind, record_id: 1, label: id, active: true, missing: false, rings: [], reachable: true, time: null, problems: [] }) as unknown as Flow["nodes"][number];
const edge = (to: string, when: string, keys: string | null = null) => ({ from: "menu", to, when, keys, says: "" });
const BOXES = boxesOf({ nodes: [node("menu", "ivr_menu"), node("sales", "ring_group"), node("hangup", "hangup")], edges: [edge("sales", "keys", "1"), edge("hangup", "no_choice")] as Flow["edges"] });

/** An end is for those who choose nothing. */
const editing = (picking: string | undefined): Editing => ({
  box: "menu", picking, pick: () => {}, lead: () => {}, remove: () => {}, canRemove: () => true, add: undefined,
  takes: ({ kind }, exit) => kind === "ring_group" || (kind === "hangup" && exit === "no_choice"),
});

const offered = () => screen.queryAllByRole("button", { name: /^Lead it to/ }).map((button) => button.textContent);

beforeEach(() => words.loadNamespaces("app"));

test("a box is offered for the exits that may lead to it", () => {
  const { rerender } = render(<FlowDrawing boxes={BOXES} label="All ways" editing={editing("keys 1")} />);
  expect(offered()).toEqual(["Lead it to sales"]);
  rerender(<FlowDrawing boxes={BOXES} label="All ways" editing={editing("no_choice")} />);
  expect(offered().sort()).toEqual(["Lead it to Hang up", "Lead it to sales"]);
  rerender(<FlowDrawing boxes={BOXES} label="All ways" editing={editing(undefined)} />);
  expect(offered()).toEqual([]);
});
