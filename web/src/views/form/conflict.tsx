// Two people changed one record: what each of them wrote, and which of it stays.

import { useState } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Dialog } from "@/ui/dialog";
import { Segments } from "@/ui/tabs";
import { useWords } from "@/words";
import type { Difference } from "./differences";
import { type FieldWords, Value } from "./value";

interface ConflictProps extends FieldWords {
  differences: Difference[];
  settle: (mine: ReadonlySet<string>) => void;
  cancel: () => void;
}

export function Conflict({ differences, settle, cancel, ...words }: ConflictProps) {
  const { t } = useWords();
  const { fieldName } = words;
  const [mine, setMine] = useState<ReadonlySet<string>>(() => new Set(differences.filter((one) => one.contested).map((one) => one.name)));
  const choose = (name: string, keep: boolean) => {
    const next = new Set(mine);
    if (keep) next.add(name);
    else next.delete(name);
    setMine(next);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && cancel()}
      title={t("conflict.title")}
      description={t("conflict.more")}
      closeLabel={t("close")}
      width="large"
      footer={
        <>
          <Button onClick={cancel}>{t("cancel")}</Button>
          <Button look="primary" onClick={() => settle(mine)}>{t("conflict.settle")}</Button>
        </>
      }
    >
      {differences.length === 0 && <p className="text-muted">{t("conflict.none")}</p>}
      <ul className="divide-y">
        {differences.map((one) => (
          <li key={one.name} className="grid gap-2 py-3 sm:grid-cols-[10rem_minmax(0,1fr)_minmax(0,1fr)_auto] sm:items-center">
            <span className="font-medium">{fieldName(one.name)}</span>
            <Side label={t("conflict.mine")} name={one.name} value={one.mine} words={words} dim={!mine.has(one.name)} />
            <Side label={t("conflict.theirs")} name={one.name} value={one.theirs} words={words} dim={mine.has(one.name)} />
            {one.contested ? (
              <Segments
                label={fieldName(one.name)}
                value={mine.has(one.name) ? "mine" : "theirs"}
                onValue={(side) => choose(one.name, side === "mine")}
                options={[{ value: "mine", label: t("conflict.mine") }, { value: "theirs", label: t("conflict.theirs") }]}
              />
            ) : (
              <span className="text-[13px] text-muted">{t("conflict.taken")}</span>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Side({ label, dim, ...side }: { label: string; name: string; value: unknown; words: FieldWords; dim: boolean }) {
  return (
    <div>
      <span className="block text-xs text-muted">{label}</span>
      <span className={classes("block max-h-24 overflow-y-auto break-words", dim && "text-muted line-through")}><Value {...side} /></span>
    </div>
  );
}
