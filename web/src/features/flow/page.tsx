// The flow view: every way that calls to a number, or to any, can take; what is wrong with them; and menus drawn anew.

import { useQueries } from "@tanstack/react-query";
import { Link, useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { FlaskConical, PencilRuler, Waypoints } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { phoneNumbers } from "@/api/catalogue";
import { recordOptions, Refused, type Resource, sentenceOf, useList } from "@/api/resources";
import { useRole } from "@/api/session";
import { useComboboxWords } from "@/fields/choice";
import { type Destination, RESOURCES } from "@/fields/destination";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Combobox } from "@/ui/combobox";
import { Confirm } from "@/ui/dialog";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { Conflict } from "@/views/form/conflict";
import { FlowDrawing } from "@/views/flow/drawing";
import type { Editing } from "@/views/flow/editing";
import { type Box, boxesOf } from "@/views/flow/graph";
import { useFlowNames } from "@/views/flow/kinds";
import { FlowOutline } from "@/views/flow/outline";
import { useBoxPath } from "@/views/flow/paths";
import { useFlow, useLivePlan } from "@/views/flow/use-flow";
import { KEYS_MAX } from "@/views/menus/keys";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Attention, attentionOf } from "./attention";
import { added, destinationAt, drafted, type Draft, led, without } from "./draft";
import { MenuPanel } from "./menu-panel";
import { useMenuDraft } from "./use-menu-draft";

type Side = "outline" | "attention" | "drawing";

export function FlowPage() {
  const { t } = useWords("flow");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const { number, menu, change } = usePlace();
  const [side, setSide] = useState<Side>();
  const [look, setLook] = useState<{ box: string; at: number }>();
  const [picking, setPicking] = useState<string>();
  useLivePlan();
  const flow = useFlow(number);
  const whole = useFlow(undefined, menu !== undefined);
  const state = useMenuDraft(edits ? menu : undefined);
  const names = useFlowNames();
  const nameOf = useDestinationNames(state.draft);
  const drawnMenu = state.draft && flow.data?.nodes.find((node) => node.kind === "ivr_menu" && node.record_id === menu);
  const boxes = useMemo(() => {
    if (!flow.data) return [];
    return boxesOf(drawnMenu && state.draft ? drafted(flow.data, whole.data, drawnMenu.id, state.draft, nameOf) : flow.data);
  }, [flow.data, whole.data, drawnMenu, state.draft, nameOf]);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => state.changed && (current.pathname !== next.pathname || (current.search as { menu?: string }).menu !== (next.search as { menu?: string }).menu),
    enableBeforeUnload: () => state.changed,
    withResolver: true,
  });
  const pathOf = useBoxPath();
  const draw = useCallback((box: Box) => change({ menu: String(box.node.record_id) }), [change]);
  const asideOf = useCallback(
    (box: Box) => edits && box.node.kind === "ivr_menu" && !box.node.missing && (
      <Button look="ghost" size="icon" aria-label={t("draw", { name: names.name(box.node) })} onClick={() => draw(box)} className="nodrag nopan mr-1.5 size-10"><PencilRuler aria-hidden /></Button>
    ),
    [edits, draw, t],
  );
  const editing = drawnMenu && state.draft ? editingOf(drawnMenu.id, state.draft, state.change, boxes, picking, setPicking) : undefined;
  const attention = attentionOf(boxes);
  useEffect(() => {
    if (drawnMenu) setLook((before) => ({ box: drawnMenu.id, at: (before?.at ?? 0) + 1 }));
  }, [drawnMenu?.id]);
  const shown = side ?? "outline";
  const show = (box: string) => {
    setLook((before) => ({ box, at: (before?.at ?? 0) + 1 }));
    setSide((before) => (matchMedia("(min-width: 64rem)").matches ? before : "drawing"));
  };
  return (
    <>
      <PageHead
        title={t("title")}
        description={t("about")}
        actions={
          <>
            <NumberPicker value={number} onValue={(value) => change({ number: value ?? undefined, menu: undefined })} />
            <Button asChild><Link to="/test-a-call" search={{ to: number } as never}><FlaskConical aria-hidden />{t("test")}</Link></Button>
          </>
        }
      />
      {flow.isError && (
        <Note tone="bad" className="mb-4" title={t("failed")} actions={<Button size="small" onClick={() => void flow.refetch()}>{t("again", { ns: "app" })}</Button>}>
          {flow.error instanceof Refused && flow.error.status === 404 ? t("no_such_number", { number }) : sentenceOf(flow.error, t("failed.network", { ns: "app" }))}
        </Note>
      )}
      {flow.data?.truncated && <Note tone="warn" className="mb-4">{t("truncated")}</Note>}
      {menu !== undefined && flow.data && !flow.isPlaceholderData && edits && state.draft && !drawnMenu && <Note tone="warn" className="mb-4">{t("menu_elsewhere", { name: state.menu?.name })}</Note>}
      {menu !== undefined && Boolean(state.failure) && <Note tone="bad" className="mb-4">{sentenceOf(state.failure, t("failed.network", { ns: "app" }))}</Note>}
      {flow.data?.nodes.length === 0 ? (
        <div className="rounded-2xl border bg-surface shadow-xs">
          <Empty icon={<Waypoints aria-hidden />} title={t("empty")} actions={edits && <Button asChild look="primary"><Link to="/numbers/new">{t("new_number")}</Link></Button>}>{t("empty_more")}</Empty>
        </div>
      ) : (
        <div className={classes("overflow-hidden rounded-2xl border bg-surface shadow-xs lg:grid lg:h-[max(32rem,calc(100dvh-12rem))]", editing ? "lg:grid-cols-[minmax(0,1fr)_27rem]" : "lg:grid-cols-[minmax(0,1fr)_20rem]")}>
          <div className="flex border-b p-2 lg:hidden">
            <Segments label={t("what_is_shown")} value={shown} onValue={(value) => setSide(value as Side)} options={[{ value: "outline", label: editing ? t("keys") : t("outline") }, ...(editing ? [] : [{ value: "attention", label: t("attention_count", { count: attention.length }) }]), { value: "drawing", label: t("drawing") }]} />
          </div>
          <div className={classes("relative min-h-0 bg-page max-lg:h-[70dvh]", shown !== "drawing" && "max-lg:hidden")} onKeyDown={(event) => event.key === "Escape" && setPicking(undefined)}>
            {flow.isPending ? <Waiting /> : <FlowDrawing boxes={boxes} label={t("drawing_label")} pathOf={pathOf} asideOf={asideOf} editing={editing} look={look} alone className="h-full" />}
            {editing?.picking && (
              <div role="status" className="absolute top-3 left-1/2 z-10 flex -translate-x-1/2 items-center gap-3 rounded-full border bg-raised py-1.5 pr-1.5 pl-4 whitespace-nowrap shadow-float">
                {t("picking")}
                <Button size="small" onClick={() => setPicking(undefined)}>{t("cancel", { ns: "app" })}</Button>
              </div>
            )}
          </div>
          <div className={classes("flex min-h-0 flex-col lg:border-l", shown === "drawing" && "max-lg:hidden")}>
            {editing ? (
              <MenuPanel state={state} onClose={() => change({ menu: undefined })} />
            ) : (
              <>
                <div className="border-b p-2 max-lg:hidden">
                  <Segments label={t("what_is_shown")} value={shown === "drawing" ? "outline" : shown} onValue={(value) => setSide(value as Side)} options={[{ value: "outline", label: t("outline") }, { value: "attention", label: t("attention_count", { count: attention.length }) }]} />
                </div>
                <div className="min-h-0 grow overflow-y-auto p-4">
                  {flow.isPending ? <div className="space-y-3">{[1, 2, 3, 4, 5].map((row) => <Skeleton key={row} className="h-7" />)}</div> : shown === "attention" ? <Attention found={attention} pathOf={pathOf} onLook={show} /> : <FlowOutline boxes={boxes} label={t("outline_label")} pathOf={pathOf} onLook={show} />}
                </div>
              </>
            )}
          </div>
        </div>
      )}
      {state.conflict && <Conflict {...state.conflict} differences={state.conflict.differences.map((one) => ({ ...one, mine: spoken(one.mine), theirs: spoken(one.theirs) }))} fieldName={(name) => (name === "failover" ? t("failover") : t("flow.key", { ns: "app", keys: name.slice(4) }))} />}
      <Confirm open={blocker.status === "blocked"} onOpenChange={(open) => !open && blocker.reset?.()} title={t("form.leave_title", { ns: "app" })} cancel={t("form.stay", { ns: "app" })} confirm={t("form.leave", { ns: "app" })} danger onConfirm={() => { state.discard(); blocker.proceed?.(); }}>
        {t("form.leave_more", { ns: "app" })}
      </Confirm>
    </>
  );

  /** What a key does, as the dialog of a conflict shows it. */
  function spoken(value: unknown): string | null {
    const side = value as { to: Destination; description?: string | null } | null;
    return side && [`${names.kind(side.to.type)} ${nameOf(side.to)}`.trim(), side.description].filter(Boolean).join(" · ");
  }
}

/** Which number, and which menu is drawn anew, stand in the URL. */
function usePlace() {
  const query = useSearch({ strict: false }) as Record<string, string | undefined>;
  const go = useNavigate();
  const change = useCallback((changed: Record<string, string | undefined>) => void go({ to: ".", search: ((before: object) => ({ ...before, ...changed })) as never, resetScroll: false }), [go]);
  // A plus that nobody wrote in code comes as a space.
  const digits = query["number"]?.trim().replace(/^\+/, "");
  const menu = Number(query["menu"]);
  return { number: digits ? `+${digits}` : undefined, menu: Number.isInteger(menu) && menu > 0 ? menu : undefined, change };
}

function NumberPicker({ value, onValue }: { value: string | undefined; onValue: (value: string | null) => void }) {
  const { t } = useWords("flow");
  const words = useComboboxWords();
  const [search, setSearch] = useState("");
  const list = useList(phoneNumbers, { search: search || undefined, per_page: 50, sort_by: "phone_number" });
  const choices = (list.data?.data ?? []).map((one) => ({ value: one.phone_number, label: phone(one.phone_number), detail: one.friendly_name ?? undefined }));
  return (
    <div className="w-72 max-sm:w-full">
      <Combobox value={value ?? null} valueLabel={value && phone(value)} onValue={onValue} choices={choices} onSearch={setSearch} loading={list.isFetching} clearable ariaLabel={t("number")} words={{ ...words, placeholder: t("all_numbers"), clear: t("all_numbers") }} />
    </div>
  );
}

/** What destinations of a draft are called that no drawing shows yet. */
function useDestinationNames(draft: Draft | undefined): (to: Destination) => string {
  const { t } = useWords("flow");
  const all = draft ? [draft.failover, ...draft.keys.map((key) => key.to)] : [];
  const records = all.filter((to) => RESOURCES[to.type] && to.id !== null);
  const wanted = [...new Map(records.map((to) => [`${to.type} ${to.id}`, { id: to.id as number, resource: RESOURCES[to.type] as unknown as Resource<{ id: number }> }]))];
  const known = useQueries({ queries: wanted.map(([, { resource, id }]) => recordOptions(resource, id)) });
  const names = Object.fromEntries(wanted.map(([name, { resource }], at) => {
    const view = known[at]?.data?.view;
    return [name, view && resource.title(view)];
  }));
  const text = JSON.stringify(names);
  return useCallback((to: Destination) => (to.type === "hangup" ? "" : to.type === "forward" ? (to.to ?? "") : ((JSON.parse(text) as Record<string, string>)[`${to.type} ${to.id}`] ?? (to.id === null ? t("unchosen") : `#${to.id}`))), [text, t]);
}

function editingOf(box: string, draft: Draft, change: (next: Draft) => void, boxes: readonly Box[], picking: string | undefined, setPicking: (exit: string | undefined) => void): Editing {
  return {
    box,
    picking,
    pick: setPicking,
    lead: (exit, to) => {
      const node = boxes.find((one) => one.id === to)?.node;
      const target = node && destinationAt(node, exit);
      if (target) change(led(draft, exit, target));
      setPicking(undefined);
    },
    remove: (exit) => change(without(draft, exit)),
    canRemove: (exit) => exit.keys !== null,
    add: draft.keys.length < KEYS_MAX ? () => change(added(draft)) : undefined,
    takes: (node, exit) => destinationAt(node, exit) !== undefined && !boxes.some((one) => one.id === box && one.node === node),
  };
}

function Waiting() {
  return (
    <div className="flex h-full items-center gap-16 p-10">
      {[1, 2, 3].map((column) => <div key={column} className="space-y-6">{Array.from({ length: column }, (_, row) => <Skeleton key={row} className="h-20 w-56 rounded-xl" />)}</div>)}
    </div>
  );
}
