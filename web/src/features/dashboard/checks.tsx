// How the company's call checks stand: calls that are thought through again when the configuration changes.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckCircle2, XCircle } from "lucide-react";
import { answered } from "@/api/client";
import { client } from "@/api/session";
import { Panel } from "@/ui/panel";
import { roomOfKind } from "@/views/kinds";
import { useWords } from "@/words";

const FAILED_MAX = 3;

export function Checks() {
  const { t } = useWords("dashboard");
  // A check that is run anew changes its result, which is told as a change of its model.
  const failed = useQuery({ queryKey: ["pbx.call_check", "outcome", "failed"], queryFn: ({ signal }) => answered(client.GET("/api/v1/call-checks", { params: { query: { status: "active", outcome: "failed", per_page: FAILED_MAX } }, signal })) });
  const all = useQuery({ queryKey: ["pbx.call_check", "outcome", "all"], queryFn: ({ signal }) => answered(client.GET("/api/v1/call-checks", { params: { query: { status: "active", per_page: 1 } }, signal })) });
  if (!failed.data || !all.data) return null;
  const [bad, total] = [failed.data.meta.total, all.data.meta.total];
  return (
    <Panel title={t("checks")}>
      {total === 0 ? (
        <p className="text-muted">{t("no_checks")} <Link to={"/test-a-call" as string} className="font-medium text-accent-text hover:underline">{t("rooms.test-a-call", { ns: "app" })}</Link></p>
      ) : (
        <>
          <Link to={"/test-a-call/checks" as string} search={(bad > 0 ? { outcome: "failed", status: "active" } : {}) as never} className="flex items-center gap-2.5 font-medium hover:text-accent-text">
            {bad === 0 ? <CheckCircle2 className="size-5 text-good" aria-hidden /> : <XCircle className="size-5 text-bad" aria-hidden />}
            {bad === 0 ? t("checks_good", { count: total }) : t("checks_bad", { count: bad, total })}
          </Link>
          {bad > 0 && <ul className="mt-2 space-y-1">{failed.data.data.map((check) => <li key={check.id}><Link to={roomOfKind("call_check", check.id)} className="text-muted hover:text-ink hover:underline">{check.name}</Link></li>)}</ul>}
        </>
      )}
    </Panel>
  );
}
