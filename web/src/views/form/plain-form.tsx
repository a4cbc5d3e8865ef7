// A form that stands by itself and writes no record of a list: what is refused is told at its field, or above the whole.

import { type ReactNode, useState } from "react";
import { type FieldValues, FormProvider, type UseFormReturn } from "react-hook-form";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { place } from "./place";

interface PlainFormProps<Values extends FieldValues> {
  form: UseFormReturn<Values>;
  /** Throws what was refused. */
  write: (values: Values) => Promise<void>;
  /** The form's field for one of the API. */
  nameOf?: (field: string) => string;
  label?: string;
  /** Above what is told of the whole. */
  refused?: string;
  className?: string;
  children: ReactNode;
}

export function PlainForm<Values extends FieldValues>({ form, write, nameOf, label, refused, className, children }: PlainFormProps<Values>) {
  const { t } = useWords();
  const [problem, setProblem] = useState<string>();
  const submit = form.handleSubmit(async (values) => {
    setProblem(undefined);
    try {
      await write(values);
    } catch (error) {
      setProblem(place(form, error, t("failed.network"), nameOf));
    }
  });
  return (
    <FormProvider {...form}>
      <form
        noValidate
        aria-label={label}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className={className}
      >
        {problem && <Note tone="bad" title={refused}>{problem}</Note>}
        {children}
      </form>
    </FormProvider>
  );
}
