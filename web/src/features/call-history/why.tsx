// Why a call went where it did: what was decided, by which configuration, and whether today's would decide the same.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { answered } from "@/api/client";
import { calls } from "@/api/catalogue";
import { sentenceOf } from "@/api/resources";
import { client, useRole } from "@/api/session";
import type { components } from "@/api/schema";
import { stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { classes } from "@/ui/classes";
import { Sentence } from "@/views/calls/sentence";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { sameCall } from "./again";
import type { Whole } from "./legs";
import { PassedRecords } from "./passed";

type Explanation = components["schemas"]["ExplanationView2"];

export function Why({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const explained = useQuery({
    queryKey: [calls.model, "explained", call.id, call.ended_at],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/calls/{id}/explain", { params: { path: { id: call.id }, query: { include: "configuration" } }, signal }))).data,
  });
  return (
    <>
      <Panel title={t("why")} description={t("why_more")} actions={<TryAgain call={call} />}>
        {explained.isPending && <div className="space-y-3">{[0, 1, 2, 3].map((row) => <Skeleton key={row} className="h-5" />)}</div>}
        {explained.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void explained.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(explained.error, t("failed.network", { ns: "app" }))}</Note>}
        {explained.data && <Told explained={explained.data} begin={call.initiated_at} />}
      </Panel>
      {explained.data?.passed && explained.data.passed.length > 0 && <PassedRecords passed={explained.data.passed} />}
    </>
  );
}

/** The same call, thought through with whatever one likes to change. */
function TryAgain({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const zone = useCompanyZone();
  const { is } = useRole();
  // That room is not for users.
  if (!call.to_number || is("pbx_user")) return null;
  return <Button asChild size="small"><Link to="/test-a-call" search={sameCall(call, zone) as never}><FlaskConical aria-hidden />{t("try")}</Link></Button>;
}

function Told({ explained, begin }: { explained: Explanation; begin: string }) {
  const { t } = useWords("call-history");
  if (explained.steps.length === 0) return <p className="text-muted">{t("not_explained")}</p>;
  const { today } = explained;
  return (
    <>
      <ol className="space-y-0">
        {explained.steps.map((step, at) => (
          <li key={step.step} className="grid grid-cols-[3.25rem_minmax(0,1fr)] gap-x-4">
            <time dateTime={step.at} className="pt-0.5 text-right text-[13px] text-muted tabular-nums">+{stopwatch((Date.parse(step.at) - Date.parse(begin)) / 1_000)}</time>
            <div className={classes("relative border-l pb-4 pl-5", at === explained.steps.length - 1 && "border-transparent pb-0")}>
              <span className="absolute top-1.5 -left-[5px] size-2.5 rounded-full border-2 border-surface bg-accent" aria-hidden />
              <ul className="space-y-1.5">{step.passed.map((told, line) => <li key={line} className={line === 0 ? "font-medium" : undefined}><Sentence told={told} /></li>)}</ul>
            </div>
          </li>
        ))}
      </ol>
      <p className="mt-4 text-[13px] text-muted">{t("decided_by", { plan: explained.plan_version, core: explained.core_version })}</p>
      {today && <Today explained={explained} today={today} />}
    </>
  );
}

function Today({ explained, today }: { explained: Explanation; today: components["schemas"]["ReplayView"] }) {
  const { t } = useWords("call-history");
  if (today.same) return <Note tone="good" className="mt-4" title={t("same")}>{t("same_more", { plan: today.plan_version })}</Note>;
  const at = explained.steps.findIndex((step) => step.step === today.differs_at_step);
  const before = explained.steps[at]?.sentences ?? [];
  const now = today.steps[at] ?? today.steps.at(-1) ?? [];
  return (
    <>
      <Note tone="warn" className="mt-4" title={t("differs", { step: at + 1 })}>{t(today.lacks_facts ? "differs_unknown" : "differs_more")}</Note>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">
        <Side title={t("then")} sentences={before} others={now} />
        <Side title={t("today")} sentences={now} others={before} />
      </div>
    </>
  );
}

function Side({ title, sentences, others }: { title: string; sentences: string[]; others: string[] }) {
  const { t } = useWords("call-history");
  return (
    <div className="rounded-xl bg-sunken p-4">
      <h3 className="mb-2 text-[13px] font-semibold">{title}</h3>
      {sentences.length === 0 && <p className="text-muted">{t("nothing")}</p>}
      <ul className="space-y-1.5">
        {sentences.map((sentence, at) => <li key={at} className={others.includes(sentence) ? "text-muted" : "font-medium"}>{sentence}</li>)}
      </ul>
    </div>
  );
}
