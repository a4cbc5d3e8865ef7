// What is still to be done in a company that begins, until it is done or nobody wants to see it any more.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Sparkles, X } from "lucide-react";
import { answered } from "@/api/client";
import { sentenceOf } from "@/api/resources";
import { client, useRole } from "@/api/session";
import { SETUP, useSaySetup } from "@/api/setup";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Note, Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";

export function FirstSteps() {
  const { t } = useWords("dashboard");
  const { is } = useRole();
  const queries = useQueryClient();
  const setup = useQuery(SETUP);
  const failed = (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" });
  const say = useSaySetup();
  const fill = useMutation({
    mutationFn: () => answered(client.POST("/api/v1/setup/example")),
    // All of the configuration is new.
    onSuccess: ({ message }) => { tell(message); return queries.invalidateQueries(); },
    onError: failed,
  });
  const { data } = setup;
  if (!data || data.done || data.dismissed) return null;
  const steps = [
    { name: "company", done: data.company, to: "/settings/company", confirm: () => say.mutate({ company: true }, { onError: failed }) },
    { name: "carrier", done: data.carrier === "connected", to: "/settings/cloudonix" },
    { name: "extensions", done: data.extensions > 0, to: "/extensions/new" },
    { name: "numbers", done: data.numbers > 0, to: "/numbers/new" },
  ].filter((step) => is("owner") || step.name !== "carrier");
  const dismiss = () => say.mutate({ dismissed: true }, { onError: failed, onSuccess: () => tell(t("steps_gone"), { action: { label: t("undo", { ns: "app" }), run: () => say.mutate({ dismissed: false }, { onError: failed }) } }) });
  return (
    <Panel title={t("steps")} description={t("steps_more")} actions={<>{is("owner") && <Button asChild size="small" look="primary"><Link to="/welcome">{t("steps_begin")}</Link></Button>}<Button look="ghost" size="icon" aria-label={t("steps_close")} onClick={dismiss}><X aria-hidden /></Button></>}>
      <ol className="grid gap-3 md:grid-cols-2 2xl:grid-cols-4">
        {steps.map((step, at) => (
          <li key={step.name} className={classes("flex gap-3 rounded-xl border p-4", step.done && "bg-sunken/60")}>
            <span className={classes("flex size-7 shrink-0 items-center justify-center rounded-full text-[13px] font-semibold", step.done ? "bg-good-soft text-good" : "bg-accent-soft text-accent-text")}>
              {step.done ? <Check className="size-4" role="img" aria-label={t("step_done")} /> : at + 1}
            </span>
            <div className="min-w-0">
              <p className="font-medium">{t(`step.${step.name}`)}</p>
              <p className="mt-0.5 text-[13px] text-muted">{t(`step_more.${step.name}`)}</p>
              {!step.done && (
                <div className="mt-2.5 flex flex-wrap gap-2">
                  <Button asChild size="small" look="soft"><Link to={step.to as string}>{t(`step_do.${step.name}`)}</Link></Button>
                  {step.confirm && <Button size="small" look="ghost" busy={say.isPending} onClick={step.confirm}>{t("step_right")}</Button>}
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
      {data.empty && is("owner") && (
        <Note className="mt-4" title={t("example")} actions={<Button size="small" look="primary" busy={fill.isPending} onClick={() => fill.mutate()}><Sparkles aria-hidden />{t("example_do")}</Button>}>{t("example_more")}</Note>
      )}
    </Panel>
  );
}
