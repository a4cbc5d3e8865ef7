// Who is signed in, in which language and light, and the way out.

import { Link } from "@tanstack/react-router";
import { LogOut, UserRound } from "lucide-react";
import { useMe, useSignOut } from "@/api/session";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { type Language, LANGUAGES, language, speak, useWords } from "@/words";
import { THEME_ICONS, THEMES, useTheme } from "./theme";

export function Account() {
  const { t } = useWords();
  const me = useMe();
  const signOut = useSignOut();
  const [theme, setTheme] = useTheme();
  const initials = me.name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("").toUpperCase();
  return (
    <Menu
      trigger={
        <button type="button" aria-label={t("shell.account", { name: me.name })} className="flex size-9 items-center justify-center rounded-full bg-accent-soft text-[13px] font-semibold text-accent-text hover:opacity-85">
          {initials}
        </button>
      }
    >
      <div className="px-2.5 pt-1.5 pb-2">
        <p className="font-medium">{me.name}</p>
        <p className="text-muted">{me.email}</p>
      </div>
      <MenuItem asChild><Link to="/profile"><UserRound aria-hidden />{t("rooms.profile")}</Link></MenuItem>
      <MenuLine />
      <MenuLabel>{t("shell.theme")}</MenuLabel>
      {THEMES.map((choice) => {
        const Icon = THEME_ICONS[choice];
        return <MenuChoice key={choice} checked={theme === choice} onCheckedChange={() => setTheme(choice)}><Icon aria-hidden />{t(`themes.${choice}`)}</MenuChoice>;
      })}
      <MenuLabel>{t("shell.language")}</MenuLabel>
      {LANGUAGES.map(({ code, name }) => (
        <MenuChoice key={code} checked={language() === code} onCheckedChange={() => void speak(code as Language)}><span lang={code}>{name}</span></MenuChoice>
      ))}
      <MenuLine />
      <MenuItem onSelect={() => void signOut()}><LogOut aria-hidden />{t("shell.sign_out")}</MenuItem>
    </Menu>
  );
}
