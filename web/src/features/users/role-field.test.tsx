// The cards of roles: what may be given is open, what may not is closed, and both say what the role may do.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { beforeAll, expect, test } from "vitest";
import { ME } from "@/api/session";
import { words } from "@/words";
import { RoleField } from "./role-field";

beforeAll(() => words.loadNamespaces("users"));

function Form() {
  const form = useForm({ defaultValues: { role: "pbx_user" } });
  return (
    <FormProvider {...form}>
      <RoleField />
      <Chosen />
    </FormProvider>
  );
}

function Chosen() {
  return <output>{useWatch({ name: "role" })}</output>;
}

function show(role: string) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(ME.queryKey, { id: 1, role } as never);
  render(<QueryClientProvider client={queries}><Suspense><Form /></Suspense></QueryClientProvider>);
}

test("an owner gives any role", async () => {
  show("owner");
  await userEvent.click(await screen.findByRole("radio", { name: /^Owner/ }));
  expect(screen.getByRole("status")).toHaveTextContent("owner");
});

test("an administrator gives only the roles below, and reads what the others may", async () => {
  show("pbx_admin");
  const owner = await screen.findByRole("radio", { name: /^Owner/ });
  expect(owner).toBeDisabled();
  expect(owner).toHaveAccessibleName(/May: change company, carrier and security/);
  await userEvent.click(screen.getByRole("radio", { name: /^Reporter/ }));
  expect(screen.getByRole("status")).toHaveTextContent("reporter");
});
