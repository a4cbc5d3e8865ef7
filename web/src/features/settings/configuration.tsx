// The whole configuration as one file: written out, compared with what is here, and applied.

import { useMutation } from "@tanstack/react-query";
import { Download, FileUp, ScanSearch } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { ask, Refused, sentenceOf } from "@/api/resources";
import { Button } from "@/ui/button";
import { Textarea } from "@/ui/input";
import { Note, Panel } from "@/ui/panel";
import { Checkbox } from "@/ui/switch";
import { tell } from "@/ui/toast";
import { saveFile } from "@/views/list/file";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Apply } from "./configuration-apply";
import { type Difference, DifferenceView } from "./configuration-difference";
import { SettingsFrame } from "./frame";

/** Bodies of requests end at a megabyte. */
const BYTES_MAX = 1_000_000;

interface Mistake {
  line: number;
  message: string;
}

export function ConfigurationPage() {
  const { t } = useWords("settings");
  return (
    <SettingsFrame>
      <PageHead title={t("places.configuration")} description={t("places_more.configuration")} />
      <div className="space-y-5">
        <Written />
        <Compared />
      </div>
    </SettingsFrame>
  );
}

function Written() {
  const { t } = useWords("settings");
  const write = useMutation({ mutationFn: async () => (await ask<AnswerOf<"/api/v1/configuration/export">>("get", "configuration/export")).data.data });
  const run = () => write.mutateAsync().then(({ slug, text }) => saveFile(`${slug}.toml`, "application/toml", text), () => undefined);
  return (
    <Panel title={t("file.export")} description={t("file.export_more")} actions={<Button busy={write.isPending} onClick={() => void run()}><Download aria-hidden />{t("file.export_now")}</Button>}>
      {write.isError && <Note tone="bad" className="mb-4">{sentenceOf(write.error, t("failed.network", { ns: "app" }))}</Note>}
      {write.data ? (
        <>
          <p className="mb-2 text-[13px] text-muted">{t("file.records", { count: write.data.records })}</p>
          <pre tabIndex={0} role="region" aria-label={t("file.export")} className="max-h-80 overflow-auto rounded-lg bg-sunken p-3 font-mono text-[13px] leading-relaxed">{write.data.text}</pre>
        </>
      ) : (
        <p className="text-[13px] text-muted">{t("file.secrets")}</p>
      )}
    </Panel>
  );
}

function Compared() {
  const { t } = useWords("settings");
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [prune, setPrune] = useState(false);
  const compare = useMutation({ mutationFn: async () => (await ask<{ data: Difference }>("post", "configuration/plan", { body: { text, prune } })).data.data });
  // What was compared is not what would be applied once either was changed.
  const change = (next: () => void) => {
    next();
    compare.reset();
  };
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > BYTES_MAX) return tell(t("file.large"), { tone: "bad" });
    const read = await file.text();
    change(() => setText(read));
  };
  return (
    <Panel title={t("file.apply")} description={t("file.apply_more")}>
      <div
        className="space-y-4"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          void take(event.dataTransfer.files[0]);
        }}
      >
        <div>
          <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
            <label htmlFor={id} className="font-medium">{t("file.text")}</label>
            <Button size="small" onClick={() => picker.current?.click()}><FileUp aria-hidden />{t("file.choose")}</Button>
            <input
              ref={picker}
              type="file"
              accept=".toml,application/toml,text/plain"
              className="hidden"
              aria-label={t("file.choose")}
              onChange={(event) => {
                void take(event.target.files?.[0]);
                // The same file may be chosen again after it was changed.
                event.target.value = "";
              }}
            />
          </div>
          <Textarea id={id} rows={10} spellCheck={false} placeholder={t("file.placeholder")} value={text} onChange={(event) => change(() => setText(event.target.value))} className="font-mono text-[13px]" />
        </div>
        <div className="flex items-start gap-2.5">
          <Checkbox id={`${id}-prune`} className="mt-0.5" checked={prune} onCheckedChange={(on) => change(() => setPrune(on === true))} />
          <label htmlFor={`${id}-prune`}>
            <span className="font-medium">{t("file.prune")}</span>
            <span className="block text-[13px] text-muted">{t("file.prune_more")}</span>
          </label>
        </div>
        <Button look="primary" busy={compare.isPending} disabled={text.trim() === ""} onClick={() => compare.mutate()}><ScanSearch aria-hidden />{t("file.compare")}</Button>
        {compare.isError && <Mistakes error={compare.error} />}
        {compare.data && <DifferenceView difference={compare.data} />}
        {compare.data && !compare.data.empty && (
          <Apply
            text={text}
            prune={prune}
            difference={compare.data}
            onApplied={() => {
              setText("");
              compare.reset();
            }}
          />
        )}
      </div>
    </Panel>
  );
}

function Mistakes({ error }: { error: unknown }) {
  const { t } = useWords("settings");
  const problem = error instanceof Refused ? (error.problem as { mistakes?: Mistake[]; mistakes_count?: number }) : {};
  if (!problem.mistakes?.length) return <Note tone="bad">{sentenceOf(error, t("failed.network", { ns: "app" }))}</Note>;
  return (
    <Note tone="bad" title={t("file.mistakes", { count: problem.mistakes_count ?? problem.mistakes.length })}>
      <ol className="mt-2 space-y-1">
        {problem.mistakes.map((mistake, at) => (
          <li key={at} className="flex gap-3">
            <span className="w-16 shrink-0 text-muted tabular-nums">{t("file.line", { line: mistake.line })}</span>
            <span className="min-w-0 break-words">{mistake.message}</span>
          </li>
        ))}
      </ol>
    </Note>
  );
}
