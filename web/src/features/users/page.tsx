// The list of users.

import { Link } from "@tanstack/react-router";
import { Link2, MoreHorizontal, UserRoundCheck, UserRoundX, UsersRound } from "lucide-react";
import { type User, users } from "@/api/catalogue";
import { sentenceOf, useSave } from "@/api/resources";
import { type Role, ROLES, useMe, useRole } from "@/api/session";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Menu, MenuItem } from "@/ui/menu";
import { tell } from "@/ui/toast";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { ShownOnce } from "@/views/shown-once";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { useInvitation } from "./use-invitation";
import { manages } from "./values";

export const ROLE_TONES: Record<Role, Tone> = { owner: "accent", pbx_admin: "warn", pbx_user: "neutral", reporter: "neutral" };

export function UsersPage() {
  const { t } = useWords("users");
  const me = useMe();
  const { role } = useRole();
  const save = useSave(users);
  const invitation = useInvitation();
  const put = (user: User, status: User["status"], undo = true): Promise<void> =>
    save.mutateAsync({ id: user.id, body: { status } }).then(
      () => {
        const back = status === "active" ? "inactive" : "active";
        tell(t(`became_${status}`, { name: user.name }), undo ? { action: { label: t("undo", { ns: "app" }), run: () => void put(user, back, false) } } : {});
      },
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  const roleName = (user: User) => (user.role ? t(`roles.${user.role}`, { ns: "app" }) : t("no_role"));
  const columns: Column<User>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (user) => <span className="inline-flex items-center gap-2">{user.name}{user.id === me.id && <Badge>{t("you")}</Badge>}</span>, text: (user) => user.name },
    { name: "email", title: t("email"), sort: "email", cell: (user) => user.email, text: (user) => user.email },
    { name: "role", title: t("role"), cell: (user) => <Badge tone={ROLE_TONES[user.role as Role] ?? "neutral"}>{roleName(user)}</Badge>, text: (user) => user.role },
    { name: "extension", title: t("extension"), cell: (user) => user.extension ? <Link to={`/extensions/${user.extension.id}`} className="tabular-nums hover:text-accent-text hover:underline">{user.extension.extension_number}</Link> : <span className="text-muted">–</span>, text: (user) => user.extension?.extension_number },
    {
      name: "status",
      title: t("status"),
      sort: "status",
      cell: (user) => (user.status === "active" && user.password_reset_required ? <Badge dot tone="warn">{t("must_choose")}</Badge> : <Badge dot tone={user.status === "active" ? "good" : "neutral"}>{t(user.status, { ns: "app" })}</Badge>),
      text: (user) => user.status,
    },
    { name: "phone", title: t("person.phone", { ns: "app" }), extra: true, cell: (user) => user.phone, text: (user) => user.phone },
    { name: "created_at", title: t("since"), extra: true, sort: "created_at", cell: (user) => <When at={user.created_at} relative />, text: (user) => user.created_at },
    { name: "updated_at", title: t("updated"), extra: true, sort: "updated_at", cell: (user) => <When at={user.updated_at} relative />, text: (user) => user.updated_at },
  ];
  return (
    <>
      <RecordList
        resource={users}
        title={t("title")}
        description={t("about")}
        columns={columns}
        searchLabel={t("search")}
        usual={{ sort: "name" }}
        filters={[
          { name: "role", label: t("role"), kind: "choice", options: ROLES.map((value) => ({ value, label: t(`roles.${value}`, { ns: "app" }) })) },
          { name: "status", label: t("status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) },
        ]}
        pathOf={(user) => `/users/${user.id}`}
        create={{ to: "/users/new", label: t("new") }}
        rowActions={(user) =>
          user.id !== me.id && manages(role, user.role) ? (
            <Menu trigger={<Button look="ghost" size="tiny" aria-label={t("form.more", { ns: "app", name: user.name })}><MoreHorizontal aria-hidden /></Button>}>
              {user.status === "active" && <MenuItem onSelect={() => void invitation.ask(user)}><Link2 aria-hidden />{t("invite")}</MenuItem>}
              {user.status === "active" ? <MenuItem onSelect={() => void put(user, "inactive")}><UserRoundX aria-hidden />{t("deactivate")}</MenuItem> : <MenuItem onSelect={() => void put(user, "active")}><UserRoundCheck aria-hidden />{t("activate")}</MenuItem>}
            </Menu>
          ) : null
        }
        empty={{ icon: <UsersRound aria-hidden />, title: t("empty"), more: t("empty_more") }}
      />
      <ShownOnce once={invitation.once} onClose={invitation.close} />
    </>
  );
}
