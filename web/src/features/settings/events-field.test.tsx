// Choosing what a webhook is told: a group at once, one by one, and kinds of records only where they mean something.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { beforeAll, expect, test } from "vitest";
import { words } from "@/words";
import { EventsField, ModelsField } from "./events-field";

beforeAll(() => words.loadNamespaces("settings"));

function Form() {
  const form = useForm({ defaultValues: { events: ["call.ended"], models: [] } });
  return (
    <FormProvider {...form}>
      <EventsField />
      <ModelsField />
      <Chosen />
    </FormProvider>
  );
}

function Chosen() {
  return <output>{(useWatch({ name: "events" }) as string[]).join(" ")}</output>;
}

function show() {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(["ir.webhook", "events"], ["call.ended", "queue.joined"]);
  render(<QueryClientProvider client={queries}><Form /></QueryClientProvider>);
}

test("a group is chosen as a whole, and given up as a whole", async () => {
  show();
  const calls = screen.getByRole("checkbox", { name: "All of: Calls" });
  expect(calls).toBePartiallyChecked();
  await userEvent.click(calls);
  expect(screen.getByRole("status")).toHaveTextContent("call.answered call.ended call.ringing call.started");
  await userEvent.click(calls);
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});

test("kinds of records are asked for only with changes of records", async () => {
  show();
  expect(screen.queryByRole("checkbox", { name: "Ring group" })).toBeNull();
  await userEvent.click(screen.getByRole("checkbox", { name: /A record was changed/ }));
  expect(screen.getByRole("checkbox", { name: "Ring group" })).toBeVisible();
});

test("an event that the server knows and this page does not is offered by its name", async () => {
  show();
  await userEvent.click(screen.getByRole("checkbox", { name: "queue.joined" }));
  expect(screen.getByRole("status")).toHaveTextContent("call.ended queue.joined");
});
