import { Button, Card, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got } from "../api/client";
import { Problem } from "../api/problems";
import { useMe } from "../parts/me";
import { Loaded, ProblemAlert } from "../parts/States";
import { ago } from "../parts/When";

function Password({ has }: { has: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => got(api.PUT("/api/v1/me/password", { body: { password, current } })),
    onSuccess: () => {
      setCurrent("");
      setPassword("");
      notifications.show({ message: t("account.saved") });
      void queries.invalidateQueries();
    },
  });
  const problem = change.error instanceof Problem ? change.error : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Stack>
        {has && (
          <PasswordInput
            label={t("account.current")}
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            error={problem?.of("current")}
          />
        )}
        <PasswordInput
          label={t("account.new")}
          description={t("account.passwordHelp")}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={problem?.of("password")}
        />
        {problem && !problem.body?.errors?.length && <ProblemAlert error={problem} />}
        <Group>
          <Button type="submit" disabled={!password} loading={change.isPending}>
            {t("account.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function Account() {
  const { t, i18n } = useTranslation();
  const who = useMe();
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: ["listSessions"],
    queryFn: () => got(api.GET("/api/v1/me/sessions")),
  });
  const end = useMutation({
    mutationFn: (session: string) =>
      api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["listSessions"] }),
  });
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("account.title")}</Title>
      </div>
      {who && (
        <Stack maw={560}>
          <Text size="sm">
            {who.name} · {who.email} · {t(`roles.${who.role}`)}
          </Text>
          <Text size="sm" c="dimmed">
            {t(who.is_masked ? "account.masked" : "account.seen")}
          </Text>
          <Title order={2}>{t("account.password")}</Title>
          <Password has={who.has_password ?? false} />
          <Title order={2}>{t("account.sessions")}</Title>
          <Loaded of={sessions}>
            {({ sessions: all }) => (
              <Stack>
                {all.map((one) => (
                  <Card withBorder radius={12} key={one.id}>
                    <Group justify="space-between" wrap="nowrap">
                      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                        {one.address} · {t("account.began", { when: ago(one.began, i18n.language) })}
                        {one.is_this && ` · ${t("account.this")}`}
                        <br />
                        <Text span size="xs" c="dimmed">
                          {one.agent}
                        </Text>
                      </Text>
                      {!one.is_this && (
                        <Button size="xs" variant="default" onClick={() => end.mutate(one.id)}>
                          {t("account.end")}
                        </Button>
                      )}
                    </Group>
                  </Card>
                ))}
              </Stack>
            )}
          </Loaded>
        </Stack>
      )}
    </>
  );
}
