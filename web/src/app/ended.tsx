// When the session is over: signing in again above the page, so that what was written there is kept.

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Refused } from "@/api/client";
import { ME, useMe, useSessionOver, useSignIn } from "@/api/session";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";

export function Ended() {
  const { t } = useWords();
  const over = useSessionOver();
  const me = useMe();
  const signIn = useSignIn();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(me.email, password);
      setPassword("");
      setProblem(undefined);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey !== ME.queryKey });
    } catch (error) {
      setProblem(error instanceof Refused ? error.problem.message : t("failed.network"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={over} onOpenChange={() => {}} title={t("ended.title")} description={t("ended.more", { email: me.email })} closeLabel={t("close")} width="small">
      <form onSubmit={(event) => void submit(event)} className="space-y-3">
        {problem && <Note tone="bad">{problem}</Note>}
        <label className="block">
          <span className="mb-1 block font-medium">{t("ended.password")}</span>
          <Input type="password" autoComplete="current-password" autoFocus required value={password} onChange={(event) => setPassword(event.target.value)} />
        </label>
        <Button type="submit" look="primary" className="w-full" busy={busy}>{t("ended.sign_in")}</Button>
      </form>
    </Dialog>
  );
}
