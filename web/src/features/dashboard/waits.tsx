// The calls that waited longest.

import { Link } from "@tanstack/react-router";
import { stopwatch } from "@/format";
import { Panel } from "@/ui/panel";
import { Party, useOwnNames } from "@/views/calls/party";
import { StateBadge } from "@/views/calls/state";
import { When } from "@/views/when";
import { useWords } from "@/words";
import type { Figures } from "./figures";

const ROWS_MAX = 5;

export function Waits({ figures }: { figures: Figures }) {
  const { t } = useWords("dashboard");
  const nameOf = useOwnNames();
  const waits = figures.longest_waits.slice(0, ROWS_MAX);
  return (
    <Panel title={t("longest")} flush className="overflow-hidden md:max-xl:col-span-2">
      {waits.length === 0 && <p className="px-5 pb-5 text-muted">{t("none")}</p>}
      <ul className="divide-y">
        {waits.map((wait) => (
          <li key={wait.call_id} className="relative flex items-center gap-3 px-5 py-2.5 hover:bg-sunken/60">
            <span className="w-14 shrink-0 text-[17px] font-semibold tabular-nums">{stopwatch(wait.wait)}</span>
            <span className="min-w-0 grow">
              <Link to={`/call-history/${wait.call_id}`} className="block truncate font-medium after:absolute after:inset-0 hover:text-accent-text"><Party number={wait.from_number} name={nameOf(wait.from_number)} /></Link>
              <span className="relative z-1 block w-fit text-[13px] text-muted"><When at={wait.initiated_at} relative /></span>
            </span>
            <StateBadge state={wait.status} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
