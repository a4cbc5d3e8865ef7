// The filters above a list. Each change asks the server, soon after the last letter.

import { CalendarDays, ListFilter } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { day, instant } from "@/format";
import { shifted, wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Input, SearchInput } from "@/ui/input";
import { Menu, MenuChoice, Popover } from "@/ui/menu";
import { useWords } from "@/words";
import { useZone } from "../when";
import type { Filter } from "./columns";
import type { Change, ListState } from "./state";

/** So long after the last letter the server is asked. */
const TYPED_MS = 250;

interface FilterBarProps {
  state: ListState;
  change: (change: Change) => void;
  filters: readonly Filter[];
  searchLabel?: string;
}

export function FilterBar({ state, change, filters, searchLabel }: FilterBarProps) {
  const { t } = useWords();
  const [text, setText] = useTyped(state.search, (search) => change({ search: search || undefined }));
  const active = Object.keys(state.filters).length + (state.search ? 1 : 0);
  const clear = () => change({ search: undefined, ...Object.fromEntries(Object.keys(state.filters).map((name) => [name, undefined])) });
  return (
    <div className="flex flex-wrap items-center gap-2">
      {searchLabel && <SearchInput aria-label={searchLabel} placeholder={searchLabel} value={text} onValue={setText} clearLabel={t("clear")} className="w-full sm:w-72" />}
      {filters.map((filter) => (
        <FilterControl key={filter.name} filter={filter} state={state} change={change} />
      ))}
      {active > 0 && <Button look="link" size="small" onClick={clear}>{t("list.clear_filters")}</Button>}
    </div>
  );
}

function FilterControl({ filter, state, change }: { filter: Filter; state: ListState; change: (change: Change) => void }) {
  const value = state.filters[filter.name] ?? "";
  if (filter.kind === "choice") return <ChoiceFilter filter={filter} value={value} change={change} />;
  if (filter.kind === "text") return <TextFilter filter={filter} value={value} change={change} />;
  return <DaysFilter filter={filter} from={value} until={state.filters[filter.until] ?? ""} change={change} />;
}

function ChoiceFilter({ filter, value, change }: { filter: Extract<Filter, { kind: "choice" }>; value: string; change: (change: Change) => void }) {
  const chosen = !value ? [] : filter.several ? value.split(",") : [value];
  const toggle = (option: string, on: boolean) => {
    const next = filter.several ? (on ? [...chosen, option] : chosen.filter((one) => one !== option)) : on ? [option] : [];
    change({ [filter.name]: next.join(",") || undefined });
  };
  const names = filter.options.filter((option) => chosen.includes(option.value)).map((option) => option.label);
  return (
    <Menu
      align="start"
      trigger={
        <Button look={chosen.length > 0 ? "soft" : "plain"}>
          <ListFilter aria-hidden />
          {filter.label}
          {names.length > 0 && <span className="max-w-40 truncate font-semibold">{names.join(", ")}</span>}
        </Button>
      }
    >
      {filter.options.map((option) => (
        <MenuChoice key={option.value} checked={chosen.includes(option.value)} onCheckedChange={(on) => toggle(option.value, on)}>{option.label}</MenuChoice>
      ))}
    </Menu>
  );
}

function TextFilter({ filter, value, change }: { filter: Extract<Filter, { kind: "text" }>; value: string; change: (change: Change) => void }) {
  const [text, setText] = useTyped(value, (next) => change({ [filter.name]: next || undefined }));
  return <Input aria-label={filter.label} placeholder={filter.placeholder ?? filter.label} value={text} onChange={(event) => setText(event.target.value)} className="w-[calc(50%-0.25rem)] sm:w-44" />;
}

function DaysFilter({ filter, from, until, change }: { filter: Extract<Filter, { kind: "days" }>; from: string; until: string; change: (change: Change) => void }) {
  const { t } = useWords();
  const zone = useZone();
  // A link may ask for an hour; what is chosen here are days.
  const named = (date: string) => (!date ? "…" : date.includes("T") ? instant(date, zone) : day(date));
  const shown = from || until ? (from === until ? named(from) : `${named(from)} – ${named(until)}`) : filter.label;
  const dayOf = (date: string) => (date.includes("T") ? wallTime(new Date(date), zone).slice(0, 10) : date);
  const preset = (days: number) => {
    const today = wallTime(new Date(), zone).slice(0, 10);
    change({ [filter.name]: shifted(today, 1 - days), [filter.until]: today });
  };
  return (
    <Popover label={filter.label} trigger={<Button look={from || until ? "soft" : "plain"}><CalendarDays aria-hidden />{shown}</Button>}>
      <div className="mb-3 flex flex-wrap gap-1.5">
        {[1, 7, 30, 90].map((days) => (
          <Button key={days} size="small" onClick={() => preset(days)}>{days === 1 ? t("list.today") : t("list.last_days", { count: days })}</Button>
        ))}
      </div>
      <div className="grid grid-cols-2 gap-2">
        <label className="text-xs text-muted">{t("list.from")}<Input type="date" value={dayOf(from)} max={dayOf(until) || undefined} onChange={(event) => change({ [filter.name]: event.target.value || undefined })} className="mt-1" /></label>
        <label className="text-xs text-muted">{t("list.until")}<Input type="date" value={dayOf(until)} min={dayOf(from) || undefined} onChange={(event) => change({ [filter.until]: event.target.value || undefined })} className="mt-1" /></label>
      </div>
    </Popover>
  );
}

/** What is being typed, told to somebody once the hand rests. What comes from outside wins. */
function useTyped(value: string, tell: (value: string) => void): [string, (value: string) => void] {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      latest.current(text.trim());
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
