// What a check expects beside what happened: the two ways, parting where they differ.

import { ArrowRight } from "lucide-react";
import type { CallCheck } from "@/api/catalogue";
import { Badge } from "@/ui/badge";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { RecordChip, useEnding } from "./result";

type Course = NonNullable<CallCheck["expected"]>;
export type Outcome = CallCheck["outcome"];
const TONES = { passed: "good", failed: "bad", unknown: "neutral" } as const;

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  const { t } = useWords("test-a-call");
  return <Badge dot tone={TONES[outcome]}>{t(`outcomes.${outcome}`)}</Badge>;
}

/** Stops that both ways begin with. */
export function common(a: Course | null | undefined, b: Course | null | undefined): number {
  const [one, other] = [a?.way ?? [], b?.way ?? []];
  const parting = one.findIndex((stop, at) => stop.node !== other[at]?.node);
  return parting < 0 ? one.length : parting;
}

export function CourseLine({ course, other, label }: { course: Course | null | undefined; other?: Course | null; label: string }) {
  const { t } = useWords("test-a-call");
  const ending = useEnding();
  const same = other === undefined || other === null ? Infinity : common(course, other);
  return (
    <div>
      <p className="mb-1.5 text-xs font-medium text-muted">{label}</p>
      {course ? (
        <>
          <ol className="flex flex-wrap items-center gap-1">
            {course.way.map((stop, at) => (
              <li key={at} className="flex max-w-full items-center gap-1">
                {at > 0 && <ArrowRight className="size-3 shrink-0 text-muted" aria-hidden />}
                <RecordChip record={stop} marked={at >= same} />
              </li>
            ))}
          </ol>
          <p className={classes("mt-1.5 text-[13px]", other && (other.end.reason !== course.end.reason || other.end.answered_by !== course.end.answered_by) && "font-medium text-warn")}>{ending(course.end)}</p>
        </>
      ) : (
        <p className="text-[13px] text-muted">{t("checks.nothing_expected")}</p>
      )}
    </div>
  );
}
