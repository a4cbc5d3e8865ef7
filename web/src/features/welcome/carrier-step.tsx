// Which calls there will be: real ones by Cloudonix, or an example to look at first.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Cable, FlaskConical } from "lucide-react";
import { useState } from "react";
import { ask, sentenceOf } from "@/api/resources";
import { SETUP, type Setup } from "@/api/setup";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Connect } from "./connect";

type Way = "cloudonix" | "example";

export function CarrierStep({ setup, onDone, onExample }: { setup: Setup; onDone: () => void; onExample: () => void }) {
  const { t } = useWords("welcome");
  const [way, setWay] = useState<Way>(setup.empty ? "example" : "cloudonix");
  const ways = [
    { name: "cloudonix", Icon: Cable, isOpen: true },
    { name: "example", Icon: FlaskConical, isOpen: setup.empty },
  ] as const;
  return (
    <div className="space-y-6">
      {setup.carrier === "connected" && <Note tone="good">{t("is_connected")}</Note>}
      {setup.carrier === "pending" && <Note>{t("is_pending")}</Note>}
      {setup.carrier === "failed" && <Note tone="warn">{t("is_failed")}</Note>}
      <div role="radiogroup" aria-label={t("titles.carrier")} className="grid gap-3 sm:grid-cols-2">
        {ways.map(({ name, Icon, isOpen }) => (
          <label key={name} className={classes("flex gap-3.5 rounded-xl border p-4 has-checked:border-accent has-checked:bg-accent-soft/60 has-focus-visible:outline-2 has-focus-visible:outline-ring", isOpen ? "cursor-pointer" : "opacity-60")}>
            <input type="radio" name="way" className="sr-only" checked={way === name} disabled={!isOpen} onChange={() => setWay(name)} />
            <Icon className="mt-0.5 size-5 shrink-0 text-accent-text" aria-hidden />
            <span>
              <span className="block font-semibold">{t(`ways.${name}`)}</span>
              <span className="mt-0.5 block text-[13px] text-muted">{t(isOpen ? `ways_more.${name}` : "not_empty")}</span>
            </span>
          </label>
        ))}
      </div>
      {way === "cloudonix" ? <Connect onDone={onDone} /> : <Example onDone={onExample} />}
      <Button look="link" size="small" className="px-0" onClick={onDone}>{t("skip")}</Button>
    </div>
  );
}

function Example({ onDone }: { onDone: () => void }) {
  const { t } = useWords("welcome");
  const queries = useQueryClient();
  const fill = useMutation({
    mutationFn: async () => (await ask<{ data: { setup: Setup } }>("post", "setup/example")).data.data.setup,
    onSuccess: async (setup) => {
      queries.setQueryData(SETUP.queryKey, setup);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== "setup" });
      onDone();
    },
  });
  return (
    <div className="space-y-4">
      <ul className="list-disc space-y-1 pl-5 text-muted">
        {["people", "number", "hours", "calls"].map((what) => <li key={what}>{t(`example.${what}`)}</li>)}
      </ul>
      {fill.isError && <Note tone="bad">{sentenceOf(fill.error, t("failed.network", { ns: "app" }))}</Note>}
      <Button look="primary" size="large" busy={fill.isPending} onClick={() => fill.mutate()}>{t("example_now")}</Button>
    </div>
  );
}
