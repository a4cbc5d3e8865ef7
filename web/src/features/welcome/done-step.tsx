// What was done, what is left, and the first call.

import { Link } from "@tanstack/react-router";
import { Check, Circle, LayoutDashboard, PhoneCall } from "lucide-react";
import { type Setup, useSaySetup } from "@/api/setup";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { type Step, stepsOf } from "./values";

const STEP_OF: Record<ReturnType<typeof stepsOf>[number][0], Step> = { company: "company", carrier: "carrier", extensions: "first", numbers: "first" };

export function DoneStep({ setup, onStep }: { setup: Setup; onStep: (step: Step) => void }) {
  const { t } = useWords("welcome");
  const say = useSaySetup();
  const canCall = setup.extensions > 0 && setup.numbers > 0;
  return (
    <div className="space-y-6">
      <ul className="divide-y rounded-xl border">
        {stepsOf(setup).map(([name, done]) => (
          <li key={name} className="flex items-center gap-3 px-4 py-3">
            <span className={classes("flex size-6 items-center justify-center rounded-full", done ? "bg-good-soft text-good" : "bg-sunken text-muted")}>{done ? <Check className="size-3.5" aria-hidden /> : <Circle className="size-3" aria-hidden />}</span>
            <span className="grow font-medium">{t(`left.${name}`)}</span>
            {done ? <span className="text-[13px] text-muted">{t("is_done")}</span> : <Button size="small" onClick={() => onStep(STEP_OF[name])}>{t("do_it")}</Button>}
          </li>
        ))}
      </ul>
      {setup.carrier !== "connected" && canCall && <p className="text-muted">{t("no_carrier")}</p>}
      <div className="flex flex-wrap gap-3">
        {canCall && <Button asChild look="primary" size="large"><Link to="/test-a-call"><PhoneCall aria-hidden />{t("first_call")}</Link></Button>}
        <Button asChild size="large" look={canCall ? "plain" : "primary"}><Link to="/dashboard"><LayoutDashboard aria-hidden />{t("to_dashboard")}</Link></Button>
      </div>
      {!setup.done && !setup.dismissed && <Button look="link" size="small" className="px-0" busy={say.isPending} onClick={() => say.mutate({ dismissed: true })}>{t("dismiss")}</Button>}
      {setup.dismissed && <p className="text-[13px] text-muted" role="status">{t("dismissed")}</p>}
    </div>
  );
}
