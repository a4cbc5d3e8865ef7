// The frame of the screens before somebody is signed in.

import { PhoneCall } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { LANGUAGES, language, speak, useWords } from "@/words";

export function Door({ title, more, children }: { title: string; more?: ReactNode; children: ReactNode }) {
  const { t } = useWords("login");
  useEffect(() => {
    document.title = `${title} · OPBX`;
  }, [title]);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-2.5">
          <span className="flex size-9 items-center justify-center rounded-xl bg-accent text-accent-ink"><PhoneCall className="size-5" aria-hidden /></span>
          <span className="text-lg font-semibold tracking-tight">OPBX</span>
        </div>
        <div className="rounded-2xl border bg-surface p-6 shadow-float">
          <h1 className="text-lg font-semibold">{title}</h1>
          {more && <p className="mt-1 text-muted">{more}</p>}
          <div className="mt-5">{children}</div>
        </div>
        <div className="mt-5 flex justify-center gap-1" role="group" aria-label={t("shell.language", { ns: "app" })}>
          {LANGUAGES.map(({ code, name }) => (
            <button key={code} type="button" lang={code} aria-pressed={language() === code} onClick={() => void speak(code)} className="rounded-md px-2.5 py-1 text-[13px] text-muted hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink">{name}</button>
          ))}
        </div>
      </div>
    </main>
  );
}
