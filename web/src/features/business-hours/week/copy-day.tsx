// The times of one day for others, too.

import { useId, useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox } from "@/ui/switch";
import { timeOf, WEEKDAYS } from "@/views/hours/times";
import { useWords } from "@/words";
import { copied, type Week } from "./shape";

export function CopyDay({ week, from, onWeek, onClose }: { week: Week; from: number; onWeek: (week: Week) => void; onClose: () => void }) {
  const { t } = useWords("business-hours");
  const id = useId();
  const others = WEEKDAYS.map((_, day) => day).filter((day) => day !== from);
  const [to, setTo] = useState<ReadonlySet<number>>(new Set(others.filter((day) => day < 5)));
  const times = (week[from] ?? []).map(({ start, end }) => `${timeOf(start)}–${timeOf(end)}`).join(", ") || t("closed_day");
  const toggle = (day: number) => {
    const next = new Set(to);
    if (!next.delete(day)) next.add(day);
    setTo(next);
  };
  const apply = () => {
    onWeek(copied(week, from, to));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("copy_title", { day: t(`days.${WEEKDAYS[from]}`) })}
      description={<span className="tabular-nums">{times}</span>}
      closeLabel={t("close", { ns: "app" })}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button look="primary" disabled={to.size === 0} onClick={apply}>{t("copy_count", { count: to.size })}</Button>
        </>
      }
    >
      <div className="mb-3 flex flex-wrap gap-2">
        <Button size="small" onClick={() => setTo(new Set(others.filter((day) => day < 5)))}>{t("working_days")}</Button>
        <Button size="small" onClick={() => setTo(new Set(others))}>{t("every_day")}</Button>
      </div>
      <ul className="grid gap-1 sm:grid-cols-2">
        {others.map((day) => (
          <li key={day} className="flex items-center gap-2.5 rounded-lg px-2 py-1.5 hover:bg-sunken">
            <Checkbox id={`${id}-${day}`} checked={to.has(day)} onCheckedChange={() => toggle(day)} />
            <label htmlFor={`${id}-${day}`} className="grow">{t(`days.${WEEKDAYS[day]}`)}</label>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
