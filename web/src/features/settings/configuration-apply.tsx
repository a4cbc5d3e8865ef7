// The question before a file is applied: how much it changes, and a word to type where it deletes.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { components } from "@/api/schema";
import { ask, sentenceOf } from "@/api/resources";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import type { Difference } from "./configuration-difference";

type Applied = components["schemas"]["AppliedView"];

export function Apply({ text, prune, difference, onApplied }: { text: string; prune: boolean; difference: Difference; onApplied: () => void }) {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const word = t("file.word");
  const deletes = difference.deleted;
  const apply = useMutation({
    mutationFn: async () => (await ask<{ data: Applied }>("post", "configuration/apply", { body: { text, prune } })).data.data,
    // Nothing that is shown anywhere can be relied on now.
    onSuccess: () => queries.invalidateQueries(),
  });
  const run = () =>
    apply.mutateAsync().then(
      ({ created, updated, deleted }) => {
        tell(t("file.applied", { created, updated, deleted }));
        setAsking(false);
        onApplied();
      },
      () => undefined,
    );
  return (
    <>
      <Button look={deletes > 0 ? "danger" : "primary"} onClick={() => setAsking(true)}>{t("file.apply_now")}</Button>
      <Confirm
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          setTyped("");
          apply.reset();
        }}
        title={t("file.apply_title")}
        cancel={t("cancel", { ns: "app" })}
        confirm={t("file.apply_now")}
        danger={deletes > 0}
        busy={apply.isPending}
        disabled={deletes > 0 && typed.trim().toLowerCase() !== word}
        onConfirm={() => void run()}
      >
        <div className="space-y-3">
          <p>{t("file.apply_question", { count: difference.changes.length })}</p>
          {deletes > 0 && (
            <>
              <Note tone="warn">{t("file.deletes", { count: deletes })}</Note>
              <label className="block text-ink">
                {t("file.type_word", { word })}
                <Input className="mt-1" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
              </label>
            </>
          )}
          {apply.isError && <Note tone="bad">{sentenceOf(apply.error, t("failed.network", { ns: "app" }))}</Note>}
        </div>
      </Confirm>
    </>
  );
}
