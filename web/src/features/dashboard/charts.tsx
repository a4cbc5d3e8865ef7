// The drawing of calls over time. A bar leads to its calls; the table beside it says the same to everybody else.

import { useNavigate } from "@tanstack/react-router";
import { Bar, BarChart, CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, type TooltipContentProps, XAxis, YAxis } from "recharts";
import { count, percent } from "@/format";
import { useZone } from "@/views/when";
import { useWords } from "@/words";
import { behindSlot, type Figures, type Outcome, type Point } from "./figures";

interface ChartsProps {
  points: Point[];
  figures: Figures;
  named: (from: string) => string;
}

const TICK = { fill: "var(--muted)", fontSize: 12 };
const MARGIN = { top: 8, right: 8, bottom: 0, left: -16 };

export default function Charts({ points, figures, named }: ChartsProps) {
  const { t } = useWords("dashboard");
  const go = useNavigate();
  const zone = useZone();
  const open = (outcome: Outcome) => (data: { payload?: Point }) => {
    const search = data.payload && behindSlot(figures, zone, data.payload.at, outcome);
    if (search) void go({ to: "/call-history" as string, search: search as never });
  };
  const shown = (props: TooltipContentProps) => <Beside props={props} named={named} />;
  return (
    <div aria-hidden className="[&_.recharts-surface]:outline-none">
      <div className="h-60">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={points} margin={MARGIN} syncId="calls" accessibilityLayer={false} maxBarSize={36}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="from" tickFormatter={named} tick={TICK} tickLine={false} axisLine={{ stroke: "var(--line)" }} minTickGap={24} />
            <YAxis allowDecimals={false} tick={TICK} tickLine={false} axisLine={false} tickFormatter={count} />
            <Tooltip content={shown} cursor={{ fill: "var(--sunken)" }} />
            <Legend verticalAlign="top" align="right" iconType="circle" iconSize={8} formatter={(word: string) => <span className="text-[13px] text-muted">{word}</span>} />
            <Bar dataKey="answered" name={t("answered")} stackId="calls" fill="var(--chart-2)" isAnimationActive={false} className="cursor-pointer" onClick={open("answered")} />
            <Bar dataKey="missed" name={t("missed")} stackId="calls" fill="var(--chart-3)" radius={[4, 4, 0, 0]} isAnimationActive={false} className="cursor-pointer" onClick={open("missed")} />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <p className="mt-3 mb-1 text-[13px] font-medium">{t("rate")}</p>
      <div className="h-28">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={points} margin={{ ...MARGIN, bottom: 8 }} syncId="calls" accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="from" hide />
            <YAxis domain={[0, 1]} ticks={[0, 0.5, 1]} tick={TICK} tickLine={false} axisLine={false} tickFormatter={percent} />
            <Tooltip content={() => null} cursor={{ stroke: "var(--line-strong)" }} />
            <Line dataKey="rate" type="monotone" stroke="var(--chart-1)" strokeWidth={2} dot={{ r: 2.5, fill: "var(--chart-1)", strokeWidth: 0 }} isAnimationActive={false} />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </div>
  );
}

function Beside({ props, named }: { props: TooltipContentProps; named: (from: string) => string }) {
  const { t } = useWords("dashboard");
  const point = props.payload?.[0]?.payload as Point | undefined;
  if (!props.active || !point) return null;
  return (
    <div className="rounded-xl border bg-raised px-3 py-2 text-[13px] shadow-float">
      <p className="mb-1 font-medium">{named(point.from)}</p>
      <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5 tabular-nums">
        {([["calls", count(point.total)], ["answered", count(point.answered)], ["missed", count(point.missed)], ["rate", point.rate === null ? "–" : percent(point.rate)]] as const).map(([name, value]) => (
          <div key={name} className="contents"><dt className="text-muted">{t(name)}</dt><dd className="text-right">{value}</dd></div>
        ))}
      </dl>
    </div>
  );
}
