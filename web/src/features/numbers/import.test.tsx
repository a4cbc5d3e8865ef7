// Importing numbers: nothing is written before it was seen.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { ask } from "@/api/resources";
import { words } from "@/words";
import { ImportPage } from "./import";

vi.mock("@tanstack/react-router", () => ({ Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a>, useNavigate: () => vi.fn() }));
vi.mock("@/api/session", async (original) => ({ ...(await original<object>()), useRole: () => ({ role: "owner", is: () => true }) }));
vi.mock("@/api/resources", async (original) => ({ ...(await original<object>()), ask: vi.fn() }));

const asked = vi.mocked(ask);
const row = (line: number, errors: Record<string, string[]> = {}) => ({ line, phone_number: `+1212555010${line}`, id: null, is_valid: Object.keys(errors).length === 0, errors });
const answer = (rows: ReturnType<typeof row>[], dry_run: boolean) => {
  const valid = rows.filter((one) => one.is_valid).length;
  return { data: { message: "", data: rows, meta: { rows: rows.length, valid, invalid: rows.length - valid, imported: dry_run ? 0 : rows.length, dry_run } } } as never;
};
const content = "phone_number,friendly_name,routing_type,target\n+12125550102,Main,business_hours,Office\n+12125550103,Sales,ring_group,Sales";
// The DOM of the tests has files that cannot be read.
const file = Object.assign(new File([content], "numbers.csv", { type: "text/csv" }), { text: async () => content });

beforeEach(async () => {
  asked.mockReset();
  await words.loadNamespaces("numbers");
  render(<QueryClientProvider client={new QueryClient()}><ImportPage /></QueryClientProvider>);
});

test("a sound file is judged first, shown row by row, and written when it is said so", async () => {
  asked.mockResolvedValueOnce(answer([row(2), row(3)], true)).mockResolvedValueOnce(answer([row(2), row(3)], false));
  await userEvent.upload(screen.getByLabelText("Choose a CSV file", { selector: "input" }), file);
  const rows = await screen.findByRole("region", { name: "Rows of the file" });
  expect(within(rows).getByText("Business hours · Office")).toBeVisible();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(asked.mock.calls[0]?.[2]?.params).toEqual({ dry_run: true });
  await userEvent.click(screen.getByRole("button", { name: "Import 2 numbers" }));
  expect(asked.mock.calls[1]?.[2]?.params).toEqual({ dry_run: undefined });
});

test("a file with a wrong row says why, and cannot be imported", async () => {
  asked.mockResolvedValueOnce(answer([row(2), row(3, { target: ["The target does not exist."] })], true));
  await userEvent.upload(screen.getByLabelText("Choose a CSV file", { selector: "input" }), file);
  expect(await screen.findByText("The target does not exist.")).toBeVisible();
  expect(screen.getByText("1 of 2 rows is wrong")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Import/ })).toBeNull();
  // The sound row is there when asked for.
  expect(screen.queryByText("Line 2")).toBeNull();
  await userEvent.click(screen.getByLabelText("All 2"));
  expect(screen.getByText("Line 2")).toBeVisible();
});
