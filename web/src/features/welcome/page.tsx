// The first steps, one after the other: each can be left and come back to, and the address says which one it is.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMe, useRole } from "@/api/session";
import { SETUP } from "@/api/setup";
import { Button } from "@/ui/button";
import { Note, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";
import { CarrierStep } from "./carrier-step";
import { CompanyStep } from "./company-step";
import { DoneStep } from "./done-step";
import { FirstStep } from "./first-step";
import { WelcomeFrame } from "./frame";
import { PasswordStep } from "./password-step";
import { nextStep, type Step, STEPS, stepsFor } from "./values";

export function WelcomePage() {
  const { t } = useWords("welcome");
  const me = useMe();
  const { is } = useRole();
  const go = useNavigate();
  const { step: wanted } = useSearch({ strict: false }) as { step?: string };
  // Nothing else is answered before a new password is set.
  const asked = useQuery({ ...SETUP, enabled: is("owner") && !me.password_reset_required });
  const setup = asked.data;
  const needsPassword = me.password_reset_required || setup?.password === false;
  const steps = is("owner") ? stepsFor(needsPassword) : (["password", "done"] as Step[]);
  const isKnown = me.password_reset_required || !is("owner") || setup !== undefined;
  const suggested = is("owner") ? nextStep(needsPassword, setup) : needsPassword ? "password" : "done";
  const chosen = STEPS.find((step) => step === wanted && steps.includes(step));
  const step = !isKnown ? undefined : me.password_reset_required ? "password" : (chosen ?? suggested);
  useEffect(() => {
    document.title = `${t("title")} · OPBX`;
  }, [t]);
  const enter = (next: Step) => void go({ to: "/welcome", search: { step: next } as never });
  const after = (current: Step) => enter(steps[steps.indexOf(current) + 1] ?? "done");
  return (
    <WelcomeFrame steps={isKnown ? steps : []} step={step} setup={setup} isLocked={me.password_reset_required} onStep={enter}>
      {asked.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void asked.refetch()}>{t("again", { ns: "app" })}</Button>}>{t("failed.network", { ns: "app" })}</Note>}
      {!isKnown && !asked.isError && <div className="space-y-4"><Skeleton className="h-7 w-60" /><Skeleton className="h-10" /><Skeleton className="h-10" /></div>}
      {isKnown && step === "password" && <PasswordStep onDone={() => (is("owner") ? enter("company") : void go({ to: "/dashboard" }))} />}
      {isKnown && setup && step === "company" && <CompanyStep setup={setup} onDone={() => after("company")} />}
      {isKnown && setup && step === "carrier" && <CarrierStep setup={setup} onDone={() => after("carrier")} onExample={() => enter("done")} />}
      {isKnown && setup && step === "first" && <FirstStep setup={setup} onDone={() => after("first")} />}
      {isKnown && setup && step === "done" && <DoneStep setup={setup} onStep={enter} />}
      {isKnown && !is("owner") && step === "done" && (
        <div className="space-y-4">
          <p className="text-muted">{t("not_owner")}</p>
          <Button asChild look="primary" size="large"><Link to="/dashboard">{t("to_dashboard")}</Link></Button>
        </div>
      )}
    </WelcomeFrame>
  );
}
