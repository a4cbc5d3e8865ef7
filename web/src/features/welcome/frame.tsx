// What the first steps stand in: which there are, which is done, and the way out.

import { Link } from "@tanstack/react-router";
import { Check, PhoneCall } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import type { Setup } from "@/api/setup";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { LANGUAGES, language, speak, useWords } from "@/words";
import type { Step } from "./values";

interface WelcomeFrameProps {
  steps: Step[];
  /** Unknown until it was asked how far the company is. */
  step: Step | undefined;
  setup: Setup | undefined;
  /** Whether nothing else can be entered yet. */
  isLocked: boolean;
  onStep: (step: Step) => void;
  children: ReactNode;
}

function isDone(step: Step, setup: Setup | undefined): boolean {
  if (!setup) return false;
  if (step === "password") return setup.password;
  if (step === "company") return setup.company;
  if (step === "carrier") return setup.carrier === "connected";
  return step === "first" ? setup.extensions > 0 && setup.numbers > 0 : setup.done;
}

export function WelcomeFrame({ steps, step, setup, isLocked, onStep, children }: WelcomeFrameProps) {
  const { t } = useWords("welcome");
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // Whoever goes from step to step by keyboard or by ear is told that there is another one.
    if (!first.current) heading.current?.focus();
    first.current = step === undefined;
  }, [step]);
  return (
    <div className="mx-auto flex min-h-dvh max-w-5xl flex-col px-4 py-5 sm:px-6">
      <header className="flex items-center gap-2.5">
        <span className="flex size-8 items-center justify-center rounded-lg bg-accent text-accent-ink"><PhoneCall className="size-4.5" aria-hidden /></span>
        <span className="grow text-[15px] font-semibold tracking-tight">OPBX</span>
        <div role="group" aria-label={t("shell.language", { ns: "app" })} className="flex">
          {LANGUAGES.map(({ code, name }) => (
            <button key={code} type="button" lang={code} aria-pressed={language() === code} onClick={() => void speak(code)} className="rounded-md px-2 py-1 text-[13px] text-muted hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink">{name}</button>
          ))}
        </div>
        {!isLocked && <Button asChild look="ghost" size="small"><Link to="/dashboard">{t("later")}</Link></Button>}
      </header>
      <div className="grid grow content-center gap-6 py-8 md:grid-cols-[14rem_minmax(0,1fr)] md:gap-10">
        <nav aria-label={t("title")}>
          <ol className="flex gap-1.5 md:flex-col md:gap-1">
            {steps.map((one, at) => {
              const done = isDone(one, setup);
              const current = one === step;
              return (
                <li key={one} className="max-md:grow">
                  <button
                    type="button"
                    disabled={isLocked && !current}
                    aria-current={current ? "step" : undefined}
                    onClick={() => onStep(one)}
                    className={classes("flex w-full items-center gap-3 rounded-xl p-2 text-left disabled:opacity-60 max-md:justify-center md:px-3", current ? "bg-accent-soft font-semibold text-accent-text" : "text-muted hover:text-ink")}
                  >
                    <span className={classes("flex size-7 shrink-0 items-center justify-center rounded-full text-[13px] font-semibold tabular-nums", done ? "bg-good-soft text-good" : current ? "bg-accent text-accent-ink" : "bg-sunken")}>
                      {done ? <Check className="size-4" role="img" aria-label={t("step_done")} /> : at + 1}
                    </span>
                    <span className="max-md:sr-only">{t(`steps.${one}`)}</span>
                  </button>
                </li>
              );
            })}
          </ol>
        </nav>
        <main className="min-w-0 rounded-2xl border bg-surface p-6 shadow-float sm:p-8">
          <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight focus:outline-none">{t(step ? `titles.${step}` : "title")}</h1>
          <p className="mt-1 mb-6 max-w-2xl text-muted">{step && t(`titles_more.${step}`)}</p>
          {children}
        </main>
      </div>
    </div>
  );
}
