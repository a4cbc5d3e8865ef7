// Fields of a form, as they are filled.

import { zodResolver } from "@hookform/resolvers/zod";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test } from "vitest";
import { z } from "zod";
import { StatusField } from "./choice";
import { NumberField, SecretField, TextField } from "./text";

const schema = z.object({ name: z.string().min(1, "problems.required"), timeout: z.number("problems.number").max(300, "problems.range").nullable(), pin: z.string(), status: z.string() });
type Values = z.infer<typeof schema>;

function Form({ onValues }: { onValues: (values: Values) => void }) {
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: { name: "", timeout: 20, pin: "", status: "active" }, mode: "onTouched" });
  return (
    <FormProvider {...form}>
      <form onSubmit={(event) => void form.handleSubmit(onValues)(event)}>
        <TextField name="name" label="Name" help="As callers know it." required />
        <NumberField name="timeout" label="Timeout" unit="s" />
        <SecretField name="pin" label="PIN" />
        <StatusField name="status" />
        <button type="submit">Save</button>
      </form>
    </FormProvider>
  );
}

test("a problem stands at its field, is tied to it, and goes when it is mended", async () => {
  const user = userEvent.setup();
  render(<Form onValues={() => {}} />);
  const name = screen.getByLabelText(/^Name/);
  await user.click(name);
  await user.tab();
  expect(await screen.findByRole("alert")).toHaveTextContent("This is needed.");
  expect(name).toHaveAccessibleDescription("This is needed. As callers know it.");
  expect(name).toBeInvalid();
  await user.type(name, "Sales");
  expect(screen.queryByRole("alert")).toBeNull();
});

test("numbers are numbers, and an empty one is none", async () => {
  const user = userEvent.setup();
  const seen: Values[] = [];
  render(<Form onValues={(values) => seen.push(values)} />);
  await user.type(screen.getByLabelText(/^Name/), "Sales");
  await user.clear(screen.getByLabelText(/^Timeout/));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await user.type(screen.getByLabelText(/^Timeout/), "45");
  await user.click(screen.getByRole("switch", { name: /Active/ }));
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(seen).toEqual([
    { name: "Sales", timeout: null, pin: "", status: "active" },
    { name: "Sales", timeout: 45, pin: "", status: "inactive" },
  ]);
});

test("a secret is hidden until somebody wants to see it", async () => {
  const user = userEvent.setup();
  render(<Form onValues={() => {}} />);
  const pin = screen.getByLabelText(/^PIN/);
  expect(pin).toHaveAttribute("type", "password");
  await user.click(screen.getByRole("button", { name: "Show" }));
  expect(pin).toHaveAttribute("type", "text");
});
