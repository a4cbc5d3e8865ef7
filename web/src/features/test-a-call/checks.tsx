// The list of call checks, green and red, run again whenever the configuration changes.

import { Link } from "@tanstack/react-router";
import { Check, FlaskConical, ListChecks, MoreHorizontal, Play } from "lucide-react";
import { type CallCheck, callChecks } from "@/api/catalogue";
import { useList } from "@/api/resources";
import { useRole } from "@/api/session";
import { count, instant, phone } from "@/format";
import { instantOf, wallTime } from "@/format/zones";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Menu, MenuItem } from "@/ui/menu";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useCompanyZone, When } from "@/views/when";
import { useWords } from "@/words";
import { askedOf, nextDay, writeAsked } from "./call";
import { wallOf } from "./check-values";
import { OutcomeBadge } from "./course";
import { useCheckDeeds } from "./use-check-deeds";
import { useLiveChecks } from "./use-live-checks";

const OUTCOMES = ["passed", "failed", "unknown"] as const;

export function ChecksPage() {
  const { t } = useWords("test-a-call");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const zone = useCompanyZone();
  const { runAll, run, accept } = useCheckDeeds();
  useLiveChecks();
  const moment = ({ weekly, at }: CallCheck) => {
    if (weekly) return `${t(`weekdays.${weekly.weekday}`)} ${weekly.time}`;
    return at ? instant(instantOf(wallOf(at, zone), zone).toISOString(), zone) : t("moments.run");
  };
  const columns: Column<CallCheck>[] = [
    { name: "name", title: t("fields.name"), sort: "name", cell: (check) => <span className="block min-w-36">{check.name}</span>, text: (check) => check.name },
    { name: "outcome", title: t("fields.outcome"), cell: (check) => <OutcomeBadge outcome={check.outcome} />, text: (check) => check.outcome },
    { name: "call", title: t("checks.call"), cell: (check) => <span className="block whitespace-nowrap tabular-nums"><span className="block text-[13px] text-muted">{phone(check.from) || t("withheld")} →</span>{phone(check.to)}</span>, text: (check) => `${check.from} ${check.to}` },
    { name: "when", title: t("when"), cell: (check) => <span className="whitespace-nowrap">{moment(check)}</span>, text: moment },
    { name: "differences", title: t("checks.differs"), cell: (check) => <span title={check.differences.join("\n")} className="line-clamp-2 max-w-sm min-w-40 text-[13px] text-muted">{check.differences.join(" ") || "–"}</span>, text: (check) => check.differences.join(" ") },
    { name: "ran_at", title: t("checks.last_run"), cell: (check) => <When at={check.ran_at} relative />, text: (check) => check.ran_at },
    { name: "status", title: t("fields.status"), extra: true, sort: "status", cell: (check) => <Badge dot tone={check.status === "active" ? "good" : "neutral"}>{t(check.status, { ns: "app" })}</Badge>, text: (check) => check.status },
    { name: "updated_at", title: t("checks.changed"), extra: true, sort: "updated_at", cell: (check) => <When at={check.updated_at} relative />, text: (check) => check.updated_at },
  ];
  const test = (check: CallCheck) => writeAsked(askedOf(check, (at) => wallOf(at, zone), (weekday) => nextDay(weekday, wallTime(new Date(), check.weekly?.time_zone ?? zone).slice(0, 10))));
  return (
    <RecordList
      resource={callChecks}
      title={t("checks.title")}
      description={t("checks.about")}
      columns={columns}
      searchLabel={t("checks.search")}
      usual={{ sort: "name" }}
      filters={[
        { name: "outcome", label: t("fields.outcome"), kind: "choice", options: OUTCOMES.map((value) => ({ value, label: t(`outcomes.${value}`) })) },
        { name: "status", label: t("fields.status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) },
      ]}
      pathOf={(check) => `/test-a-call/checks/${check.id}`}
      create={edits ? { to: "/test-a-call/checks/new", label: t("checks.new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      actions={
        <>
          <Button asChild><Link to="/test-a-call"><FlaskConical aria-hidden />{t("title")}</Link></Button>
          <Button busy={runAll.isPending} onClick={() => runAll.mutate()}><Play aria-hidden />{t("checks.run_all")}</Button>
        </>
      }
      rowActions={(check) => (
        <Menu trigger={<Button look="ghost" size="tiny" aria-label={t("form.more", { ns: "app", name: check.name })}><MoreHorizontal aria-hidden /></Button>}>
          <MenuItem onSelect={() => run.mutate(check)}><Play aria-hidden />{t("checks.run")}</MenuItem>
          {edits && check.outcome !== "passed" && <MenuItem onSelect={() => accept.mutate(check)}><Check aria-hidden />{t("checks.accept")}</MenuItem>}
          <MenuItem asChild><Link to="/test-a-call" search={test(check) as never}><FlaskConical aria-hidden />{t("checks.look")}</Link></MenuItem>
        </Menu>
      )}
      empty={{ icon: <ListChecks aria-hidden />, title: t("checks.empty"), more: t("checks.empty_more"), actions: <Button asChild><Link to="/test-a-call">{t("title")}</Link></Button> }}
    >
      <Counts />
    </RecordList>
  );
}

/** How many stand how, each leading to them. */
function Counts() {
  const { t } = useWords("test-a-call");
  const totals = {
    passed: useList(callChecks, { status: "active", outcome: "passed", per_page: 1 }).data?.total,
    failed: useList(callChecks, { status: "active", outcome: "failed", per_page: 1 }).data?.total,
    unknown: useList(callChecks, { status: "active", outcome: "unknown", per_page: 1 }).data?.total,
  };
  const tones = { passed: "text-good", failed: "text-bad", unknown: "text-muted" };
  if (Object.values(totals).every((total) => !total)) return null;
  return (
    <ul className="mb-4 grid grid-cols-3 gap-3 sm:max-w-xl">
      {OUTCOMES.map((outcome) => (
        <li key={outcome}>
          <Link to="/test-a-call/checks" search={{ outcome, status: "active" } as never} className="block rounded-2xl border bg-surface px-4 py-3 shadow-xs hover:border-line-strong">
            <span className={classes("block text-2xl leading-tight font-semibold tabular-nums", totals[outcome] ? tones[outcome] : "text-muted")}>{totals[outcome] === undefined ? "–" : count(totals[outcome])}</span>
            <span className="text-[13px] text-muted">{t(`outcomes.${outcome}`)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
