// What applying a file would change: each record with its fields before and after, and what stays because the file does not name it.

import { Minus, PencilLine, Plus } from "lucide-react";
import { useState } from "react";
import type { components } from "@/api/schema";
import { count } from "@/format";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { modelKey } from "./models";

/** The contract leaves the shape of its rows open; this is what the server writes (`app::configuration::Difference`). */
interface Change {
  deed: "create" | "update" | "delete";
  model: string;
  name: string;
  renamed_from: string | null;
  fields: { field: string; secret: boolean; old: string | string[] | null; new: string | string[] | null }[];
}

interface Kept {
  model: string;
  name: string;
  field: string | null;
  value: string | string[] | null;
}

type Plain = components["schemas"]["DifferenceView2"];
export type Difference = Omit<Plain, "changes" | "kept"> & { changes: Change[]; kept: Kept[] };

const LOOKS: Record<Change["deed"], { tone: Tone; Icon: typeof Plus }> = {
  create: { tone: "good", Icon: Plus },
  update: { tone: "accent", Icon: PencilLine },
  delete: { tone: "bad", Icon: Minus },
};
/** More are opened at a press: a file may change a hundred thousand records. */
const SHOWN_AT_ONCE = 50;

const written = (value: string | string[] | null) => (Array.isArray(value) ? value.join(", ") : value);

export function DifferenceView({ difference }: { difference: Difference }) {
  const { t } = useWords("settings");
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  if (difference.empty) return <Note tone="good" title={t("file.same")}>{t("file.same_more")}</Note>;
  const of = (deed: Change["deed"]) => difference.changes.filter((change) => change.deed === deed).length;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap gap-2">
        {(["create", "update", "delete"] as const).filter((deed) => of(deed) > 0).map((deed) => <Badge key={deed} tone={LOOKS[deed].tone}>{t(`file.count.${deed}`, { count: of(deed) })}</Badge>)}
        <Badge>{t("file.count.unchanged", { count: difference.unchanged })}</Badge>
      </div>
      {difference.renamed && <Note>{t("file.renamed", { before: String(difference.renamed[0]), after: String(difference.renamed[1]) })}</Note>}
      <ul className="divide-y rounded-xl border" aria-label={t("file.changes")}>
        {difference.changes.slice(0, most).map((change) => <ChangeRow key={`${change.model} ${change.name}`} change={change} />)}
      </ul>
      {difference.changes.length > most && <Button size="small" onClick={() => setMost(most + 10 * SHOWN_AT_ONCE)}>{t("file.more", { count: difference.changes.length - most })}</Button>}
      {difference.kept.length > 0 && <KeptView kept={difference.kept} />}
    </div>
  );
}

function ChangeRow({ change }: { change: Change }) {
  const { t } = useWords("settings");
  const { tone, Icon } = LOOKS[change.deed];
  return (
    <li className="px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge tone={tone}><Icon className="size-3" aria-hidden />{t(`history.${change.deed}`, { ns: "app" })}</Badge>
        <span className="text-muted">{t(modelKey(change.model), change.model)}</span>
        <code className="font-medium">{change.name}</code>
        {change.renamed_from && <span className="text-[13px] text-muted">{t("file.was_called", { name: change.renamed_from })}</span>}
      </p>
      {change.fields.length > 0 && (
        <dl className="mt-2 space-y-1 font-mono text-[13px]">
          {change.fields.map((field) => (
            <div key={field.field} className="grid gap-x-3 sm:grid-cols-[12rem_minmax(0,1fr)]">
              <dt className="truncate text-muted">{field.field}</dt>
              <dd className="break-words">
                {field.secret ? (
                  <span className="font-sans text-muted">{t("file.secret_changes")}</span>
                ) : (
                  <>
                    {field.old !== null && <del className="mr-2 text-bad">{written(field.old)}</del>}
                    <ins className="text-good no-underline">{written(field.new) ?? t("file.unset")}</ins>
                  </>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

function KeptView({ kept }: { kept: Kept[] }) {
  const { t } = useWords("settings");
  return (
    <details className="rounded-xl border px-4 py-3">
      <summary className="cursor-pointer font-medium">{t("file.kept", { count: kept.length })}</summary>
      <p className="mt-1 text-[13px] text-muted">{t("file.kept_more")}</p>
      <ul tabIndex={0} aria-label={t("file.kept_all")} className="mt-2 max-h-72 space-y-1 overflow-y-auto font-mono text-[13px]">
        {kept.slice(0, 10 * SHOWN_AT_ONCE).map((one) => (
          <li key={`${one.model} ${one.name} ${one.field}`} className="break-words">
            <span className="text-muted">{one.model}</span> {one.name}{one.field && <span className="text-muted"> .{one.field} = {written(one.value)}</span>}
          </li>
        ))}
      </ul>
      {kept.length > 10 * SHOWN_AT_ONCE && <p className="mt-2 text-[13px] text-muted">{t("file.and_more", { count: kept.length - 10 * SHOWN_AT_ONCE, shown: count(kept.length - 10 * SHOWN_AT_ONCE) })}</p>}
    </details>
  );
}
