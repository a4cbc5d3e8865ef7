// The screen of one record: its fields, a bar to save, its history, and its end.

import { Link, useNavigate } from "@tanstack/react-router";
import { History as HistoryIcon, MoreHorizontal, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type FieldValues, FormProvider } from "react-hook-form";
import { Refused } from "@/api/resources";
import { useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { useWords } from "@/words";
import { PageHead } from "../page-head";
import { Conflict } from "./conflict";
import { DeleteDialog } from "./delete";
import { History } from "./history";
import { LeaveGuard } from "./leave";
import type { RecordFormState } from "./use-record-form";
import type { FieldWords } from "./value";

interface RecordFormProps<View extends { id: number }, Values extends FieldValues> extends Partial<FieldWords> {
  state: RecordFormState<View, Values>;
  /** The list it belongs to; what there is only one of belongs to none. */
  back?: { to: string; label: string };
  newTitle: string;
  /** The kind, as references name it, to ask what still refers to the record. */
  kind: string;
  badge?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Items of the menu beside the title. */
  menu?: ReactNode;
  /** The new record that brings a deleted one back; without it deleting is for good. */
  restore?: (view: View) => unknown;
  readOnly?: boolean;
  canDelete?: boolean;
  /** Beside the form where there is room. */
  aside?: ReactNode;
  children: ReactNode;
}

export function RecordForm<View extends { id: number }, Values extends FieldValues>(props: RecordFormProps<View, Values>) {
  const { state, back, newTitle, kind, fieldName = (name) => name, fieldWord, readOnly, canDelete = !readOnly } = props;
  const { t } = useWords();
  const go = useNavigate();
  const [shown, setShown] = useState<"history" | "delete">();
  // The audit log is for those who configure.
  const sees = useRole().is("owner", "pbx_admin");
  const { isDirty } = state.form.formState;
  if (state.failure) return <Missing failure={state.failure} back={back} />;
  const title = state.view ? state.resource.title(state.view) : state.id === undefined ? newTitle : "…";
  const view = state.view;
  return (
    <FormProvider {...state.form}>
      <PageHead
        title={title}
        description={props.description}
        back={back}
        badge={props.badge}
        actions={
          <>
            {props.actions}
            {view && (sees || canDelete || props.menu) && (
              <Menu trigger={<Button size="icon" aria-label={t("form.more", { name: title })}><MoreHorizontal aria-hidden /></Button>}>
                {props.menu}
                {sees && <MenuItem onSelect={() => setShown("history")}><HistoryIcon aria-hidden />{t("history.title")}</MenuItem>}
                {canDelete && <><MenuLine /><MenuItem danger onSelect={() => setShown("delete")}><Trash2 aria-hidden />{t("delete.action")}</MenuItem></>}
              </Menu>
            )}
          </>
        }
      />
      <div className={props.aside ? "grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]" : undefined}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void state.save();
          }}
          aria-label={title}
        >
          {state.outdated && <Note tone="warn" className="mb-4" title={t("conflict.outdated")} actions={<Button size="small" onClick={state.outdated}>{t("conflict.look")}</Button>} />}
          {state.problem && <Note tone="bad" className="mb-4">{state.problem}</Note>}
          {state.loading ? <Loading /> : <fieldset disabled={readOnly} className="min-w-0 space-y-5">{props.children}</fieldset>}
          {!readOnly && !state.loading && (
            <div className="sticky bottom-0 z-10 -mx-1 mt-5 flex items-center gap-2 border-t bg-page/90 px-1 py-3 backdrop-blur-md">
              <Button type="submit" look="primary" busy={state.saving} disabled={state.id !== undefined && !isDirty}>{t(state.id === undefined ? "form.create" : "form.save")}</Button>
              {isDirty && state.id !== undefined && <Button look="ghost" onClick={() => state.form.reset()}>{t("form.discard")}</Button>}
              {state.id === undefined && back && <Button asChild look="ghost"><Link to={back.to}>{t("cancel")}</Link></Button>}
              <p className="ml-auto text-[13px] text-muted" role="status">{state.id !== undefined && t(isDirty ? "form.unsaved" : "form.all_saved")}</p>
            </div>
          )}
        </form>
        {props.aside && <aside aria-label={title} className="space-y-5 xl:sticky xl:top-20">{props.aside}</aside>}
      </div>
      {state.conflict && <Conflict {...state.conflict} fieldName={fieldName} fieldWord={fieldWord} />}
      {view && <History open={shown === "history"} onOpenChange={(open) => setShown(open ? "history" : undefined)} model={state.resource.model} id={view.id} title={title} fieldName={fieldName} fieldWord={fieldWord} />}
      {view && (
        <DeleteDialog
          open={shown === "delete"}
          onOpenChange={(open) => setShown(open ? "delete" : undefined)}
          resource={state.resource}
          view={view}
          kind={kind}
          restore={props.restore}
          onDeleted={() => go({ to: back?.to ?? "/dashboard", ignoreBlocker: true })}
        />
      )}
      <LeaveGuard isDirty={isDirty} />
    </FormProvider>
  );
}

function Loading() {
  return (
    <div className="space-y-5">
      {[3, 2].map((rows) => (
        <div key={rows} className="space-y-4 rounded-2xl border bg-surface p-5">
          {Array.from({ length: rows }, (_, row) => <div key={row} className="space-y-2"><Skeleton className="h-4 w-28" /><Skeleton className="h-9 w-full" /></div>)}
        </div>
      ))}
    </div>
  );
}

function Missing({ failure, back }: { failure: unknown; back?: { to: string; label: string } }) {
  const { t } = useWords();
  const absent = failure instanceof Refused && failure.status === 404;
  return (
    <Empty icon={<Trash2 aria-hidden />} title={t(absent ? "form.absent" : "failed.broken")} actions={back && <Button asChild><Link to={back.to}>{back.label}</Link></Button>}>
      {absent ? t("form.absent_more") : failure instanceof Refused ? failure.problem.message : t("failed.network")}
    </Empty>
  );
}
