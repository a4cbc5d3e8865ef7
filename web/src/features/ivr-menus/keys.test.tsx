// The keys of a menu, as they are chosen, used and taken away.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { beforeAll, expect, test } from "vitest";
import { words } from "@/words";
import { KeysField } from "./keys";
import { EMPTY, type Option, type Values } from "./values";

beforeAll(() => words.loadNamespaces("ivr-menus"));

const outside = (digits: string, description: string): Option => ({ digits, description, destination: { type: "forward", id: null, to: "+442079460018" } });

function Form({ options, readOnly = false, onValues }: { options: Option[]; readOnly?: boolean; onValues?: (values: Values) => void }) {
  const form = useForm<Values>({ defaultValues: { ...EMPTY, options } });
  return (
    <QueryClientProvider client={new QueryClient()}>
      <FormProvider {...form}>
        <form onSubmit={(event) => void form.handleSubmit((values) => onValues?.(values))(event)}>
          <fieldset disabled={readOnly}>
            <KeysField className="" readOnly={readOnly} menu={undefined} />
          </fieldset>
          <button type="submit">Save</button>
        </form>
      </FormProvider>
    </QueryClientProvider>
  );
}

const key = (name: string | RegExp) => screen.getByRole("button", { name });

test("each key says where it leads, and the first is open", () => {
  render(<Form options={[outside("2", "Sales"), outside("0", "")]} />);
  expect(key("Key 2: Sales, +44 207 946 0018")).toHaveAttribute("aria-pressed", "true");
  expect(key("Key 0: +44 207 946 0018")).toHaveAttribute("aria-pressed", "false");
  expect(key("Key 1 is free")).toBeInTheDocument();
  expect(key(/^# ends what a caller dials/)).toHaveAttribute("aria-disabled", "true");
  expect(screen.getByLabelText(/^Name of the choice/)).toHaveValue("Sales");
});

test("a free key is used by keyboard, named, and kept in the form", async () => {
  const user = userEvent.setup();
  let saved: Values | undefined;
  render(<Form options={[outside("1", "Sales")]} onValues={(values) => { saved = values; }} />);
  key("Key 7 is free").focus();
  await user.keyboard("{Enter}");
  await user.click(key("Use key 7"));
  await user.type(screen.getByLabelText(/^Name of the choice/), "Night");
  await user.selectOptions(screen.getByLabelText("Leads to: kind"), "Number outside");
  await user.type(screen.getByLabelText("Number to call"), "+12125550100");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(saved?.options).toEqual([outside("1", "Sales"), { digits: "7", description: "Night", destination: { type: "forward", id: null, to: "+12125550100" } }]);
});

test("whoever writes another code stays at it, even while it is that of another key", async () => {
  const user = userEvent.setup();
  render(<Form options={[outside("1", "Sales"), outside("12", "Twelve")]} />);
  await user.click(key(/^Key 12: Twelve/));
  await user.type(screen.getByLabelText(/^Key or code/), "{Backspace}");
  expect(screen.getByLabelText(/^Name of the choice/)).toHaveValue("Twelve");
  await user.type(screen.getByLabelText(/^Key or code/), "5");
  expect(key(/^Key 15: Twelve/)).toHaveAttribute("aria-pressed", "true");
  await user.click(key(/^Key 1: Sales/));
  expect(screen.getByText(/wait a moment, since it could be the beginning of 15/)).toBeInTheDocument();
});

test("a key that was taken away is free again", async () => {
  const user = userEvent.setup();
  render(<Form options={[outside("1", "Sales"), outside("2", "Support")]} />);
  await user.click(within(screen.getByRole("group", { name: "Key 1" })).getByRole("button", { name: "Remove" }));
  expect(key("Key 1 is free")).toBeInTheDocument();
  expect(key(/^Key 2: Support/)).toBeInTheDocument();
});

test("who may only read looks at each key and changes none", () => {
  render(<Form options={[outside("1", "Sales"), outside("2", "Support")]} readOnly />);
  // A browser lets through what is no control of the form; the simulated hand stops at the fieldset.
  fireEvent.click(key(/^Key 2: Support/));
  expect(screen.getByLabelText(/^Name of the choice/)).toHaveValue("Support");
  expect(screen.getByLabelText(/^Name of the choice/)).toBeDisabled();
  expect(screen.queryByRole("button", { name: "Remove" })).toBeNull();
});
