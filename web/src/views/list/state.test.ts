// A list's state in the URL.

import { expect, test } from "vitest";
import { serialized } from "@/api/resources";
import { csvOf } from "./columns";
import { paramsOf, readState } from "./state";

const usual = { sort: "name" };

test("an empty address shows the first page in the usual order", () => {
  expect(readState({}, usual)).toEqual({ search: "", sort: "name", order: "asc", page: 1, per: 25, filters: {}, columns: undefined, exact: false, scrolls: false });
});

test("what is no filter of the list is one of the API, and nonsense is the usual", () => {
  const state = readState({ status: "active", page: "-3", per: "7", order: "up", cols: "name,status", empty: "" }, usual);
  expect(state).toMatchObject({ page: 1, per: 25, order: "asc", filters: { status: "active" }, columns: ["name", "status"] });
});

test("a filter is sent as it stands in the address, whatever its name holds", () => {
  const params = paramsOf(readState({ status: "busy,failed", ring_group: "Sales, Lyon", search: "+44 20", page: "2" }, usual));
  expect(serialized(params)).toBe("status=busy%2Cfailed&ring_group=Sales%2C+Lyon&search=%2B44+20&sort_by=name&sort_order=asc&page=2&per_page=25");
});

test("how a long list is counted and shown is no filter", () => {
  const state = readState({ total: "exact", view: "scroll" }, usual);
  expect(state).toMatchObject({ exact: true, scrolls: true, filters: {} });
  expect(serialized(paramsOf(state))).not.toContain("total");
});

test("an export quotes what would break a line and disarms what would be a formula", () => {
  const columns = [
    { name: "name", title: "Name", cell: () => null, text: (row: { name: string }) => row.name },
    { name: "only", title: "Shown only", cell: () => null },
  ];
  expect(csvOf(columns, [{ name: 'a "b", c' }, { name: "=1+1" }, { name: "+442079460018" }])).toBe('Name\r\n"a ""b"", c"\r\n\'=1+1\r\n+442079460018\r\n');
});
