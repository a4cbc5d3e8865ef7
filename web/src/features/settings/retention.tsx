// How long is kept what grows: calls, recordings, the audit log. Each kind by itself.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note, Skeleton } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { SettingsFrame } from "./frame";
import { modelKey } from "./models";

type Rules = AnswerOf<"/api/v1/settings/retention">;
type Rule = Rules["data"][number];
/** As usual, for some days, or for ever. */
type Kept = { as: "usual" } | { as: "days"; days: number } | { as: "ever" };

const RULES = ["ir.retention", "rules"];
const DAYS_MAX = 36_500;

export function RetentionPage() {
  const { t } = useWords("settings");
  const { is } = useRole();
  const rules = useQuery({ queryKey: RULES, queryFn: async ({ signal }) => (await ask<Rules>("get", "settings/retention", { signal })).data.data });
  const [changed, setChanged] = useState<Rule>();
  return (
    <SettingsFrame>
      <PageHead title={t("places.retention")} description={t("places_more.retention")} />
      {rules.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void rules.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(rules.error, t("failed.network", { ns: "app" }))}</Note>}
      {!is("owner") && <Note className="mb-4">{t("owners_only")}</Note>}
      <ul className="divide-y rounded-2xl border bg-surface shadow-xs">
        {rules.isPending && Array.from({ length: 8 }, (_, row) => <li key={row} className="flex items-center gap-4 px-5 py-4"><Skeleton className="h-4 w-40" /><Skeleton className="ml-auto h-4 w-20" /></li>)}
        {rules.data?.map((rule) => (
          <li key={rule.model} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2.5">
            <div className="min-w-0 grow basis-48">
              <p className="font-medium">{t(modelKey(rule.model), rule.title)}</p>
              <p className="text-[13px] text-muted">{t(`kept.${rule.model.replaceAll(".", "_")}`, "")}</p>
            </div>
            <span className="tabular-nums">{rule.days === null ? t("retention.ever") : t("retention.days", { count: rule.days })}</span>
            {rule.customized ? <Badge tone="accent">{t("retention.own")}</Badge> : <Badge>{t("retention.usual")}</Badge>}
            {is("owner") && <Button size="small" onClick={() => setChanged(rule)} aria-label={t("retention.change", { kind: t(modelKey(rule.model), rule.title) })}>{t("edit", { ns: "app" })}</Button>}
          </li>
        ))}
      </ul>
      {changed && <RuleDialog key={changed.model} rule={changed} onClose={() => setChanged(undefined)} />}
    </SettingsFrame>
  );
}

function RuleDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const { t } = useWords("settings");
  const id = useId();
  const queries = useQueryClient();
  const [as, setAs] = useState<Kept["as"]>(!rule.customized ? "usual" : rule.days === null ? "ever" : "days");
  const [days, setDays] = useState(String(rule.days ?? rule.default_days));
  const [problem, setProblem] = useState<string>();
  const name = t(modelKey(rule.model), rule.title);
  const save = useMutation({
    mutationFn: () => {
      const path = `settings/retention/${rule.model}`;
      return as === "usual" ? ask("delete", path) : ask("put", path, { body: { days: as === "ever" ? null : Number(days) } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: RULES }),
  });
  const fits = as !== "days" || (/^\d+$/.test(days) && Number(days) >= 1 && Number(days) <= DAYS_MAX);
  const run = () =>
    save.mutateAsync().then(
      () => {
        tell(t("retention.saved", { kind: name }));
        onClose();
      },
      (error: unknown) => setProblem(sentenceOf(error, t("failed.network", { ns: "app" }))),
    );
  const isShorter = as === "days" && fits && Number(days) < (rule.days ?? Infinity);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("retention.title", { kind: name })}
      closeLabel={t("close", { ns: "app" })}
      footer={<><Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button><Button look="primary" busy={save.isPending} disabled={!fits} onClick={() => void run()}>{t("form.save", { ns: "app" })}</Button></>}
    >
      <fieldset className="space-y-3">
        <legend className="sr-only">{t("retention.title", { kind: name })}</legend>
        {problem && <Note tone="bad">{problem}</Note>}
        {(["usual", "days", "ever"] as const).map((choice) => (
          <div key={choice} className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
            <input type="radio" id={`${id}-${choice}`} name={id} className="accent-accent" checked={as === choice} onChange={() => setAs(choice)} />
            <label htmlFor={`${id}-${choice}`} className="font-medium">{t(`retention.choices.${choice}`, { count: rule.default_days })}</label>
            {choice === "days" && as === "days" && (
              <Input type="number" inputMode="numeric" min={1} max={DAYS_MAX} aria-label={t("retention.choices.days")} aria-invalid={!fits || undefined} value={days} onChange={(event) => setDays(event.target.value)} className="w-28" />
            )}
          </div>
        ))}
        {isShorter && <Note tone="warn">{t("retention.shorter")}</Note>}
      </fieldset>
    </Dialog>
  );
}
