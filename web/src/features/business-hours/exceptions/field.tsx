// Days that are otherwise: on a calendar, in a list, and taken over from a country's public holidays.

import { CalendarPlus, PartyPopper, Pencil, X } from "lucide-react";
import { useState } from "react";
import { useWatch } from "react-hook-form";
import { FieldFrame } from "@/fields/field";
import { day } from "@/format";
import { wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Press } from "@/ui/press";
import { tell } from "@/ui/toast";
import { type Range, timeOf } from "@/views/hours/times";
import { useNow } from "@/views/hours/use-now";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { type Exception, EXCEPTIONS_MAX, inOrder } from "../values";
import { Calendar } from "./calendar";
import { Editor } from "./editor";
import { Holidays } from "./holidays";

export function ExceptionsField({ className, readOnly }: { className?: string; readOnly: boolean }) {
  const { t } = useWords("business-hours");
  return (
    <FieldFrame name="exceptions" label={<span className="sr-only">{t("exceptions")}</span>} required group className={className}>
      {({ value, onChange }) => <Exceptions exceptions={value as Exception[]} onExceptions={(next) => onChange(inOrder(next))} readOnly={readOnly} />}
    </FieldFrame>
  );
}

function Exceptions({ exceptions, onExceptions, readOnly }: { exceptions: Exception[]; onExceptions: (exceptions: Exception[]) => void; readOnly: boolean }) {
  const { t } = useWords("business-hours");
  const company = useCompanyZone();
  const [week, timezone] = useWatch({ name: ["week", "timezone"] }) as [Range[][], string | null];
  const today = wallTime(useNow(), timezone ?? company).slice(0, 10);
  const [edited, setEdited] = useState<Exception>();
  const [importing, setImporting] = useState(false);
  const [past, setPast] = useState(false);
  const known = edited && exceptions.find(({ date }) => date === edited.date);
  const full = exceptions.length >= EXCEPTIONS_MAX;
  const open = (date: string) => setEdited(exceptions.find((one) => one.date === date) ?? { date, name: "", type: "closed", ranges: [] });
  const remove = (exception: Exception) => {
    onExceptions(exceptions.filter(({ date }) => date !== exception.date));
    tell(t("exception_removed", { name: exception.name }), { action: { label: t("undo", { ns: "app" }), run: () => onExceptions(exceptions) } });
  };
  const over = exceptions.filter(({ date }) => date < today);
  const shown = past ? exceptions : exceptions.filter(({ date }) => date >= today);
  return (
    <div className="grid gap-x-6 gap-y-5 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
      <Calendar week={week} exceptions={exceptions} today={today} onDay={open} readOnly={readOnly || full} />
      <div className="min-w-0">
        {!readOnly && (
          <div className="mb-3 flex flex-wrap gap-2">
            <Button size="small" disabled={full} onClick={() => open(today)}><CalendarPlus aria-hidden />{t("add_exception")}</Button>
            <Button size="small" disabled={full} onClick={() => setImporting(true)}><PartyPopper aria-hidden />{t("holidays")}</Button>
          </div>
        )}
        {shown.length === 0 && <p className="rounded-xl border border-dashed px-4 py-8 text-center text-muted">{t(readOnly ? "no_exceptions" : "no_exceptions_more")}</p>}
        {shown.length > 0 && (
          <ul className="divide-y rounded-xl border" aria-label={t("exceptions")}>
            {shown.map((exception) => <Row key={exception.date} exception={exception} readOnly={readOnly} onEdit={() => setEdited(exception)} onRemove={() => remove(exception)} />)}
          </ul>
        )}
        {over.length > 0 && <Press onPress={() => setPast(!past)} className="mt-2 inline-block cursor-pointer text-[13px] font-medium text-accent-text hover:underline">{t(past ? "hide_past" : "show_past", { count: over.length })}</Press>}
      </div>
      {edited && (
        <Editor
          exception={edited}
          known={known !== undefined}
          taken={new Set(exceptions.map(({ date }) => date))}
          onSave={(saved) => onExceptions([...exceptions.filter(({ date }) => date !== edited.date), saved])}
          onRemove={() => remove(edited)}
          onClose={() => setEdited(undefined)}
        />
      )}
      {importing && <Holidays exceptions={exceptions} year={Number(today.slice(0, 4))} onAdd={(days) => onExceptions([...exceptions, ...days])} onClose={() => setImporting(false)} />}
    </div>
  );
}

function Row({ exception, readOnly, onEdit, onRemove }: { exception: Exception; readOnly: boolean; onEdit: () => void; onRemove: () => void }) {
  const { t } = useWords("business-hours");
  return (
    <li className="flex items-center gap-3 py-2 pr-2 pl-3.5">
      <span className={exception.type === "closed" ? "size-2 shrink-0 rounded-full bg-bad" : "size-2 shrink-0 rounded-full bg-warn"} aria-hidden />
      <div className="min-w-0 grow">
        <p className="truncate font-medium">{exception.name}</p>
        <p className="text-[13px] text-muted tabular-nums">
          {day(exception.date, "full")} · {exception.type === "closed" ? t("closed_day") : exception.ranges.map(({ start, end }) => `${timeOf(start)}–${timeOf(end)}`).join(", ")}
        </p>
      </div>
      {!readOnly && (
        <>
          <Button look="ghost" size="tiny" aria-label={t("edit_exception", { name: exception.name })} onClick={onEdit}><Pencil aria-hidden /></Button>
          <Button look="ghost" size="tiny" aria-label={t("remove_exception", { name: exception.name })} onClick={onRemove}><X aria-hidden /></Button>
        </>
      )}
    </li>
  );
}
