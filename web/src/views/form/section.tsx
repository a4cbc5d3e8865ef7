// A part of a form, with what it is about beside it.

import type { ReactNode } from "react";
import { classes } from "@/ui/classes";

export function Section({ title, description, className, children }: { title: string; description?: ReactNode; className?: string; children: ReactNode }) {
  return (
    <section className="rounded-2xl border bg-surface p-5 shadow-xs" aria-label={title}>
      <h2 className="text-[15px] font-semibold">{title}</h2>
      {description && <p className="mt-0.5 max-w-2xl text-muted">{description}</p>}
      <div className={classes("mt-4 grid gap-x-5 gap-y-4 sm:grid-cols-2", className)}>{children}</div>
    </section>
  );
}

/** Over the whole width of a section. */
export const WHOLE = "sm:col-span-2";
