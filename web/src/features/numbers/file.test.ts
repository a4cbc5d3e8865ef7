// What stands in which line of a file.

import { expect, test } from "vitest";
import { cellsByLine, COLUMNS, TEMPLATE } from "./file";

test("quotes keep commas and lines together, and a row is known by the line in which it begins", () => {
  const cells = cellsByLine('Phone_Number,friendly_name\r\n+1,"Main, ""front""\ndesk"\r\n\r\n+2,Sales');
  expect([...cells]).toEqual([
    [2, { phone_number: "+1", friendly_name: 'Main, "front"\ndesk' }],
    [5, { phone_number: "+2", friendly_name: "Sales" }],
  ]);
});

test("semicolons and a byte order mark, as spreadsheets in Europe write them", () => {
  expect(cellsByLine("\uFEFFphone_number;target\n+1; Office ").get(2)).toEqual({ phone_number: "+1", target: "Office" });
});

test("a row that is too short has empty cells", () => {
  expect(cellsByLine("phone_number,target\n+1").get(2)).toEqual({ phone_number: "+1", target: "" });
});

test("the template has every column, and rows that fit them", () => {
  const rows = [...cellsByLine(TEMPLATE).values()];
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows) expect(Object.keys(row)).toEqual([...COLUMNS]);
});
