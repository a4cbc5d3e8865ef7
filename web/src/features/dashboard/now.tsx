// This moment, as the live channel tells it.

import { Link } from "@tanstack/react-router";
import { Bell, PhoneCall, Radio, UserCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useLiveState } from "@/api/live";
import { count } from "@/format";
import { Skeleton } from "@/ui/panel";
import { usePeople } from "@/views/live/people";
import { useBoard } from "@/views/live/use-board";
import { useWords } from "@/words";

export function Now() {
  const { t } = useWords("dashboard");
  const { board } = useBoard();
  const live = useLiveState();
  const { active, by_status } = board.counts;
  const people = usePeople(board);
  const free = people?.filter(({ state }) => state === "idle").length ?? 0;
  return (
    <section aria-label={t("now")} className="overflow-hidden rounded-2xl border bg-surface shadow-xs">
      <div className="grid grid-cols-2 gap-px bg-line lg:grid-cols-4">
        <Figure icon={<Radio aria-hidden />} name={t("active")} value={board.known ? count(active) : undefined} strong />
        <Figure icon={<Bell aria-hidden />} name={t("ringing")} value={board.known ? count(by_status.ringing) : undefined} />
        <Figure icon={<PhoneCall aria-hidden />} name={t("talking")} value={board.known ? count(by_status.answered) : undefined} />
        <Figure icon={<UserCheck aria-hidden />} name={t("free")} value={people && t("of", { count: free, total: count(people.length) })} />
      </div>
      {live === "away" && <p className="border-t bg-warn-soft px-5 py-2 text-[13px] text-warn">{t("live.away_more", { ns: "app" })}</p>}
    </section>
  );
}

function Figure({ icon, name, value, strong }: { icon: ReactNode; name: string; value: string | undefined; strong?: boolean }) {
  return (
    <Link to={"/live-calls" as string} className="group flex items-center gap-3.5 bg-surface px-5 py-4 -outline-offset-2 hover:bg-sunken/60">
      <span className={strong ? "flex size-10 items-center justify-center rounded-xl bg-accent text-accent-ink [&_svg]:size-5" : "flex size-10 items-center justify-center rounded-xl bg-accent-soft text-accent-text [&_svg]:size-5"}>{icon}</span>
      <span className="min-w-0">
        <span className="block truncate text-[13px] text-muted">{name}</span>
        <span className="block text-2xl leading-tight font-semibold tabular-nums">{value ?? <Skeleton className="mt-1 h-6 w-10" />}</span>
      </span>
    </Link>
  );
}
