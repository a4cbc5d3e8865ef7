// Whether the page hears what happens while it happens.

import { useLiveState } from "@/api/live";
import { classes } from "@/ui/classes";
import { Tooltip } from "@/ui/tooltip";
import { useWords } from "@/words";

const LOOKS = { live: "bg-good", connecting: "bg-warn animate-pulse", away: "bg-bad" };

export function LiveMark() {
  const { t } = useWords();
  const state = useLiveState();
  return (
    <Tooltip text={t(`live.${state}_more`)}>
      <button type="button" className="flex h-9 items-center gap-2 rounded-lg px-2 text-xs font-medium text-muted hover:bg-sunken" data-live={state}>
        <span className={classes("size-2 rounded-full", LOOKS[state])} aria-hidden />
        <span role="status" className="max-sm:sr-only">{t(`live.${state}`)}</span>
      </button>
    </Tooltip>
  );
}
