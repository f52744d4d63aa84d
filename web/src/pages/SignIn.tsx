import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got, type Schemas } from "../api/client";
import { Problem } from "../api/problems";
import { ProblemAlert } from "../parts/States";

const LINK = /^#once=([\w-]{20,200})$/;

/** The secret of a link in the address. It is taken out of the address at once, so that it is in no history. */
export function takeLink(): string {
  const secret = LINK.exec(window.location.hash)?.[1] ?? "";
  if (secret) window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return secret;
}

export function SignIn({ link, other, onDone }: { link: string; other?: string; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [wait, setWait] = useState(0);
  const [secret, setSecret] = useState(link);
  const signIn = useMutation({
    retry: false,
    mutationFn: (body: Schemas["SignIn"]) => got(api.POST("/api/v1/session", { body })),
    onSuccess: (me) => {
      queries.setQueryData(["showSession"], me);
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "showSession" });
      onDone();
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 429) setWait(error.wait);
      if (secret) setSecret("");
    },
  });
  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  return (
    <main style={{ display: "grid", placeItems: "center", minHeight: "100%", padding: 16 }}>
      <Paper withBorder p="xl" radius={12} w="100%" maw={400}>
        <Stack>
          <Title order={1}>{secret ? t("app") : t("signIn.title")}</Title>
          {secret ? (
            <>
              <Text size="sm">{t("signIn.link")}</Text>
              {other && <Text size="sm">{t("signIn.other", { name: other })}</Text>}
              <Button loading={signIn.isPending} onClick={() => signIn.mutate({ link: secret })} autoFocus>
                {t("signIn.useLink")}
              </Button>
            </>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                signIn.mutate({ email, password });
              }}
            >
              <Stack>
                <TextInput
                  label={t("signIn.email")}
                  type="email"
                  autoComplete="username"
                  required
                  withAsterisk={false}
                  autoFocus
                  value={email}
                  onChange={(event) => setEmail(event.currentTarget.value)}
                />
                <PasswordInput
                  label={t("signIn.password")}
                  autoComplete="current-password"
                  required
                  withAsterisk={false}
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                />
                <Button type="submit" loading={signIn.isPending} disabled={wait > 0}>
                  {t("signIn.submit")}
                </Button>
              </Stack>
            </form>
          )}
          {wait > 0 ? (
            <Text role="alert" c="var(--danger)" size="sm">
              {t("signIn.wait", { seconds: wait })}
            </Text>
          ) : (
            signIn.isError && <ProblemAlert error={signIn.error} />
          )}
          {!secret && (
            <Text size="sm" c="dimmed">
              {t("signIn.noAccount")}
            </Text>
          )}
        </Stack>
      </Paper>
    </main>
  );
}
