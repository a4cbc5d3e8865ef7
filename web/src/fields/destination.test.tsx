// A destination that may lead nowhere.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm, useFormContext } from "react-hook-form";
import { expect, test } from "vitest";
import { DestinationField } from "./destination";

function Shown() {
  const { watch, formState, setError } = useFormContext();
  return (
    <>
      <output>{JSON.stringify(watch("to"))} {formState.isDirty ? "dirty" : "clean"}</output>
      <button type="button" onClick={() => setError("to.to", { type: "server", message: "Nobody is there." })}>refuse</button>
    </>
  );
}

function Form() {
  const form = useForm({ defaultValues: { to: null } });
  return (
    <QueryClientProvider client={new QueryClient()}>
      <FormProvider {...form}>
        <DestinationField name="to" label="Forward" none="No forward" />
        <Shown />
      </FormProvider>
    </QueryClientProvider>
  );
}

test("nowhere is null and stays null until somebody chooses", async () => {
  render(<Form />);
  expect(screen.getByRole("status")).toHaveTextContent("null clean");
  await userEvent.selectOptions(screen.getByLabelText("Forward: kind"), "Number outside");
  await userEvent.type(screen.getByLabelText("Number to call"), "+44");
  expect(screen.getByRole("status")).toHaveTextContent('{"type":"forward","id":null,"to":"+44"} dirty');
  await userEvent.selectOptions(screen.getByLabelText("Forward: kind"), "No forward");
  expect(screen.getByRole("status")).toHaveTextContent("null clean");
});

test("what the server says of a part is shown at the field", async () => {
  render(<Form />);
  await userEvent.selectOptions(screen.getByLabelText("Forward: kind"), "Number outside");
  await userEvent.click(screen.getByRole("button", { name: "refuse" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Nobody is there.");
});
