// What is done to call checks: they are run, and what happens now is taken for what is expected.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type CallCheck, callChecks } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { versionOf } from "@/api/client";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";

interface Ran {
  total: number;
  passed: number;
  failed: number;
  unknown: number;
}

export function useCheckDeeds() {
  const { t } = useWords("test-a-call");
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: [callChecks.model] });
  const failed = (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" });
  const runAll = useMutation({
    mutationFn: async () => (await ask<{ data: Ran }>("post", `${callChecks.path}/run`)).data.data,
    onSuccess: async (ran) => {
      await refresh();
      tell(ran.failed > 0 ? t("checks.ran_failed", { count: ran.failed, total: ran.total }) : t("checks.ran", { count: ran.total }), { tone: ran.failed > 0 ? "bad" : "good" });
    },
    onError: failed,
  });
  const run = useMutation({
    mutationFn: async (check: CallCheck) => (await ask<{ data: CallCheck }>("post", `${callChecks.path}/${check.id}/run`)).data.data,
    onSuccess: async (check) => {
      await refresh();
      tell(t(`checks.now_${check.outcome}`, { name: check.name }), { tone: check.outcome === "failed" ? "bad" : "good" });
    },
    onError: failed,
  });
  const accept = useMutation({
    mutationFn: async (check: CallCheck) => {
      const { data, response } = await ask<{ data: CallCheck }>("post", `${callChecks.path}/${check.id}/accept`);
      return { before: check, check: data.data, version: versionOf(response) };
    },
    onSuccess: async ({ before, check, version }) => {
      await refresh();
      const undo = () => void ask("put", `${callChecks.path}/${check.id}`, { body: { expected: before.expected }, version }).then(refresh, failed);
      tell(t("checks.accepted", { name: check.name }), { action: { label: t("undo", { ns: "app" }), run: undo } });
    },
    onError: failed,
  });
  return { runAll, run, accept };
}
