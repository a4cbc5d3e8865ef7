// What somebody should look at on the drawing, each with the place where it can be put right.

import { Link } from "@tanstack/react-router";
import { AlertTriangle, CheckCircle2, LocateFixed } from "lucide-react";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/panel";
import type { Box } from "@/views/flow/graph";
import { useFlowNames } from "@/views/flow/kinds";
import { useWords } from "@/words";

export interface Found {
  box: Box;
  problem: string;
}

export function attentionOf(boxes: readonly Box[]): Found[] {
  return boxes.flatMap((box) => box.node.problems.map((problem) => ({ box, problem })));
}

interface AttentionProps {
  found: readonly Found[];
  pathOf: (box: Box) => string | undefined;
  onLook: (box: string) => void;
}

export function Attention({ found, pathOf, onLook }: AttentionProps) {
  const { t } = useWords("flow");
  const names = useFlowNames();
  if (found.length === 0) return <Empty icon={<CheckCircle2 aria-hidden />} title={t("all_well")}>{t("all_well_more")}</Empty>;
  return (
    <ul className="space-y-2">
      {found.map(({ box, problem }) => {
        const name = names.name(box.node);
        const path = pathOf(box);
        return (
          <li key={`${box.id} ${problem}`} className="flex items-start gap-2.5 rounded-xl border p-3">
            <AlertTriangle className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
            <div className="min-w-0 grow">
              <p className="truncate">
                {path ? <Link to={path} className="font-medium hover:text-accent-text hover:underline">{name}</Link> : <span className="font-medium">{name}</span>}
                <span className="ml-1.5 text-xs text-muted">{names.kind(box.node.kind)}</span>
              </p>
              <p className="mt-0.5 text-[13px] text-muted">{problem}</p>
            </div>
            <Button look="ghost" size="tiny" aria-label={t("flow.look", { ns: "app", name })} onClick={() => onLook(box.id)}><LocateFixed aria-hidden /></Button>
          </li>
        );
      })}
    </ul>
  );
}
