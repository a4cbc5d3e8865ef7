// The draft of a menu: changed step by step, each of which can be taken back, saved with the version that was seen, and reconciled.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ivrMenus, type IvrMenu } from "@/api/catalogue";
import { Refused, type Seen, sentenceOf, useRecord, useSave } from "@/api/resources";
import { tell } from "@/ui/toast";
import { type Difference, differences, merged, same } from "@/views/form/differences";
import { PLAN } from "@/views/flow/use-flow";
import { numbersOf } from "@/views/menus/keys";
import { useWords } from "@/words";
import { bodyOf, byKey, type Draft, draftOf, menuKeys, ofKeys, problemsOf } from "./draft";

/** Steps that can be taken back. */
const STEPS_MAX = 100;

interface Steps {
  past: Draft[];
  now: Draft;
  ahead: Draft[];
}

export interface MenuDraft {
  menu: IvrMenu | undefined;
  failure: unknown;
  draft: Draft | undefined;
  change: (next: Draft) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  changed: boolean;
  problems: ReturnType<typeof problemsOf>;
  /** What the server found wrong. */
  refusal: string | undefined;
  saving: boolean;
  save: () => Promise<boolean>;
  discard: () => void;
  conflict: { differences: Difference[]; settle: (mine: ReadonlySet<string>) => void; cancel: () => void } | undefined;
  outdated: (() => void) | undefined;
}

export function useMenuDraft(id: number | undefined): MenuDraft {
  const { t } = useWords("flow");
  const queries = useQueryClient();
  const record = useRecord(ivrMenus, id);
  const write = useSave(ivrMenus);
  const [base, setBase] = useState<Seen<IvrMenu>>();
  const [steps, setSteps] = useState<Steps>();
  const [theirs, setTheirs] = useState<Seen<IvrMenu>>();
  const [refusal, setRefusal] = useState<string>();
  const latest = id === undefined ? undefined : record.data;
  const opened = base && base.view.id === id ? base : undefined;
  const draft = opened ? steps?.now : undefined;
  const changed = opened !== undefined && draft !== undefined && !same(draft, draftOf(opened.view));

  const take = (seen: Seen<IvrMenu>) => {
    setBase(seen);
    setSteps({ past: [], now: draftOf(seen.view), ahead: [] });
    setTheirs(undefined);
    setRefusal(undefined);
  };
  useEffect(() => {
    // What is being drawn is never replaced under somebody's hands.
    if (latest && latest.version !== opened?.version && !changed) take(latest);
  }, [latest, opened?.version, changed]);

  const change = (now: Draft) => {
    setRefusal(undefined);
    setSteps((before) => before && { past: [...before.past, before.now].slice(-STEPS_MAX), now, ahead: [] });
  };
  const step = (from: "past" | "ahead") => {
    const next = from === "past" ? steps?.past.at(-1) : steps?.ahead[0];
    if (!steps || !next) return undefined;
    return () => setSteps(from === "past" ? { past: steps.past.slice(0, -1), now: next, ahead: [steps.now, ...steps.ahead] } : { past: [...steps.past, steps.now], now: next, ahead: steps.ahead.slice(1) });
  };

  const put = async (wanted: Draft, version: string | undefined) => {
    const saved = await write.mutateAsync({ id, body: async () => bodyOf(wanted, await numbersOf(queries, menuKeys(wanted))), version });
    take(saved);
    await queries.invalidateQueries({ queryKey: [PLAN] });
    return saved;
  };
  const save = async () => {
    if (!opened || !draft) return false;
    const before = draftOf(opened.view);
    try {
      const saved = await put(draft, opened.version);
      const undo = () => void put(before, saved.version).then(() => tell(t("undone", { name: saved.view.name })), (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }));
      tell(t("saved", { name: saved.view.name }), { action: { label: t("undo", { ns: "app" }), run: undo } });
      return true;
    } catch (error) {
      if (error instanceof Refused && error.status === 412) {
        const fresh = await record.refetch();
        if (fresh.data) setTheirs(fresh.data);
        return false;
      }
      const fields = error instanceof Refused ? Object.values(error.problem.errors ?? {}).flat() : [];
      setRefusal(fields.length > 0 ? fields.join(" ") : sentenceOf(error, t("failed.network", { ns: "app" })));
      return false;
    }
  };

  return {
    menu: opened?.view,
    failure: record.isError && !opened ? record.error : undefined,
    draft,
    change,
    undo: step("past"),
    redo: step("ahead"),
    changed,
    problems: draft ? problemsOf(draft, id) : new Map(),
    refusal,
    saving: write.isPending,
    save,
    discard: () => opened && take(opened),
    conflict: theirs && opened && draft ? reconcile(opened, theirs, draft, (next) => { setBase(theirs); setTheirs(undefined); setSteps({ past: [], now: next, ahead: [] }); }, () => setTheirs(undefined)) : undefined,
    outdated: latest && opened && latest.version !== opened.version && changed && !write.isPending ? () => setTheirs(latest) : undefined,
  };
}

function reconcile(opened: Seen<IvrMenu>, seen: Seen<IvrMenu>, draft: Draft, settled: (next: Draft) => void, cancel: () => void): MenuDraft["conflict"] {
  const sides = [draftOf(opened.view), draftOf(seen.view), draft].map(byKey);
  const names = new Set(sides.flatMap((side) => Object.keys(side)));
  const [before, now, mine] = sides.map((side) => Object.fromEntries([...names].map((name) => [name, side[name] ?? null]))) as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>];
  return {
    differences: differences(before, now, mine),
    settle: (kept) => settled(ofKeys({ ...now, ...merged(before, now, mine, kept) })),
    cancel,
  };
}
