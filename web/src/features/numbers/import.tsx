// Taking over numbers from a file: judged row by row first, and written only when somebody has seen what would be.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Download, FileUp } from "lucide-react";
import { useId, useState } from "react";
import { phoneNumbers } from "@/api/catalogue";
import { ask, Refused, sentenceOf } from "@/api/resources";
import type { components } from "@/api/schema";
import { useRole } from "@/api/session";
import { bytes, count } from "@/format";
import { Button } from "@/ui/button";
import { Empty, Note, Panel, Skeleton } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { saveFile } from "@/views/list/file";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { FileDrop } from "./file-drop";
import { cellsByLine, type Cells, COLUMNS, FILE_BYTES_MAX, FILE_ROWS_MAX, TEMPLATE } from "./file";
import { Outcomes } from "./outcomes";

type Outcome = components["schemas"]["ImportView"];

async function send(file: File, dry: boolean): Promise<Outcome> {
  const body = new FormData();
  body.append("file", file);
  return (await ask<Outcome>("post", "phone-numbers/import", { params: { dry_run: dry || undefined }, body })).data;
}

/** The rows of a refused import are told beside the problem. */
function outcomeOf(error: unknown): Outcome | undefined {
  const told = error instanceof Refused ? (error.problem as Partial<Outcome>) : undefined;
  return told?.data && told.meta ? (told as Outcome) : undefined;
}

export function ImportPage() {
  const { t } = useWords("numbers");
  const { is } = useRole();
  const go = useNavigate();
  const queries = useQueryClient();
  const [cells, setCells] = useState<Map<number, Cells>>(new Map());
  const judge = useMutation({
    mutationFn: async (file: File) => {
      setCells(cellsByLine(await file.text()));
      return send(file, true);
    },
  });
  const write = useMutation({
    mutationFn: (file: File) => send(file, false),
    onSuccess: async ({ meta }) => {
      await queries.invalidateQueries({ queryKey: [phoneNumbers.model] });
      tell(t("imported", { count: meta.imported }));
      await go({ to: "/numbers", search: { sort: "created_at", order: "desc" } as never });
    },
  });
  const file = judge.variables;
  // Between the look and the deed somebody else may have taken a number.
  const outcome = outcomeOf(write.error) ?? judge.data;
  const choose = (chosen: File) => {
    write.reset();
    judge.mutate(chosen);
  };
  const again = () => {
    write.reset();
    judge.reset();
  };
  const problem = judge.error ?? (write.error && !outcomeOf(write.error) ? write.error : undefined);
  if (!is("owner", "pbx_admin")) return <Empty icon={<FileUp aria-hidden />} title={t("failed.forbidden", { ns: "app" })} />;
  return (
    <>
      <PageHead
        title={t("import_title")}
        description={t("import_about")}
        back={{ to: "/numbers", label: t("title") }}
        actions={<Button onClick={() => saveFile("phone-numbers.csv", "text/csv;charset=utf-8", TEMPLATE)}><Download aria-hidden />{t("template")}</Button>}
      />
      <div className="space-y-5">
        {problem && <Note tone="bad" title={t("not_read")} actions={<Button size="small" onClick={again}>{t("other_file")}</Button>}>{sentenceOf(problem, t("failed.network", { ns: "app" }))}</Note>}
        {!file && <Start onFile={choose} />}
        {judge.isPending && <Panel title={t("judging")}><div className="space-y-3">{[1, 2, 3].map((row) => <Skeleton key={row} className="h-5 w-full" />)}</div></Panel>}
        {file && outcome && (
          <>
            <Verdict outcome={outcome} file={file} busy={write.isPending} onWrite={() => write.mutate(file)} onAgain={again} />
            <Outcomes rows={outcome.data} cells={cells} />
          </>
        )}
      </div>
    </>
  );
}

function Start({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useWords("numbers");
  const heading = useId();
  return (
    <>
      <FileDrop onFile={onFile} label={t("choose_file")} more={t("choose_file_more", { size: bytes(FILE_BYTES_MAX), rows: count(FILE_ROWS_MAX) })} drop={t("drop_file")} />
      <section aria-labelledby={heading} className="overflow-hidden rounded-2xl border bg-surface shadow-xs">
        <h2 id={heading} className="px-5 pt-4 text-[15px] font-semibold">{t("columns")}</h2>
        <p className="px-5 pt-0.5 pb-3 text-muted">{t("columns_more")}</p>
        <dl className="divide-y border-t">
          {COLUMNS.map((name) => (
            <div key={name} className="grid gap-x-6 gap-y-0.5 px-5 py-2.5 sm:grid-cols-[11rem_minmax(0,1fr)]">
              <dt><code className="font-mono text-[13px]">{name}</code></dt>
              <dd className="text-muted">{t(`column.${name}`)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function Verdict({ outcome, file, busy, onWrite, onAgain }: { outcome: Outcome; file: File; busy: boolean; onWrite: () => void; onAgain: () => void }) {
  const { t } = useWords("numbers");
  const { rows, valid, invalid } = outcome.meta;
  const sound = rows > 0 && invalid === 0;
  return (
    <Note
      tone={sound ? "good" : rows === 0 ? "warn" : "bad"}
      title={rows === 0 ? t("no_rows") : sound ? t("all_sound", { count: valid }) : t("some_wrong", { count: invalid, rows })}
      actions={
        <>
          {sound && <Button look="primary" busy={busy} onClick={onWrite}>{t("import_all", { count: valid })}</Button>}
          <Button onClick={onAgain} disabled={busy}>{t("other_file")}</Button>
          {sound && <Button asChild look="ghost"><Link to="/numbers">{t("cancel", { ns: "app" })}</Link></Button>}
        </>
      }
    >
      {t(sound ? "all_sound_more" : rows === 0 ? "no_rows_more" : "some_wrong_more", { file: file.name })}
    </Note>
  );
}
