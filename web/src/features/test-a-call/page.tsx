// Test a call: who would ring and why, step by step on the drawing. Nothing rings, and nothing is kept.

import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FlaskConical, Link2, ListChecks, Save, Waypoints } from "lucide-react";
import { useMemo, useState } from "react";
import { callChecks } from "@/api/catalogue";
import { sentenceOf, useList } from "@/api/resources";
import { useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Empty, Note, Panel, Skeleton } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { FlowDrawing } from "@/views/flow/drawing";
import { boxesOf } from "@/views/flow/graph";
import { useFlowNames } from "@/views/flow/kinds";
import { marksOf } from "@/views/flow/marks";
import { useBoxPath } from "@/views/flow/paths";
import { useFlow, useLivePlan } from "@/views/flow/use-flow";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { AskedPanel } from "./asked-panel";
import { type Asked, readAsked, writeAsked } from "./call";
import { Ending, PlayerBar, Steps } from "./result";
import { SaveCheck } from "./save-check";
import { useLiveChecks } from "./use-live-checks";
import { usePlayer } from "./use-player";
import { useSimulation } from "./use-simulation";
import { telephonesOf } from "./use-telephones";
import { drawingOf, passedAt, ringingAt } from "./way";

export function TestPage() {
  const { t } = useWords("test-a-call");
  const { is } = useRole();
  const [asked, change] = useAsked();
  const [saving, setSaving] = useState(false);
  useLivePlan();
  useLiveChecks();
  const failed = useList(callChecks, { outcome: "failed", status: "active", per_page: 1 }).data?.total ?? 0;
  const simulation = useSimulation(asked);
  const whole = useFlow();
  const names = useFlowNames();
  const pathOf = useBoxPath();
  const result = asked.to ? simulation.data : undefined;
  const sentences = result?.sentences ?? [];
  const way = result?.way ?? [];
  const player = usePlayer(sentences.length, result);
  const boxes = useMemo(() => boxesOf(drawingOf(whole.data, way)), [whole.data, result]);
  const passed = useMemo(() => passedAt(sentences, way), [result]);
  const met = way.slice(0, passed[player.at] ?? way.length);
  const marks = useMemo(() => marksOf(boxes, met.map((stop) => stop.node), ringingAt(player.moved ? sentences[player.at] : undefined), asked.keys), [boxes, met.length, player.at, player.moved, asked.keys]);
  const telephones = useMemo(() => telephonesOf(boxes, asked.to), [boxes, asked.to]);
  const hints = boxes.filter((box) => box.node.kind === "ivr_menu" && way.some((stop) => stop.node === box.id)).map((box) => ({
    name: names.name(box.node),
    keys: box.exits.flatMap((exit) => (exit.keys === null ? [] : [{ keys: exit.keys, leads: leadsTo(exit.to) }])),
  }));
  function leadsTo(id: string): string {
    const box = boxes.find((one) => one.id === id);
    return box ? names.name(box.node) : "";
  }
  const copy = () => navigator.clipboard.writeText(location.href).then(() => tell(t("link_copied")), () => tell(t("not_copied"), { tone: "bad" }));
  return (
    <>
      <PageHead
        title={t("title")}
        description={t("about")}
        actions={
          <>
            <Button asChild><Link to="/test-a-call/checks"><ListChecks aria-hidden />{t("checks.title")}{failed > 0 && <Badge tone="bad">{t("checks.failing", { count: failed })}</Badge>}</Link></Button>
            {result && <Button onClick={() => void copy()}><Link2 aria-hidden />{t("copy_link")}</Button>}
            {result && is("owner", "pbx_admin") && <Button look="primary" onClick={() => setSaving(true)}><Save aria-hidden />{t("save_check")}</Button>}
          </>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[20rem_minmax(0,1fr)] 2xl:grid-cols-[22rem_minmax(0,1fr)]">
        <AskedPanel asked={asked} change={change} telephones={telephones} hints={hints} />
        <div className="min-w-0 space-y-5">
          {simulation.isError && asked.to && <Note tone="bad" title={t("failed")} actions={<Button size="small" onClick={() => void simulation.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(simulation.error, t("failed.network", { ns: "app" }))}</Note>}
          {!asked.to && (
            <div className="rounded-2xl border bg-surface shadow-xs">
              <Empty icon={<FlaskConical aria-hidden />} title={t("empty")}>{t("empty_more")}</Empty>
            </div>
          )}
          {asked.to && simulation.isPending && <div className="space-y-5"><Skeleton className="h-16 rounded-xl" /><Skeleton className="h-96 rounded-2xl" /></div>}
          {result && (
            <div className={classes("space-y-5 transition-opacity", simulation.isPlaceholderData && "opacity-60")} aria-busy={simulation.isFetching}>
              <Ending result={result} />
              <div className="grid gap-5 2xl:grid-cols-[minmax(0,1fr)_28rem]">
                <Panel flush className="overflow-hidden">
                  <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
                    <div className="min-w-0 grow"><PlayerBar player={player} /></div>
                    <Button asChild look="ghost" size="tiny"><Link to="/flow" search={{ number: boxes[0]?.node.number } as never} aria-label={t("whole_drawing")}><Waypoints aria-hidden /></Link></Button>
                  </div>
                  <FlowDrawing boxes={boxes} label={t("drawing")} pathOf={pathOf} marks={marks} className="h-[26rem] bg-page max-sm:h-80 2xl:h-[40rem]" />
                </Panel>
                <Panel flush className="flex min-h-0 flex-col overflow-hidden 2xl:max-h-[43rem]">
                  <h2 className="border-b px-5 py-3 text-[15px] font-semibold">{t("steps")}</h2>
                  <Steps sentences={sentences} player={player} />
                </Panel>
              </div>
              <p className="sr-only" role="status">{player.moved ? sentences[player.at]?.text : ""}</p>
            </div>
          )}
        </div>
      </div>
      {saving && result && <SaveCheck asked={asked} onClose={() => setSaving(false)} />}
    </>
  );
}

/** The call stands in the URL, so that a test can be sent to somebody. */
function useAsked(): [Asked, (changed: Partial<Asked>) => void] {
  const query = useSearch({ strict: false }) as Record<string, string | undefined>;
  const go = useNavigate();
  const asked = useMemo(() => readAsked(query), [query]);
  return [asked, (changed) => void go({ to: ".", search: writeAsked({ ...asked, ...changed }) as never, replace: true, resetScroll: false })];
}
