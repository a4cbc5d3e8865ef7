// The end of a record: what still refers to it is said first, and it can be brought back right after.

import { useState } from "react";
import { Refused, type Resource, sentenceOf, useRemove, useSave } from "@/api/resources";
import { Confirm } from "@/ui/dialog";
import { Note } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import { ReferenceList, useReferences } from "./used-by";

interface DeleteDialogProps<View extends { id: number }> {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  resource: Resource<View>;
  view: View;
  kind: string;
  restore?: (view: View) => unknown;
  onDeleted: () => void;
}

export function DeleteDialog<View extends { id: number }>({ open, onOpenChange, resource, view, kind, restore, onDeleted }: DeleteDialogProps<View>) {
  const { t } = useWords();
  const remove = useRemove(resource);
  const save = useSave(resource);
  const [problem, setProblem] = useState<string>();
  const name = resource.title(view);
  const references = useReferences(resource, kind, view.id, open);
  const used = references.data ?? [];
  const undo = restore && {
    label: t("undo"),
    run: () => {
      save.mutateAsync({ body: restore(view) }).then(
        () => tell(t("delete.restored", { name })),
        (error: unknown) => tell(sentenceOf(error, t("failed.network")), { tone: "bad" }),
      );
    },
  };
  const run = async () => {
    try {
      await remove.mutateAsync(view.id);
      onOpenChange(false);
      tell(t("delete.done", { name }), { action: undo });
      onDeleted();
    } catch (error) {
      setProblem(sentenceOf(error, t("failed.network")));
      if (error instanceof Refused && error.status === 409) void references.refetch();
    }
  };
  return (
    <Confirm open={open} onOpenChange={onOpenChange} title={t("delete.title", { name })} cancel={t("cancel")} confirm={t("delete.action")} danger busy={remove.isPending || references.isLoading} disabled={used.length > 0} onConfirm={() => void run()}>
      {problem && <Note tone="bad" className="mb-3">{problem}</Note>}
      {used.length === 0 && <p>{t(restore ? "delete.more" : "delete.for_good")}</p>}
      {used.length > 0 && (
        <>
          <p className="text-ink">{t("delete.used", { count: used.length })}</p>
          <div className="mt-2"><ReferenceList references={used} /></div>
        </>
      )}
    </Confirm>
  );
}
