// The first screen: now above, the chosen days below it.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { classes } from "@/ui/classes";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Checks } from "./checks";
import { CallsByTime } from "./by-time";
import { type Range, RANGES, useFigures } from "./figures";
import { FirstSteps } from "./first-steps";
import { Hours } from "./hours";
import { Now } from "./now";
import { Shares } from "./shares";
import { Tiles } from "./tiles";
import { Waits } from "./waits";

export function DashboardPage() {
  const { t } = useWords("dashboard");
  const { is } = useRole();
  const query = useSearch({ strict: false }) as { range?: string };
  const go = useNavigate();
  const range: Range = RANGES.find((one) => one === query.range) ?? "today";
  const figures = useFigures(range);
  const { data } = figures;
  const choose = (next: string) => void go({ to: ".", search: (next === "today" ? {} : { range: next }) as never, replace: true, resetScroll: false });
  return (
    <>
      <PageHead title={t("title")} actions={<Segments label={t("range")} value={range} onValue={choose} options={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))} />} />
      <div className="space-y-5">
        {is("owner", "pbx_admin") && <FirstSteps />}
        <Now />
        {figures.isError && <Note tone="bad" title={t("failed_title")} actions={<Button size="small" onClick={() => void figures.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(figures.error, t("failed.network", { ns: "app" }))}</Note>}
        <div className={classes("space-y-5 transition-opacity", figures.isPlaceholderData && "opacity-60")} aria-busy={figures.isPlaceholderData || figures.isPending}>
          {data && <Tiles figures={data} />}
          {figures.isPending && <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">{Array.from({ length: 6 }, (_, tile) => <div key={tile} className="rounded-2xl border bg-surface p-4"><Skeleton className="mb-3 h-4 w-20" /><Skeleton className="h-7 w-14" /></div>)}</div>}
          <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]">
            {data ? <CallsByTime figures={data} /> : <Panel><Skeleton className="h-80" /></Panel>}
            <div className="grid grid-cols-1 gap-5 md:grid-cols-2 xl:grid-cols-1">
              <Hours />
              {!is("pbx_user") && <Checks />}
              {data && <Waits figures={data} />}
            </div>
          </div>
          {data && (
            <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-2">
              <Shares figures={data} kind="number" />
              <Shares figures={data} kind="ring_group" />
            </div>
          )}
        </div>
      </div>
    </>
  );
}
