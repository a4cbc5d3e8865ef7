// The keys of the menu that is drawn anew, as a list beside the drawing: all that the drawing can, without a mouse.

import { Redo2, Trash2, Undo2 } from "lucide-react";
import { DestinationInput } from "@/fields/destination";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { KEY_KINDS, KEYS_MAX } from "@/views/menus/keys";
import { useWords } from "@/words";
import { added, type DraftKey } from "./draft";
import type { MenuDraft } from "./use-menu-draft";

export function MenuPanel({ state, onClose }: { state: MenuDraft; onClose: () => void }) {
  const { t } = useWords("flow");
  const { draft, menu, change, problems } = state;
  if (!draft || !menu) return null;
  /** A file of configuration may end calls by a key: it says so until it is led somewhere. */
  const endOf = (key: DraftKey) => (key.to.type === "hangup" ? { label: t("destination.hangup", { ns: "app" }), chosen: true, choose: () => {} } : undefined);
  const replace = (at: number, key: DraftKey) => change({ ...draft, keys: draft.keys.map((one, index) => (index === at ? key : one)) });
  return (
    <section aria-label={t("drawing_of", { name: menu.name })} className="flex min-h-0 grow flex-col">
      <header className="flex items-start gap-1 border-b px-4 py-3">
        <div className="min-w-0 grow">
          <h2 className="truncate text-[15px] font-semibold">{menu.name}</h2>
          <p className="text-[13px] text-muted">{t("drawing_more")}</p>
        </div>
        <Button look="ghost" size="tiny" aria-label={t("step_back")} disabled={!state.undo} onClick={state.undo}><Undo2 aria-hidden /></Button>
        <Button look="ghost" size="tiny" aria-label={t("step_on")} disabled={!state.redo} onClick={state.redo}><Redo2 aria-hidden /></Button>
      </header>
      <div className="min-h-0 grow space-y-3 overflow-y-auto px-4 py-3">
        {state.outdated && <Note tone="warn" title={t("conflict.outdated", { ns: "app" })} actions={<Button size="small" onClick={state.outdated}>{t("conflict.look", { ns: "app" })}</Button>} />}
        {state.refusal && <Note tone="bad">{state.refusal}</Note>}
        {state.changed && problems.size > 0 && <Note tone="warn">{t("form.look", { ns: "app" })}</Note>}
        {menu.status === "inactive" && <Note tone="warn">{t("menu_inactive")}</Note>}
        <ul className="space-y-3">
          {draft.keys.map((key, at) => {
            const problem = problems.get(at);
            const name = t("flow.key", { ns: "app", keys: key.keys });
            return (
              // Keys change while they are typed, their places do not.
              <li key={at}><div role="group" aria-label={name} className="rounded-xl border p-2.5">
                <div className="mb-2 flex items-center gap-2">
                  <Input aria-label={t("key")} aria-invalid={isOfKey(problem) || undefined} inputMode="tel" maxLength={10} value={key.keys} onChange={(event) => replace(at, { ...key, keys: event.target.value })} className="w-20 text-center font-semibold tabular-nums" />
                  <Input aria-label={t("meaning")} placeholder={t("meaning")} maxLength={255} value={key.description ?? ""} onChange={(event) => replace(at, { ...key, description: event.target.value || null })} className="grow" />
                  <Button look="ghost" size="tiny" aria-label={t("flow.remove_exit", { ns: "app", name })} onClick={() => change({ ...draft, keys: draft.keys.filter((_, index) => index !== at) })}><Trash2 aria-hidden /></Button>
                </div>
                <DestinationInput label={name} kinds={KEY_KINDS} none={endOf(key)} value={key.to} onValue={(to) => replace(at, { ...key, to })} invalid={problem !== undefined && !isOfKey(problem)} />
                <Problem text={problem} />
              </div></li>
            );
          })}
        </ul>
        {draft.keys.length < KEYS_MAX && <Button size="small" onClick={() => change(added(draft))}>{t("flow.add_key", { ns: "app" })}</Button>}
        <div role="group" aria-label={t("failover")} className="rounded-xl border p-2.5">
          <p className="mb-2 font-medium">{t("failover")}</p>
          <DestinationInput label={t("failover")} value={draft.failover} onValue={(failover) => change({ ...draft, failover })} invalid={problems.has("failover")} />
          <Problem text={problems.get("failover")} />
        </div>
      </div>
      <footer className="flex flex-wrap items-center gap-2 border-t px-4 py-3">
        <Button look="primary" busy={state.saving} disabled={!state.changed || problems.size > 0} onClick={() => void state.save()}>{t("form.save", { ns: "app" })}</Button>
        {state.changed ? <Button look="ghost" onClick={state.discard}>{t("form.discard", { ns: "app" })}</Button> : <Button look="ghost" onClick={onClose}>{t("done")}</Button>}
        <p role="status" className="ml-auto text-[13px] text-muted">{state.changed && t("form.unsaved", { ns: "app" })}</p>
      </footer>
    </section>
  );
}

function isOfKey(problem: string | undefined): boolean {
  return problem === "flow:bad_key" || problem === "flow:double_key";
}
