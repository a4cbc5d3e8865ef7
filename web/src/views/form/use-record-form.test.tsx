// A form that is saved while somebody goes on typing.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider } from "react-hook-form";
import { beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Resource } from "@/api/resources";
import { client } from "@/api/session";
import { TextField } from "@/fields/text";
import { useRecordForm } from "./use-record-form";

const go = vi.hoisted(() => vi.fn());
vi.mock("@tanstack/react-router", () => ({ useNavigate: () => go }));

interface Group {
  id: number;
  name: string;
  note: string;
}

const resource: Resource<Group> = { path: "groups", model: "test.group", title: ({ name }) => name };
const schema = z.object({ name: z.string(), note: z.string() });

/** What the server was asked to write, and how it answers. */
let writes: { method: string; body: { name: string; note: string }; answer: () => void }[];
let version: number;
let stored: Group;

beforeEach(() => {
  [writes, version, stored] = [[], 1, { id: 7, name: "Sales", note: "" }];
  go.mockReset();
  const answered = () => ({ data: { data: stored }, response: new Response(null, { headers: { etag: `"${version}"` } }) });
  vi.spyOn(client, "request").mockImplementation(((method: string, _: string, { body }: { body: Group }) => {
    if (method === "get") return version === 1 ? Promise.resolve(answered()) : new Promise(() => {});
    return new Promise((resolve) => {
      const answer = () => {
        version += 1;
        stored = { id: 7, name: body.name.trim(), note: body.note };
        resolve(answered());
      };
      writes.push({ method, body, answer });
    });
  }) as never);
});

function Form({ id }: { id: number | undefined }) {
  const state = useRecordForm({ resource, id, schema, empty: { name: "", note: "" }, toValues: ({ name, note }) => ({ name, note }), toBody: (values) => values, pathOf: (group) => `/groups/${group.id}` });
  return (
    <FormProvider {...state.form}>
      <form onSubmit={(event) => { event.preventDefault(); void state.save(); }}>
        <TextField name="name" label="Name" required />
        <TextField name="note" label="Note" required />
        <button type="submit">Save</button>
        <output>{state.form.formState.isDirty ? "unsaved" : "saved"}{state.saving && " busy"}</output>
      </form>
    </FormProvider>
  );
}

const queries = () => new QueryClient({ defaultOptions: { queries: { retry: false } } });
const page = (id: number | undefined, kept = queries()) => <QueryClientProvider client={kept}><Form key={id} id={id} /></QueryClientProvider>;
const answer = (at: number) => act(async () => writes[at]?.answer());

test("what is typed while a save is under way stays, unsaved, over what was saved", async () => {
  render(page(7));
  const user = userEvent.setup();
  await vi.waitFor(() => expect(screen.getByLabelText("Name")).toHaveValue("Sales"));
  await user.type(screen.getByLabelText("Name"), " team ");
  await user.click(screen.getByRole("button"));
  await user.type(screen.getByLabelText("Note"), "All of them");
  await answer(0);
  expect(screen.getByLabelText("Name")).toHaveValue("Sales team");
  expect(screen.getByLabelText("Note")).toHaveValue("All of them");
  expect(screen.getByRole("status")).toHaveTextContent("unsaved");
  await user.click(screen.getByRole("button"));
  await answer(1);
  expect(writes[1]?.body).toEqual({ name: "Sales team", note: "All of them" });
  expect(screen.getByRole("status")).toHaveTextContent(/^saved$/);
});

test("a save is over when its answer is there, though nothing else was asked for again yet", async () => {
  render(page(7));
  const user = userEvent.setup();
  await vi.waitFor(() => expect(screen.getByLabelText("Name")).toHaveValue("Sales"));
  await user.type(screen.getByLabelText("Name"), " team");
  await user.click(screen.getByRole("button"));
  await answer(0);
  await vi.waitFor(() => expect(screen.getByRole("status")).toHaveTextContent(/^saved$/));
});

test("what is typed while a new record is made is in the form of the record", async () => {
  const kept = queries();
  const { rerender } = render(page(undefined, kept));
  const user = userEvent.setup();
  await user.type(screen.getByLabelText("Name"), "Support");
  await user.click(screen.getByRole("button"));
  await user.type(screen.getByLabelText("Note"), "New");
  await answer(0);
  expect(go).toHaveBeenCalledWith(expect.objectContaining({ to: "/groups/7" }));
  rerender(page(7, kept));
  await vi.waitFor(() => expect(screen.getByLabelText("Note")).toHaveValue("New"));
  expect(screen.getByLabelText("Name")).toHaveValue("Support");
  expect(screen.getByRole("status")).toHaveTextContent("unsaved");
});
