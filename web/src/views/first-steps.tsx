// The way back to the first steps, for as long as something is left of them.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Circle, Rocket, X } from "lucide-react";
import { useRole } from "@/api/session";
import { SETUP, type Setup, useSaySetup } from "@/api/setup";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";

/** What is left to do, in order, and whether it was done. */
export function stepsOf(setup: Setup): [name: "company" | "carrier" | "extensions" | "numbers", done: boolean][] {
  return [["company", setup.company], ["carrier", setup.carrier === "connected"], ["extensions", setup.extensions > 0], ["numbers", setup.numbers > 0]];
}

export function FirstSteps({ className }: { className?: string }) {
  const { t } = useWords();
  const { is } = useRole();
  const setup = useQuery({ ...SETUP, enabled: is("owner") }).data;
  const say = useSaySetup();
  if (!setup || setup.done || setup.dismissed) return null;
  return (
    <section aria-label={t("first_steps.title")} className={classes("flex flex-wrap items-center gap-x-5 gap-y-3 rounded-2xl border bg-accent-soft/50 p-5", className)}>
      <Rocket className="size-6 shrink-0 text-accent-text" aria-hidden />
      <div className="min-w-0 grow basis-72">
        <p className="text-[15px] font-semibold">{t("first_steps.title")}</p>
        <ul className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1 text-[13px]">
          {stepsOf(setup).map(([name, done]) => (
            <li key={name} className={classes("flex items-center gap-1.5", done && "text-muted")}>
              {done ? <Check className="size-3.5 text-good" aria-hidden /> : <Circle className="size-3.5 text-muted" aria-hidden />}
              {t(`first_steps.${name}`)}
              <span className="sr-only">: {t(done ? "first_steps.is_done" : "first_steps.is_open")}</span>
            </li>
          ))}
        </ul>
      </div>
      <div className="flex items-center gap-1">
        <Button asChild look="primary"><Link to="/welcome">{t("first_steps.go_on")}</Link></Button>
        <Button look="ghost" size="icon" busy={say.isPending} aria-label={t("first_steps.dismiss")} onClick={() => say.mutate({ dismissed: true })}><X aria-hidden /></Button>
      </div>
    </section>
  );
}
