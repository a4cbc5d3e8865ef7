// Who calls or is called: a person's name where one is known, the number beside it.

import { extensions, phoneNumbers } from "@/api/catalogue";
import { useAll } from "@/api/resources";
import { phone } from "@/format";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";

/** Names of the company's own extensions and numbers, by the number. */
export function useOwnNames(): (number: string | null | undefined) => string | undefined {
  const people = useAll(extensions);
  const numbers = useAll(phoneNumbers);
  return (number) => {
    if (!number) return undefined;
    return people.data?.find((one) => one.extension_number === number)?.name ?? numbers.data?.find((one) => one.phone_number === number)?.friendly_name ?? undefined;
  };
}

interface PartyProps {
  number: string | null | undefined;
  name?: string | null;
  /** The number below the name instead of behind it. */
  stacked?: boolean;
  className?: string;
}

export function Party({ number, name, stacked, className }: PartyProps) {
  const { t } = useWords();
  if (!number && !name) return <span className={classes("text-muted", className)}>{t("calls.unknown")}</span>;
  const shown = number ? phone(number) : "";
  if (!name || name === number) return <span className={classes("tabular-nums", className)}>{shown || name}</span>;
  return (
    <span className={classes(stacked ? "block min-w-0" : undefined, className)}>
      <span className={stacked ? "block truncate" : undefined}>{name}</span>
      {shown && <span className={classes("font-normal text-muted tabular-nums", stacked ? "block truncate text-[13px]" : "ml-1.5")}>{shown}</span>}
    </span>
  );
}
