// Two people change one record.

import { expect, test } from "vitest";
import { differences, merged, same } from "./differences";

const before = { name: "Sales", timeout: 20, members: [{ id: 1 }, { id: 2 }], note: "" };

test("what only the other changed is taken over, and is contested by nobody", () => {
  const theirs = { ...before, timeout: 30 };
  const mine = { ...before, name: "Sales team" };
  expect(differences(before, theirs, mine)).toEqual([{ name: "timeout", theirs: 30, mine: 20, contested: false }]);
  expect(merged(before, theirs, mine, new Set())).toEqual({ name: "Sales team" });
});

test("what both changed is contested, and kept only where it was chosen", () => {
  const theirs = { ...before, members: [{ id: 1 }] };
  const mine = { ...before, members: [{ id: 2 }, { id: 1 }], note: "new" };
  expect(differences(before, theirs, mine)).toMatchObject([{ name: "members", contested: true }]);
  expect(merged(before, theirs, mine, new Set(["members"]))).toEqual({ members: [{ id: 2 }, { id: 1 }], note: "new" });
  expect(merged(before, theirs, mine, new Set())).toEqual({ note: "new" });
});

test("the same change by both is no difference", () => {
  const changed = { ...before, timeout: 45 };
  expect(differences(before, changed, { ...changed })).toEqual([]);
  expect(merged(before, changed, { ...changed }, new Set())).toEqual({});
});

test("values are compared by what they hold", () => {
  expect(same([1, { a: null }], [1, { a: null }])).toBe(true);
  expect(same([1], { 0: 1 })).toBe(false);
  expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(same(null, {})).toBe(false);
});
