// The same drawing in words: what is met first, and below it where each way leads. For those who hear it, and for small screens.

import { Link } from "@tanstack/react-router";
import { AlertTriangle, LocateFixed } from "lucide-react";
import { useMemo } from "react";
import { phone } from "@/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { type Box, type Branch, outlineOf } from "./graph";
import { lookOf, useFlowNames } from "./kinds";
import type { Marks } from "./marks";

interface FlowOutlineProps {
  boxes: readonly Box[];
  label: string;
  pathOf?: (box: Box) => string | undefined;
  marks?: Marks;
  /** Shows a box on the drawing beside. */
  onLook?: (box: string) => void;
}

export function FlowOutline({ boxes, label, ...shared }: FlowOutlineProps) {
  const branches = useMemo(() => outlineOf(boxes), [boxes]);
  return (
    <ul aria-label={label} className="space-y-3">
      {branches.map((branch) => <Limb key={branch.box.id} branch={branch} {...shared} />)}
    </ul>
  );
}

function Limb({ branch, ...shared }: { branch: Branch } & Omit<FlowOutlineProps, "boxes" | "label">) {
  const { t } = useWords();
  const names = useFlowNames();
  const { box, exit, again, branches } = branch;
  const { pathOf, marks, onLook } = shared;
  const { node } = box;
  const { Icon, tint } = lookOf(node.kind);
  const path = pathOf?.(box);
  const name = names.name(node);
  const passed = marks?.boxes.has(box.id);
  return (
    <li className={classes(exit && "relative pl-4 before:absolute before:top-0 before:left-0 before:h-full before:border-l before:border-line-strong/60 last:before:h-4 after:absolute after:top-4 after:left-0 after:w-3 after:border-t after:border-line-strong/60")}>
      <div className={classes("group flex min-h-8 items-start gap-2 rounded-lg py-1", marks && !passed && "text-muted")}>
        <span className={classes("flex size-6 shrink-0 items-center justify-center rounded-md [&_svg]:size-3.5", tint, passed && "ring-2 ring-accent/50")}><Icon aria-hidden /></span>
        <div className="min-w-0 grow pt-0.5 text-[13px] leading-snug">
          {exit && exit.when !== "always" && <span className="text-muted">{names.exit(exit)}: </span>}
          {path ? <Link to={path} className="font-medium hover:text-accent-text hover:underline">{name}</Link> : <span className={classes(node.kind !== "hangup" && "font-medium")}>{name}</span>}
          {node.kind !== "hangup" && <span className="ml-1.5 text-xs text-muted">{node.number && node.number !== node.label ? phone(node.number) : names.kind(node.kind)}</span>}
          {again && node.kind !== "hangup" && <span className="ml-1.5 text-xs text-muted">({t("flow.above")})</span>}
          {!again && !node.active && !node.missing && <Badge className="ml-1.5">{t("inactive")}</Badge>}
          {!again && node.time && <span className="block text-xs text-muted">{node.time}</span>}
          {!again && node.rings.length > 0 && node.kind !== "extension" && <span className="block text-xs text-muted">{node.rings.map((ring) => `${ring.extension_number} ${ring.name}`).join(" · ")}</span>}
          {!again && node.problems.map((problem) => <span key={problem} className="flex items-start gap-1 text-xs text-warn"><AlertTriangle className="mt-0.5 size-3 shrink-0" aria-hidden />{problem}</span>)}
        </div>
        {onLook && node.kind !== "hangup" && <Button look="ghost" size="tiny" aria-label={t("flow.look", { name })} onClick={() => onLook(box.id)} className="-my-0.5"><LocateFixed aria-hidden /></Button>}
      </div>
      {branches.length > 0 && <ul className="ml-2.5">{branches.map((below) => <Limb key={`${below.exit?.id} ${below.box.id}`} branch={below} {...shared} />)}</ul>}
    </li>
  );
}
