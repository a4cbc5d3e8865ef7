// A box on a drawing: what it is, what wants attention, whom it rings, and a row for each way on.

import { Handle, type NodeProps, Position, useConnection } from "@xyflow/react";
import { Link } from "@tanstack/react-router";
import { AlertTriangle, Clock3, CornerDownRight, Phone, PhoneCall, Plus, X } from "lucide-react";
import { type ReactNode, useContext } from "react";
import { phone } from "@/format";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { EditingContext } from "./editing";
import type { Box, Exit } from "./graph";
import { lookOf, useFlowNames } from "./kinds";
import { lineKey, MarksContext } from "./marks";
import { detailsOf, EXIT, HEAD, ROW, rowsOf } from "./size";

const DOT = "!rounded-full !size-2 !min-h-0 !min-w-0 !border-0 !bg-line-strong";

export interface CardData extends Record<string, unknown> {
  box: Box;
  /** Where its form stands, for those who may enter there. */
  path: string | undefined;
  /** What else can be done with it. */
  aside: ReactNode;
  width: number;
  height: number;
}

export function Card({ data }: NodeProps & { data: CardData }) {
  const { box, path, aside, width, height } = data;
  const marks = useContext(MarksContext);
  const editing = useContext(EditingContext);
  const names = useFlowNames();
  const { t } = useWords();
  const { node } = box;
  const { Icon, tint } = lookOf(node.kind);
  const passed = marks?.boxes.has(box.id);
  const now = marks?.now === box.id;
  const faded = marks !== undefined && !passed;
  const wrong = node.missing || node.problems.length > 0;
  const off = !node.active && !node.missing;
  const edited = editing?.box === box.id;
  const frame = classes(
    "relative rounded-xl border bg-surface text-[13px] leading-none shadow-xs transition-[background-color,color,box-shadow,border-color] duration-300",
    wrong && !faded && "border-warn",
    node.missing && "border-dashed border-bad",
    !node.reachable && !wrong && "border-dashed",
    // Not by opacity: what is beside the way can still be read.
    faded && "border-line/70 bg-transparent text-muted shadow-none",
    passed && "border-accent",
    now && "ring-3 ring-accent/35",
    edited && "border-accent ring-3 ring-accent/25",
  );
  if (node.kind === "hangup") {
    return (
      <div style={{ width, height }} className={classes(frame, "flex items-center gap-2 rounded-full px-3.5 text-muted", passed && "text-ink")} data-box={box.id}>
        <Target box={box} />
        <Icon className="size-3.5" aria-hidden />
        {names.name(node)}
      </div>
    );
  }
  const name = names.name(node);
  const head = (
    <>
      <span className={classes("flex size-8 shrink-0 items-center justify-center rounded-lg [&_svg]:size-4", faded ? "bg-sunken text-muted" : tint)}><Icon aria-hidden /></span>
      <span className="min-w-0 grow">
        <span className="block truncate text-[11px] text-muted">{node.number ? phone(node.number) : names.kind(node.kind)}{off && ` · ${t("inactive")}`}</span>
        <span className="mt-1 block truncate leading-tight font-semibold group-hover/head:text-accent-text">{name}</span>
      </span>
    </>
  );
  const always = box.exits.find((exit) => exit.when === "always");
  return (
    <div style={{ width, height }} className={frame} data-box={box.id}>
      <Target box={box} />
      {always && <Handle type="source" id={always.id} position={Position.Right} isConnectable={false} style={{ top: HEAD / 2 }} className={classes(DOT, marks?.lines.has(lineKey(box.id, always.id)) && "!bg-accent")} />}
      <div className="flex items-center" style={{ height: HEAD }}>
        {path && !edited ? <Link to={path} title={name} className="nodrag nopan group/head flex h-full min-w-0 grow items-center gap-2.5 rounded-xl px-3">{head}</Link> : <div className="flex min-w-0 grow items-center gap-2.5 px-3" title={name}>{head}</div>}
        {!edited && aside}
      </div>
      <Below box={box} ringing={now ? marks?.ringing : undefined} />
      <Exits box={box} edited={edited} />
    </div>
  );
}

function Below({ box, ringing }: { box: Box; ringing: ReadonlySet<number> | undefined }) {
  const { t } = useWords();
  const { rings, more, time, problem } = detailsOf(box);
  if (rings.length === 0 && !time && !problem) return null;
  const row = "flex items-center gap-2 truncate px-3 text-xs";
  return (
    <div className="pb-2">
      {problem && <p title={box.node.problems.join("\n")} className={classes(row, "text-warn")} style={{ height: ROW }}><AlertTriangle className="size-3.5 shrink-0" aria-hidden /><span className="truncate">{problem}</span></p>}
      {time && <p title={time} className={classes(row, "text-muted")} style={{ height: ROW }}><Clock3 className="size-3.5 shrink-0" aria-hidden /><span className="truncate">{time}</span></p>}
      {rings.map((ring) => {
        const rung = ringing?.has(ring.extension_id);
        const Icon = rung ? PhoneCall : Phone;
        return (
          <p key={ring.extension_id} className={classes(row, rung ? "font-medium text-accent-text" : "text-muted", !ring.active && "line-through")} style={{ height: ROW }}>
            <Icon className={classes("size-3.5 shrink-0", rung && "animate-pulse")} aria-hidden />
            <span className="tabular-nums">{ring.extension_number}</span>
            <span className="truncate">{ring.name}</span>
          </p>
        );
      })}
      {more > 0 && <p className={classes(row, "pl-8.5 text-muted")} style={{ height: ROW }}>{t("flow.more", { count: more })}</p>}
    </div>
  );
}

function Exits({ box, edited }: { box: Box; edited: boolean }) {
  const { t } = useWords();
  const editing = useContext(EditingContext);
  const rows = rowsOf(box);
  const add = edited ? editing?.add : undefined;
  if (rows.length === 0 && !add) return null;
  return (
    <div className="border-t py-[3.5px]">
      {rows.map((exit) => <ExitRow key={exit.id} box={box} exit={exit} edited={edited} />)}
      {add && (
        <button type="button" onClick={add} style={{ height: EXIT }} className="nodrag nopan flex w-full items-center gap-1.5 rounded-b-xl px-3 text-xs font-medium text-accent-text hover:bg-accent-soft">
          <Plus className="size-3.5" aria-hidden />{t("flow.add_key")}
        </button>
      )}
    </div>
  );
}

function ExitRow({ box, exit, edited }: { box: Box; exit: Exit; edited: boolean }) {
  const { t } = useWords();
  const marks = useContext(MarksContext);
  const editing = useContext(EditingContext);
  const names = useFlowNames();
  const taken = marks?.lines.has(lineKey(box.id, exit.id));
  const label = names.exit(exit);
  const picking = edited && editing?.picking === exit.id;
  return (
    <div className={classes("relative flex items-center justify-end gap-1.5 pr-3 pl-2 text-xs", taken ? "font-semibold text-accent-text" : "text-muted", picking && "bg-accent-soft text-accent-text")} style={{ height: EXIT }}>
      {edited && editing ? (
        <>
          {editing.canRemove(exit) && <button type="button" aria-label={t("flow.remove_exit", { name: label })} onClick={() => editing.remove(exit.id)} className="nodrag nopan mr-auto flex h-full w-7 items-center justify-center rounded hover:bg-bad-soft hover:text-bad"><X className="size-3.5" aria-hidden /></button>}
          <button type="button" aria-pressed={picking} aria-label={t("flow.lead_exit", { name: label })} onClick={() => editing.pick(picking ? undefined : exit.id)} className="nodrag nopan flex h-full items-center gap-1.5 rounded px-1.5 hover:bg-sunken hover:text-ink">
            <ExitLabel exit={exit} label={label} />
            <CornerDownRight className="size-3.5" aria-hidden />
          </button>
        </>
      ) : (
        <ExitLabel exit={exit} label={label} />
      )}
      <Handle type="source" id={exit.id} position={Position.Right} isConnectable={edited} className={classes(DOT, taken && "!bg-accent", edited && "!size-3.5 !border-2 !border-solid !border-surface !bg-accent hover:!bg-accent-hover")} />
    </div>
  );
}

function ExitLabel({ exit, label }: { exit: Exit; label: string }) {
  const { t } = useWords();
  if (exit.keys === null) return <span className="truncate">{label}</span>;
  return (
    <>
      <span className="sr-only">{label}</span>
      <span aria-hidden>{t("flow.press")}</span>
      <kbd aria-hidden className="inline-flex h-5 min-w-5 items-center justify-center rounded-md border bg-sunken px-1.5 font-sans text-[11px] font-semibold text-ink tabular-nums">{exit.keys}</kbd>
    </>
  );
}

/** Where lines come in: a dot, and while a line is being led somewhere the whole box. */
function Target({ box }: { box: Box }) {
  const { t } = useWords();
  const names = useFlowNames();
  const editing = useContext(EditingContext);
  const dragged = useConnection((connection) => (connection.inProgress ? connection.fromHandle.id : undefined)) ?? undefined;
  const exit = dragged ?? editing?.picking;
  const takes = editing !== undefined && exit !== undefined && editing.takes(box.node, exit);
  const picking = takes && editing.picking !== undefined;
  return (
    <>
      <Handle
        type="target"
        position={Position.Left}
        isConnectable={takes}
        isConnectableStart={false}
        style={box.node.kind === "hangup" ? undefined : { top: HEAD / 2 }}
        className={classes(DOT, dragged !== undefined && takes && "!top-0 !left-0 !size-full !transform-none !rounded-[inherit] !bg-accent/10 outline-2 outline-dashed outline-accent", box.node.kind === "phone_number" && "!opacity-0")}
      />
      {picking && (
        <button type="button" onClick={() => editing.lead(editing.picking as string, box.id)} className="nodrag nopan absolute inset-0 z-10 flex items-end justify-end rounded-[inherit] bg-accent/10 p-1.5 outline-2 outline-dashed outline-accent hover:bg-accent/20">
          <span className="sr-only">{t("flow.lead_here", { name: names.name(box.node) })}</span>
        </button>
      )}
    </>
  );
}
