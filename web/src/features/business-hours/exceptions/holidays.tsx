// Public holidays of a country, chosen one by one, as closed days. They are the server's own knowledge; nobody else is asked.

import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { day } from "@/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Note, Skeleton } from "@/ui/panel";
import { Select } from "@/ui/select";
import { Checkbox } from "@/ui/switch";
import { Segments } from "@/ui/tabs";
import { useWords } from "@/words";
import { type Exception, EXCEPTION_NAME_MAX, EXCEPTIONS_MAX } from "../values";

type Countries = AnswerOf<"/api/v1/holidays">;
type Found = AnswerOf<"/api/v1/holidays/{country}">;
type Company = AnswerOf<"/api/v1/settings/company">;

const HOLIDAYS_STALE_MS = 24 * 60 * 60_000;

export function Holidays({ exceptions, year: first, onAdd, onClose }: { exceptions: readonly Exception[]; year: number; onAdd: (days: Exception[]) => void; onClose: () => void }) {
  const { t, i18n } = useWords("business-hours");
  const id = useId();
  // Where the company is, its holidays are looked for first.
  const company = useQuery({ queryKey: ["pbx.company", "holidays"], queryFn: async ({ signal }) => (await ask<Company>("get", "settings/company", { signal })).data, retry: false });
  const [chosen, setChosen] = useState<string>();
  const [region, setRegion] = useState("");
  const [year, setYear] = useState(first);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const countries = useQuery({ queryKey: ["holidays"], queryFn: async ({ signal }) => (await ask<Countries>("get", "holidays", { signal })).data.data, staleTime: HOLIDAYS_STALE_MS, retry: false });
  const named = useMemo(() => {
    const names = new Intl.DisplayNames(i18n.resolvedLanguage, { type: "region" });
    return (countries.data ?? []).map((one) => ({ ...one, name: names.of(one.code) ?? one.name })).sort((a, b) => a.name.localeCompare(b.name, i18n.resolvedLanguage));
  }, [countries.data, i18n.resolvedLanguage]);
  const country = chosen ?? named.find(({ code }) => code === company.data?.data.country)?.code ?? "";
  const regions = named.find(({ code }) => code === country)?.regions ?? [];
  const found = useQuery({
    queryKey: ["holidays", country, region, year],
    queryFn: async ({ signal }) => (await ask<Found>("get", `holidays/${country}`, { params: { year, region: region || undefined }, signal })).data,
    enabled: country !== "",
    staleTime: HOLIDAYS_STALE_MS,
    retry: false,
  });
  const taken = new Set(exceptions.map(({ date }) => date));
  // Two holidays can fall on one day, which is closed once.
  const days = [...new Map((found.data?.data ?? []).map((one) => [one.date, one])).values()];
  const wanted = days.filter(({ date }) => !taken.has(date) && !left.has(date));
  const room = EXCEPTIONS_MAX - exceptions.length;
  const toggle = (date: string) => {
    const next = new Set(left);
    if (!next.delete(date)) next.add(date);
    setLeft(next);
  };
  const add = () => {
    onAdd(wanted.map(({ date, name }) => ({ date, name: name.slice(0, EXCEPTION_NAME_MAX), type: "closed", ranges: [] })));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("holidays_title")}
      description={t("holidays_more")}
      closeLabel={t("close", { ns: "app" })}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button look="primary" disabled={wanted.length === 0 || wanted.length > room} onClick={add}>{t("holidays_add", { count: wanted.length })}</Button>
        </>
      }
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <div>
          <label htmlFor={`${id}-country`} className="mb-1 block font-medium">{t("country")}</label>
          <Select
            id={`${id}-country`}
            value={country}
            empty={country === "" ? t("form.choose", { ns: "app" }) : undefined}
            onValue={(code) => {
              setChosen(code);
              setRegion("");
              setLeft(new Set());
            }}
            options={named.map(({ code, name }) => ({ value: code, label: name }))}
          />
        </div>
        {regions.length > 0 && (
          <div>
            <label htmlFor={`${id}-region`} className="mb-1 block font-medium">{t("region")}</label>
            <Select id={`${id}-region`} value={region} empty={t("whole_country")} onValue={setRegion} options={regions.map(({ code, name }) => ({ value: code, label: name }))} />
          </div>
        )}
      </div>
      <div className="mt-3">
        <Segments label={t("year")} value={String(year)} onValue={(next) => setYear(Number(next))} options={[0, 1, 2].map((more) => ({ value: String(first + more), label: String(first + more) }))} />
      </div>
      {(countries.isError || found.isError) && <Note tone="bad" className="mt-4">{t("holidays_failed")}</Note>}
      {found.isFetching && !found.data && <div className="mt-4 space-y-2"><Skeleton className="h-6" /><Skeleton className="h-6" /><Skeleton className="h-6" /></div>}
      {days.length > 0 && (
        <ul className="mt-4 divide-y rounded-xl border">
          {days.map(({ date, name }) => (
            <li key={date} className="flex items-center gap-3 px-3 py-2">
              <Checkbox id={`${id}-${date}`} checked={taken.has(date) || !left.has(date)} disabled={taken.has(date)} onCheckedChange={() => toggle(date)} />
              <label htmlFor={`${id}-${date}`} className="min-w-0 grow">
                <span className="block truncate font-medium">{name}</span>
                <span className="block text-[13px] text-muted">{day(date, "full")}</span>
              </label>
              {taken.has(date) && <Badge>{t("holiday_there")}</Badge>}
            </li>
          ))}
        </ul>
      )}
      {found.data && found.data.unknown.length > 0 && <Note tone="warn" className="mt-3" title={t("holidays_unknown")}>{found.data.unknown.join(", ")}</Note>}
      {wanted.length > room && <Note tone="bad" className="mt-3">{t("many_exceptions")}</Note>}
    </Dialog>
  );
}
