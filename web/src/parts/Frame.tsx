import { ActionIcon, Menu, Select, Text, useMantineColorScheme } from "@mantine/core";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useMutation } from "@tanstack/react-query";
import {
  Activity,
  CircleUser,
  House,
  KeyRound,
  Layers,
  Users as People,
  UserCog,
  type LucideIcon,
} from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { LANGUAGES, setLanguage, type Language } from "../words";
import { useMay, useMe } from "./me";

function Item({
  to,
  icon: Icon,
  children,
  params,
}: {
  to: string;
  icon: LucideIcon;
  children: string;
  params?: object;
}) {
  return (
    <Link to={to} params={params as never} activeOptions={{ exact: to === "/b/$bot" }}>
      <Icon size={16} aria-hidden />
      <span>{children}</span>
    </Link>
  );
}

function AccountMenu() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useMutation({
    mutationFn: () => api.DELETE("/api/v1/session"),
    onSuccess: () => window.location.assign("/"),
  });
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" size={36} aria-label={t("account.menu")} c="var(--mantine-color-text)">
          <CircleUser size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me?.name} · {me && t(`roles.${me.role}`)}
        </Menu.Label>
        <Menu.Item component={Link} to="/me">
          {t("account.title")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("account.theme")}</Menu.Label>
        {(["auto", "light", "dark"] as const).map((scheme) => (
          <Menu.RadioItem
            closeMenuOnClick
            key={scheme}
            value={scheme}
            checked={colorScheme === scheme}
            onChange={() => setColorScheme(scheme)}
          >
            {t(scheme === "auto" ? "account.system" : `account.${scheme}`)}
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.RadioItem
            closeMenuOnClick
            key={language}
            lang={language}
            value={language}
            checked={i18n.language === language}
            onChange={() => setLanguage(language)}
          >
            {LANGUAGES[language]}
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()}>{t("account.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Frame() {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const navigate = useNavigate();
  const { bot: named } = useParams({ strict: false }) as { bot?: string };
  const last = useRef<string | undefined>(undefined);
  if (named) last.current = named;
  const bot = named ?? last.current ?? me?.bots[0];
  useEffect(() => {
    document.title = [named, t("app")].filter(Boolean).join(" · ");
  }, [named, t]);
  return (
    <div className="frame">
      <header>
        <a className="skip" href="#page">
          {t("skip")}
        </a>
        <Link to="/" className="brand">
          {t("app")}
        </Link>
        {me && me.bots.length > 0 && (
          <Select
            aria-label={t("nav.bot")}
            data={me.bots}
            value={bot ?? null}
            allowDeselect={false}
            searchable
            w={200}
            onChange={(chosen) => chosen && void navigate({ to: "/b/$bot", params: { bot: chosen } })}
          />
        )}
        <div style={{ marginInlineStart: "auto" }} />
        <AccountMenu />
      </header>
      <nav aria-label={t("nav.label")}>
        {bot && (
          <>
            <Item to="/b/$bot" params={{ bot }} icon={House}>
              {t("nav.home")}
            </Item>
            <Item to="/b/$bot/segments" params={{ bot }} icon={Layers}>
              {t("nav.segments")}
            </Item>
            <Item to="/b/$bot/contacts" params={{ bot }} icon={People}>
              {t("nav.contacts")}
            </Item>
            <Item to="/b/$bot/jobs" params={{ bot }} icon={Activity}>
              {t("nav.jobs")}
            </Item>
          </>
        )}
        {may("admin") && (
          <>
            <Text component="h2" size="xs" c="dimmed" px={10} pt={16} pb={4}>
              {t("nav.admin")}
            </Text>
            <Item to="/admin/users" icon={UserCog}>
              {t("nav.users")}
            </Item>
            <Item to="/admin/tokens" icon={KeyRound}>
              {t("nav.tokens")}
            </Item>
          </>
        )}
      </nav>
      <main id="page" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
