// Surfaces and what stands on them: a panel with a heading, a note, an empty place, a moment of waiting.

import { AlertTriangle, CheckCircle2, Info, XCircle } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import type { Tone } from "./badge";

interface PanelProps {
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
  /** Without the inner margin, for tables and drawings. */
  flush?: boolean;
  children?: ReactNode;
}

export function Panel({ title, description, actions, className, flush, children }: PanelProps) {
  return (
    <section className={classes("rounded-2xl border bg-surface shadow-xs", className)}>
      {(title || actions) && (
        <header className="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 pt-4">
          <div className="min-w-0 grow">
            {title && <h2 className="text-[15px] font-semibold">{title}</h2>}
            {description && <p className="mt-0.5 text-muted">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? (title ? "pt-3" : "") : "p-5"}>{children}</div>
    </section>
  );
}

const NOTES: Record<Exclude<Tone, "neutral">, { look: string; Icon: typeof Info }> = {
  accent: { look: "bg-accent-soft text-accent-text", Icon: Info },
  good: { look: "bg-good-soft text-good", Icon: CheckCircle2 },
  warn: { look: "bg-warn-soft text-warn", Icon: AlertTriangle },
  bad: { look: "bg-bad-soft text-bad", Icon: XCircle },
};

export function Note({ tone = "accent", title, actions, children, className }: { tone?: keyof typeof NOTES; title?: ReactNode; actions?: ReactNode; children?: ReactNode; className?: string }) {
  const { look, Icon } = NOTES[tone];
  return (
    <div role={tone === "bad" ? "alert" : "status"} className={classes("flex gap-3 rounded-xl px-4 py-3", look, className)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 grow">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className="text-ink/90">{children}</div>}
        {actions && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

export function Empty({ icon, title, children, actions }: { icon?: ReactNode; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      {icon && <div className="mb-4 flex size-12 items-center justify-center rounded-2xl bg-accent-soft text-accent-text [&_svg]:size-6">{icon}</div>}
      <p className="text-[15px] font-semibold">{title}</p>
      {children && <div className="mt-1 max-w-md text-muted">{children}</div>}
      {actions && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return <div className={classes("animate-pulse rounded-md bg-sunken dark:bg-raised", className)} aria-hidden />;
}
