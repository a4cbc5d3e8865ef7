// The question before what is not saved is left behind.

import { useBlocker } from "@tanstack/react-router";
import { Confirm } from "@/ui/dialog";
import { useWords } from "@/words";

export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const { t } = useWords();
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname, enableBeforeUnload: () => isDirty, withResolver: true });
  return (
    <Confirm open={blocker.status === "blocked"} onOpenChange={(open) => !open && blocker.reset?.()} title={t("form.leave_title")} cancel={t("form.stay")} confirm={t("form.leave")} danger onConfirm={() => blocker.proceed?.()}>
      {t("form.leave_more")}
    </Confirm>
  );
}
