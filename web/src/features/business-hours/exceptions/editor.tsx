// One day that is otherwise: closed, or open at special times, and what it is called.

import { Plus, Trash2, X } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Segments } from "@/ui/tabs";
import { DAY_MIN, joined, type Range } from "@/views/hours/times";
import { useWords } from "@/words";
import { TimeInput } from "../time-input";
import { EXCEPTION_NAME_MAX, type Exception, RANGES_MAX } from "../values";
import { another } from "../week/shape";

interface EditorProps {
  exception: Exception;
  /** Whether it is in the list already. */
  known: boolean;
  /** Dates that have one. */
  taken: ReadonlySet<string>;
  onSave: (exception: Exception) => void;
  onRemove: () => void;
  onClose: () => void;
}

export function Editor({ exception, known, taken, onSave, onRemove, onClose }: EditorProps) {
  const { t } = useWords("business-hours");
  const id = useId();
  const [value, setValue] = useState(exception);
  const [tried, setTried] = useState(false);
  const problems = {
    name: value.name.trim() === "" ? "problems.required" : undefined,
    date: !/^\d{4}-\d\d-\d\d$/.test(value.date) ? "problems.required" : value.date !== exception.date && taken.has(value.date) ? t("date_taken") : undefined,
    ranges: value.type === "special_hours" && value.ranges.length === 0 ? t("no_ranges") : undefined,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (Object.values(problems).some(Boolean)) return;
    onSave({ ...value, name: value.name.trim(), ranges: value.type === "closed" ? [] : joined(value.ranges) });
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t(known ? "exception" : "new_exception")} closeLabel={t("close", { ns: "app" })}>
      <form noValidate onSubmit={submit} className="space-y-4">
        <Segments
          label={t("exception_kind")}
          value={value.type}
          onValue={(type) => setValue({ ...value, type: type as Exception["type"], ranges: type === "special_hours" && value.ranges.length === 0 ? [{ start: 9 * 60, end: 13 * 60 }] : value.ranges })}
          options={[{ value: "closed", label: t("exception_closed") }, { value: "special_hours", label: t("exception_special") }]}
        />
        <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
          <div>
            <label htmlFor={`${id}-name`} className="mb-1 block font-medium">{t("exception_name")}</label>
            <Input id={`${id}-name`} autoFocus maxLength={EXCEPTION_NAME_MAX} placeholder={t("exception_example")} value={value.name} aria-invalid={tried && problems.name ? true : undefined} aria-describedby={`${id}-name-problem`} onChange={(event) => setValue({ ...value, name: event.target.value })} />
            <Problem id={`${id}-name-problem`} text={tried ? problems.name : undefined} />
          </div>
          <div>
            <label htmlFor={`${id}-date`} className="mb-1 block font-medium">{t("exception_date")}</label>
            <Input id={`${id}-date`} type="date" value={value.date} aria-invalid={tried && problems.date ? true : undefined} aria-describedby={`${id}-date-problem`} onChange={(event) => setValue({ ...value, date: event.target.value })} />
            <Problem id={`${id}-date-problem`} text={tried ? problems.date : undefined} />
          </div>
        </div>
        {value.type === "special_hours" && <SpecialTimes ranges={value.ranges} onRanges={(ranges) => setValue({ ...value, ranges })} problem={tried ? problems.ranges : undefined} />}
        <div className="flex flex-wrap gap-2 pt-1">
          {known && (
            <Button
              look="ghost"
              className="text-bad"
              onClick={() => {
                onRemove();
                onClose();
              }}
            >
              <Trash2 aria-hidden />
              {t("exception_remove")}
            </Button>
          )}
          <Button className="ml-auto" onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button type="submit" look="primary">{t(known ? "exception_change" : "exception_add")}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function SpecialTimes({ ranges, onRanges, problem }: { ranges: Range[]; onRanges: (ranges: Range[]) => void; problem: string | undefined }) {
  const { t } = useWords("business-hours");
  const set = (at: number, start: number, end: number) => onRanges(ranges.map((range, place) => (place === at ? { start: start % DAY_MIN, end: end <= start ? end + DAY_MIN : end } : range)));
  const more = another(joined(ranges));
  const name = t("exception_special");
  return (
    <div role="group" aria-label={name}>
      <p className="mb-1 font-medium">{t("open_times")}</p>
      <div className="flex flex-wrap items-center gap-2">
        {ranges.map((range, at) => (
          <span key={at} className="inline-flex items-center rounded-lg border p-0.5">
            <TimeInput label={t("opens_at", { day: name })} value={range.start} onValue={(start) => set(at, start, range.end > DAY_MIN ? range.end - DAY_MIN : range.end)} />
            <span className="px-1 text-muted" aria-hidden>–</span>
            <TimeInput label={t("closes_at", { day: name })} value={range.end} onValue={(end) => set(at, range.start, end)} />
            {range.end > DAY_MIN && <span className="ml-1 text-[11px] text-muted">{t("next_day")}</span>}
            <Button look="ghost" size="tiny" aria-label={t("remove_range", { range: name })} onClick={() => onRanges(ranges.filter((_, place) => place !== at))}><X aria-hidden /></Button>
          </span>
        ))}
        {more && ranges.length < RANGES_MAX && <Button size="small" look="soft" onClick={() => onRanges(joined([...ranges, more]))}><Plus aria-hidden />{t("add_hours")}</Button>}
      </div>
      <Problem text={problem} />
    </div>
  );
}
