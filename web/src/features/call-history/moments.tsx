// What happened in a call, one moment after the other.

import { Bell, BellOff, Hash, LogIn, Megaphone, Mic, Phone, PhoneCall, PhoneOff, Settings2, Volume2 } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { clock, phone, stopwatch } from "@/format";
import { useOwnNames } from "@/views/calls/party";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import type { Whole } from "./legs";

const ICONS: Record<string, LucideIcon> = {
  started: Phone, ringing: Bell, dial_ended: BellOff, said: Megaphone, played: Volume2, asked: Hash, keys_pressed: Hash, pin_entered: Hash, joined: LogIn, recording: Mic, recorded: Mic, changed: Settings2,
  answered: PhoneCall, ended: PhoneOff,
};

export function Moments({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const zone = useZone();
  const nameOf = useOwnNames();
  const begin = Date.parse(call.initiated_at);
  // The engine tells of some moments later than they were.
  const moments = [...call.timeline].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.sequence - b.sequence);
  const named = (number: string) => nameOf(number) ?? phone(number);
  return (
    <details className="group mt-5 border-t pt-4">
      <summary className="cursor-pointer rounded font-medium hover:text-accent-text">{t("moments", { count: moments.length })}</summary>
      <ol className="mt-3 space-y-2">
        {moments.map((moment) => {
          const Icon = ICONS[moment.kind] ?? Phone;
          return (
            <li key={moment.sequence} className="flex items-baseline gap-3">
              <time dateTime={moment.at} title={clock(moment.at, zone)} className="w-14 shrink-0 text-right text-[13px] text-muted tabular-nums">+{stopwatch((Date.parse(moment.at) - begin) / 1_000)}</time>
              <Icon className="size-3.5 shrink-0 translate-y-0.5 text-muted" aria-hidden />
              <span className="min-w-0 break-words">{t(`moment.${moment.kind}`, { defaultValue: moment.kind })}<Detail moment={moment} named={named} /></span>
            </li>
          );
        })}
      </ol>
    </details>
  );
}

function Detail({ moment, named }: { moment: Whole["timeline"][number]; named: (number: string) => string }) {
  const { t } = useWords("call-history");
  const detail = Array.isArray(moment.detail) ? moment.detail.map(String) : [];
  if (detail.length === 0) return null;
  const [first = ""] = detail;
  const shown = {
    ringing: () => detail.map(named).join(", "),
    dial_ended: () => t(`results.${first.replaceAll("-", "_")}`, { defaultValue: first }),
    ended: () => t(`calls.endings.${first}`, { ns: "app", defaultValue: first }),
    recorded: () => (Number.isFinite(Number(first)) ? stopwatch(Number(first)) : ""),
    recording: () => "",
    said: () => `“${detail.join(" ")}”`,
    pin_entered: () => t(`pins.${first}`, { defaultValue: first }),
  }[moment.kind];
  const text = shown ? shown() : detail.join(" ");
  return text ? <span className="ml-1.5 text-muted">{text}</span> : null;
}
