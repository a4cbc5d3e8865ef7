// Records in the sentences of a trace.

import { expect, test } from "vitest";
import { piecesOf } from "./sentence";

const record = (kind: string, id: number, label: string) => ({ kind, id, label, node: `${kind}:${id}` });

test("what names a record stands alone, also where two are called alike", () => {
  const pieces = piecesOf({ text: 'number +12125550101 "Sales" → ring group "Sales"', records: [record("phone_number", 2, "Sales"), record("ring_group", 7, "Sales")] });
  expect(pieces.map(({ text, record }) => [text, record?.node])).toEqual([
    ['number +12125550101 "', undefined],
    ["Sales", "phone_number:2"],
    ['" → ring group "', undefined],
    ["Sales", "ring_group:7"],
    ['"', undefined],
  ]);
});

test("the quotes of another language are quotes, too", () => {
  const pieces = piecesOf({ text: "groupe d’appel « Sales » : à tour de rôle", records: [record("ring_group", 7, "Sales")] });
  expect(pieces.map(({ text }) => text)).toEqual(["groupe d’appel « ", "Sales", " » : à tour de rôle"]);
});

test("a record that no word names comes last, and once", () => {
  const alice = record("extension", 4, "Alice Archer");
  const pieces = piecesOf({ text: "ring 1001 for 20 s", records: [alice, alice] });
  expect(pieces).toEqual([{ text: "ring 1001 for 20 s" }, { text: "", record: alice }]);
});

test("a name is no part of another word", () => {
  const pieces = piecesOf({ text: "ring Salesforce", records: [record("ring_group", 7, "Sales")] });
  expect(pieces[0]).toEqual({ text: "ring Salesforce" });
});
