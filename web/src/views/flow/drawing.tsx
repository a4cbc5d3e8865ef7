// The drawing of the ways of calls, which can be moved, enlarged, and gone through by keyboard: its boxes are links in reading order.

import { BaseEdge, type Edge, type EdgeProps, MiniMap, type Node, Panel, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./drawing.css";
import { Maximize, Minus, Plus } from "lucide-react";
import { type ReactNode, useContext, useEffect, useMemo, useRef } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { Card, type CardData } from "./card";
import { type Editing, EditingContext } from "./editing";
import type { Box } from "./graph";
import { layout, type Line, pathOf } from "./layout";
import { lineKey, type Marks, MarksContext } from "./marks";
import { slotOf } from "./size";

const NODES = { card: Card };
const EDGES = { line: LineEdge };
const FIT = { padding: 0.06, maxZoom: 1, minZoom: 0.15 };
/** Smaller, and nobody can read the names. */
const READABLE = 0.66;
const MARGIN = 28;
/** Of more, only those in sight are painted. */
const PAINTED_MAX = 150;
/** With fewer, everything is in sight anyway. */
const MAP_MIN = 9;

interface FlowDrawingProps {
  boxes: readonly Box[];
  label: string;
  pathOf?: (box: Box) => string | undefined;
  /** What stands in the head of a box. */
  asideOf?: (box: Box) => ReactNode;
  marks?: Marks;
  editing?: Editing;
  /** A box to bring into sight; the count makes the same one come again. */
  look?: { box: string; at: number };
  /** Scrolling moves the drawing instead of the page. */
  alone?: boolean;
  className?: string;
  children?: ReactNode;
}

export function FlowDrawing({ marks, editing, ...props }: FlowDrawingProps) {
  return (
    <EditingContext value={editing}>
      <MarksContext value={marks}>
        <ReactFlowProvider>
          <Canvas {...props} />
        </ReactFlowProvider>
      </MarksContext>
    </EditingContext>
  );
}

function Canvas({ boxes, label, pathOf: pathOfBox, asideOf, look, alone, className, children }: Omit<FlowDrawingProps, "marks" | "editing">) {
  const editing = useContext(EditingContext);
  const marks = useContext(MarksContext);
  const { nodes, edges } = useMemo(() => drawn({ boxes, pathOf: pathOfBox, asideOf }, editing?.box, Boolean(editing?.add)), [boxes, pathOfBox, asideOf, editing?.box, Boolean(editing?.add)]);
  const frame = useRef<HTMLDivElement>(null);
  const view = useReactFlow();
  useSight(nodes, look, marks, frame);
  return (
    <div ref={frame} role="group" aria-label={label} className={classes("relative overflow-hidden", className)}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        edgeTypes={EDGES}
        minZoom={0.15}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        nodesConnectable={editing !== undefined}
        connectOnClick={false}
        connectionRadius={30}
        deleteKeyCode={null}
        selectionKeyCode={null}
        disableKeyboardA11y
        panOnScroll={alone}
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={alone ?? false}
        onlyRenderVisibleElements={nodes.length > PAINTED_MAX}
        connectionLineStyle={{ stroke: "var(--accent)", strokeWidth: 2 }}
        onConnect={({ sourceHandle, target }) => sourceHandle && editing?.lead(sourceHandle, target)}
        isValidConnection={({ source }) => source === editing?.box}
        onFocus={({ target }) => {
          // Whoever goes on by keyboard sees where they are.
          const id = target.matches(":focus-visible") ? target.closest(".react-flow__node")?.getAttribute("data-id") : undefined;
          if (id) void view.fitView({ nodes: [{ id }], duration: 200, maxZoom: Math.max(0.7, view.getZoom()), minZoom: 0.5, padding: 1 });
        }}
        attributionPosition="top-right"
      >
        {alone && nodes.length >= MAP_MIN && <MiniMap pannable zoomable ariaLabel={null} nodeStrokeWidth={0} nodeBorderRadius={24} nodeColor="var(--line-strong)" maskColor="color-mix(in oklab, var(--page) 72%, transparent)" bgColor="var(--surface)" className="!m-3 overflow-hidden rounded-lg border max-md:!hidden" style={{ width: 150, height: 100 }} />}
        <Controls />
        {children}
      </ReactFlow>
    </div>
  );
}

/** Boxes and lines as the canvas takes them, in reading order. */
function drawn({ boxes, pathOf: pathOfBox, asideOf }: Pick<FlowDrawingProps, "boxes" | "pathOf" | "asideOf">, edited: string | undefined, adds: boolean): { nodes: Node[]; edges: Edge[] } {
  const slots = boxes.map((box) => slotOf(box, adds && box.id === edited ? 1 : 0));
  const { at, lines } = layout(slots);
  const nodes = boxes.map((box, index): Node<CardData> => {
    const { width, height } = slots[index] as (typeof slots)[number];
    return { id: box.id, type: "card", position: at.get(box.id) ?? { x: 0, y: 0 }, width, height, style: { pointerEvents: "all" }, data: { box, path: pathOfBox?.(box), aside: asideOf?.(box), width, height } };
  });
  const edges = lines.map((line): Edge => ({ id: lineKey(line.from, line.port), type: "line", source: line.from, sourceHandle: line.port, target: line.to, data: { line } }));
  return { nodes, edges };
}

/** Everything at first; then what was asked for, or where the call is. */
function useSight(nodes: readonly Node[], look: FlowDrawingProps["look"], marks: Marks | undefined, frame: React.RefObject<HTMLDivElement | null>) {
  const view = useReactFlow();
  const shape = nodes.map((node) => node.id).join();
  const shown = useRef("");
  useEffect(() => {
    if (shown.current === shape) return;
    const before = shown.current;
    shown.current = shape;
    // A box more or less moves nothing under somebody's eyes.
    const kept = before.split(",").filter((id) => nodes.some((node) => node.id === id)).length;
    if (before && kept > nodes.length / 2) return;
    open();
  }, [shape]);
  const open = () => {
    const box = frame.current?.getBoundingClientRect();
    if (!box || box.width === 0) return;
    const passed = nodes.filter((node) => marks?.boxes.has(node.id));
    // Of a call, its way is what is to be seen; what stands beside it comes along where there is room.
    void view.setViewport(opening(passed.length > 0 ? passed : nodes, box));
  };
  const latest = useRef(open);
  // What somebody asked to see stays in sight while the room for it changes.
  latest.current = () => (look && view.getNode(look.box) ? bring(look.box, true) : open());
  useEffect(() => {
    const box = frame.current;
    if (!box) return;
    const observer = new ResizeObserver(() => latest.current());
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const bring = (id: string | undefined, always: boolean) => {
    const node = id ? view.getNode(id) : undefined;
    const box = frame.current?.getBoundingClientRect();
    if (!node || !box) return;
    const { x, y, zoom } = view.getViewport();
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
    const inside = left >= 0 && top >= 0 && left + (node.width ?? 0) * zoom <= box.width && top + (node.height ?? 0) * zoom <= box.height;
    if (inside && !always) return;
    void view.setCenter(node.position.x + (node.width ?? 0) / 2, node.position.y + (node.height ?? 0) / 2, { zoom: always ? Math.max(0.9, zoom) : zoom, duration: 350 });
  };
  const now = marks?.now;
  useEffect(() => bring(now, false), [now]);
  useEffect(() => bring(look?.box, true), [look]);
}

/** All of it where it can be read so; else its beginning, large enough to be read. */
export function opening(nodes: readonly Pick<Node, "position" | "width" | "height">[], frame: { width: number; height: number }): { x: number; y: number; zoom: number } {
  const [left, top] = [least(nodes.map((node) => node.position.x)), least(nodes.map((node) => node.position.y))];
  const width = Math.max(1, -left - least(nodes.map((node) => -node.position.x - (node.width ?? 0))));
  const height = Math.max(1, -top - least(nodes.map((node) => -node.position.y - (node.height ?? 0))));
  const [wide, high] = [frame.width - 2 * MARGIN, frame.height - 2 * MARGIN];
  const zoom = Math.max(Math.min(wide / width, high / height, 1), READABLE);
  const first = nodes[0];
  const level = first ? first.position.y + (first.height ?? 0) / 2 - top : 0;
  const x = width * zoom <= wide ? (frame.width - width * zoom) / 2 : MARGIN;
  const y = height * zoom <= high ? (frame.height - height * zoom) / 2 : Math.min(MARGIN, frame.height / 2 - level * zoom);
  return { x: x - left * zoom, y: y - top * zoom, zoom };
}

function least(values: readonly number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), values[0] ?? 0);
}

function LineEdge({ id, data }: EdgeProps) {
  const marks = useContext(MarksContext);
  const taken = marks?.lines.has(id);
  const { line } = data as { line: Line };
  return <BaseEdge path={pathOf(line)} style={{ stroke: taken ? "var(--accent)" : "var(--line-strong)", strokeWidth: taken ? 2.5 : 1.5, opacity: marks && !taken ? 0.35 : taken ? 1 : 0.75, transition: "stroke 300ms, opacity 300ms" }} />;
}

function Controls() {
  const { t } = useWords();
  const view = useReactFlow();
  return (
    <Panel position="bottom-left" className="!m-3 flex rounded-lg border bg-surface p-0.5 shadow-xs">
      <Button look="ghost" size="tiny" aria-label={t("flow.zoom_out")} onClick={() => void view.zoomOut({ duration: 150 })}><Minus aria-hidden /></Button>
      <Button look="ghost" size="tiny" aria-label={t("flow.zoom_in")} onClick={() => void view.zoomIn({ duration: 150 })}><Plus aria-hidden /></Button>
      <Button look="ghost" size="tiny" aria-label={t("flow.fit")} onClick={() => void view.fitView({ ...FIT, duration: 250 })}><Maximize aria-hidden /></Button>
    </Panel>
  );
}
