// What is shown once and never again: a key, a secret, a link that opens an account.

import type { ReactNode } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Copyable } from "./copyable";

export interface Once {
  title: string;
  /** What it is called where it is copied. */
  label: string;
  text: string;
  more: ReactNode;
  children?: ReactNode;
}

export function ShownOnce({ once, onClose }: { once: Once | undefined; onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog
      open={once !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={once?.title ?? ""}
      description={once?.more}
      closeLabel={t("close")}
      footer={<Button look="primary" onClick={onClose}>{t("shown_once.done")}</Button>}
    >
      {once && (
        <div className="space-y-4">
          <Copyable text={once.text} label={once.label} />
          {once.children}
          <Note tone="warn">{t("shown_once.warning")}</Note>
        </div>
      )}
    </Dialog>
  );
}
