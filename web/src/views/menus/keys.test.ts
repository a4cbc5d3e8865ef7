// Keys of a menu on their way to the API.

import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test, vi } from "vitest";
import { extensions } from "@/api/catalogue";
import { recordOptions } from "@/api/resources";
import type { Destination } from "@/fields/destination";
import { type MenuKey, numbersOf, optionsOf } from "./keys";

const { request } = vi.hoisted(() => ({ request: vi.fn() }));
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), client: { request } }));

const key = (digits: string, type: Destination["type"], id: number | null, to: string | null = null): MenuKey => ({ digits, description: "", destination: { type, id, to } });
const KEYS = [key("1", "extension", 12), key("2", "ring_group", 7), key("3", "forward", null, "+442079460018"), key("4", "extension", 12)];

beforeEach(() => request.mockReset());

test("an extension is named by its number, whatever number is the same as its id; all else by its id", () => {
  const options = optionsOf(KEYS, new Map([[12, "1002"], [7, "2007"]]));
  expect(options.map((option) => [option.input_digits, option.destination_id, option.destination_forward_to, option.priority])).toEqual([
    ["1", "1002", null, 1],
    ["2", 7, null, 2],
    ["3", null, "+442079460018", 3],
    ["4", "1002", null, 4],
  ]);
  expect(optionsOf(KEYS, new Map())[0]?.destination_id).toBeNull();
});

test("numbers are those that the page knows, and asked for where it does not", async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(recordOptions(extensions, 12).queryKey, { view: { id: 12, extension_number: "1002" }, version: "1" } as never);
  request.mockResolvedValueOnce({ data: { extension: { id: 5, extension_number: "1005" } }, response: new Response() });
  expect(await numbersOf(queries, [...KEYS, key("5", "extension", 5)])).toEqual(new Map([[12, "1002"], [5, "1005"]]));
  expect(request.mock.calls.map(([, path]) => path)).toEqual(["/api/v1/extensions/5"]);
});

test("a number that cannot be found out leaves no keys to send", async () => {
  request.mockResolvedValueOnce({ error: { message: "There is no such extension." }, response: new Response(null, { status: 404 }) });
  await expect(numbersOf(new QueryClient(), KEYS)).rejects.toThrow("There is no such extension.");
});
