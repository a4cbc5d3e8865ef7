// A record of another kind, found by typing a part of its name.

import { useDeferredValue, useState } from "react";
import { type Resource, useList, useRecord } from "@/api/resources";
import { Combobox } from "@/ui/combobox";
import { useComboboxWords } from "./choice";
import { FieldFrame, type FieldProps } from "./field";

/** What is offered at once; typing narrows it. */
const OFFERED_MAX = 50;

interface RecordSelectProps<View extends { id: number }> {
  id?: string;
  resource: Resource<View>;
  value: number | null;
  onValue: (value: number | null) => void;
  detail?: (view: View) => string | undefined;
  /** Narrows what is offered. */
  filter?: Record<string, string | number>;
  clearable?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
  label?: string;
}

export function RecordSelect<View extends { id: number }>({ resource, value, onValue, detail, filter, ...props }: RecordSelectProps<View>) {
  const words = useComboboxWords();
  const [text, setText] = useState("");
  // Found by typing, it may not be among those that are offered without.
  const [picked, setPicked] = useState<View>();
  const search = useDeferredValue(text.trim());
  const list = useList(resource, { ...filter, search: search || undefined, per_page: OFFERED_MAX });
  const loaded = list.data?.data ?? [];
  const known = [...loaded, ...(picked ? [picked] : [])].find((view) => view.id === value);
  const asked = useRecord(resource, value === null || known ? undefined : value);
  const chosen = known ?? asked.data?.view;
  const choices = loaded.map((view) => ({ value: String(view.id), label: resource.title(view), detail: detail?.(view) }));
  return (
    <Combobox
      {...props}
      value={value === null ? null : String(value)}
      valueLabel={chosen && value !== null ? resource.title(chosen) : value === null ? undefined : `#${value}`}
      onValue={(next) => {
        setPicked(loaded.find((view) => String(view.id) === next));
        onValue(next === null ? null : Number(next));
      }}
      choices={choices}
      onSearch={setText}
      loading={list.isFetching}
      ariaLabel={props.id ? undefined : props.label}
      words={props.label ? { ...words, placeholder: props.label } : words}
    />
  );
}

export function RecordField<View extends { id: number }>({ resource, detail, filter, clearable, placeholder, ...props }: FieldProps & Pick<RecordSelectProps<View>, "resource" | "detail" | "filter" | "clearable"> & { placeholder?: string }) {
  return (
    <FieldFrame {...props}>
      {({ value, onChange }, marks) => (
        <RecordSelect id={marks.id} resource={resource} detail={detail} filter={filter} clearable={clearable} label={placeholder} value={value ?? null} onValue={onChange} disabled={marks.disabled} invalid={marks["aria-invalid"]} describedBy={marks["aria-describedby"]} />
      )}
    </FieldFrame>
  );
}
