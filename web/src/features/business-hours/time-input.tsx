// A time of day, written as one likes: 9, 9:30, 930, 5 pm.

import { useState } from "react";
import { classes } from "@/ui/classes";
import { minuteOf, timeOf } from "@/views/hours/times";

interface TimeInputProps {
  /** Minutes after midnight. */
  value: number;
  onValue: (minute: number) => void;
  label: string;
  readOnly?: boolean;
}

export function TimeInput({ value, onValue, label, readOnly }: TimeInputProps) {
  const [text, setText] = useState<string>();
  const wrong = text !== undefined && text !== "" && minuteOf(text) === undefined;
  const commit = () => {
    const minute = text === undefined ? undefined : minuteOf(text);
    setText(undefined);
    if (minute !== undefined && timeOf(minute) !== timeOf(value)) onValue(minute);
  };
  return (
    <input
      aria-label={label}
      aria-invalid={wrong || undefined}
      inputMode="text"
      autoComplete="off"
      spellCheck={false}
      readOnly={readOnly}
      maxLength={8}
      value={text ?? timeOf(value)}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          commit();
        }
        if (event.key === "Escape") setText(undefined);
      }}
      className={classes("h-7 w-13 rounded-md border border-transparent bg-transparent px-1 text-center text-[13px] tabular-nums max-md:h-9 max-md:w-16 max-md:text-base", !readOnly && "border-line hover:border-line-strong focus:bg-surface", wrong && "border-bad")}
    />
  );
}
