// Whether a number may be called, by which rule, and why the others do not apply. Nothing rings.

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, Minus } from "lucide-react";
import { useState } from "react";
import { extensions } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import type { paths } from "@/api/schema";
import { RecordSelect } from "@/fields/record";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Note, Panel } from "@/ui/panel";
import { useWords } from "@/words";

type Explained = paths["/api/v1/outbound-whitelist/explain"]["post"]["responses"][200]["content"]["application/json"];
type Candidate = Explained["data"]["candidates"][number];

export function Explain() {
  const { t } = useWords("outbound-rules");
  const [number, setNumber] = useState("");
  const [extension, setExtension] = useState<number | null>(null);
  const asked = useMutation({ mutationFn: async () => (await ask<Explained>("post", "outbound-whitelist/explain", { body: { number: number.trim(), extension_id: extension } })).data.data });
  return (
    <Panel title={t("try")} description={t("try_more")} className="mb-4">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          asked.mutate();
        }}
      >
        <label className="w-full sm:w-64">
          <span className="mb-1 block font-medium">{t("try_number")}</span>
          <Input type="tel" inputMode="tel" required placeholder="+442079460018" value={number} onChange={(event) => setNumber(event.target.value)} />
        </label>
        <div className="w-full sm:w-64">
          <label htmlFor="explain-extension" className="mb-1 block font-medium">{t("try_extension")}</label>
          <RecordSelect id="explain-extension" resource={extensions} value={extension} onValue={setExtension} clearable label={t("try_anybody")} />
        </div>
        <Button type="submit" look="primary" busy={asked.isPending} disabled={number.trim() === ""}>{t("try_ask")}</Button>
      </form>
      {asked.isError && <Note tone="bad" className="mt-4">{sentenceOf(asked.error, t("failed.network", { ns: "app" }))}</Note>}
      {asked.data && <Answer answer={asked.data} />}
    </Panel>
  );
}

function Answer({ answer }: { answer: Explained["data"] }) {
  const { t } = useWords("outbound-rules");
  const number = phone(answer.number);
  const title = answer.is_emergency ? t("emergency", { number }) : answer.is_own ? t("own", { number }) : t(answer.is_allowed ? "allowed" : "refused", { number });
  return (
    <div className="mt-4 space-y-3" aria-live="polite">
      <Note tone={answer.is_allowed ? "good" : "bad"} title={title}>
        {answer.rule ? t("by", { rule: answer.rule.name }) : answer.reason}
      </Note>
      {answer.candidates.length > 0 && (
        <ol className="divide-y rounded-xl border">
          {answer.candidates.map((candidate) => <Rule key={candidate.id} candidate={candidate} />)}
        </ol>
      )}
    </div>
  );
}

function Rule({ candidate }: { candidate: Candidate }) {
  const { t } = useWords("outbound-rules");
  const Icon = candidate.is_chosen ? CircleCheck : candidate.why_not ? CircleX : Minus;
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <Icon className={candidate.is_chosen ? "mt-0.5 size-4 shrink-0 text-good" : "mt-0.5 size-4 shrink-0 text-muted"} aria-hidden />
      <div className="min-w-0">
        <Link to={`/outbound-rules/${candidate.id}`} className="font-medium hover:text-accent-text">{candidate.name}</Link>
        <p className="text-[13px] text-muted">{candidate.is_chosen ? t("chosen") : candidate.why_not ? t(`why_not.${candidate.why_not}`) : t("weaker")} {candidate.score && t("score", { count: candidate.score.digits })}</p>
      </div>
    </li>
  );
}

