import { Alert, Button, Stack, Text } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problems";
import { ago } from "./When";

/** What a problem says, in words of the server where it said any. */
export function ProblemAlert({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  const faults = problem?.body?.errors ?? [];
  return (
    <Alert role="alert" color="red" variant="outline" title={t("states.error")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {problem?.body?.detail ?? (problem?.status === 403 ? t("states.forbidden") : "")}
        </Text>
        {faults.map((fault) => (
          <Text size="sm" key={`${fault.place} ${fault.problem}`}>
            {fault.remedy}
          </Text>
        ))}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t("states.again")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const [stage, setStage] = useState<"soon" | "ghost" | "slow">("soon");
  useEffect(() => {
    const timers = [setTimeout(() => setStage("ghost"), 150), setTimeout(() => setStage("slow"), 4000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  if (stage === "soon") return null;
  return (
    <Stack gap={12} aria-busy="true">
      {stage === "slow" && <Text role="status">{t("states.slow")}</Text>}
      {Array.from({ length: 6 }, (_, row) => (
        <div className="ghost" key={row} />
      ))}
    </Stack>
  );
}

type Query<T> = {
  data: T | undefined;
  isError: boolean;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
};

/** Shows what a query holds; while it waits, grey rows; what it held before stays when it fails, with its age. */
export function Loaded<T>({ of, children }: { of: Query<T>; children: (value: T) => ReactNode }) {
  const { t, i18n } = useTranslation();
  if (of.data === undefined)
    return of.isError ? <ProblemAlert error={of.error} retry={() => void of.refetch()} /> : <Waiting />;
  const when = ago(new Date(of.dataUpdatedAt).toISOString(), i18n.language);
  return (
    <>
      {of.isError && (
        <Alert role="status" color="yellow" variant="outline" mb="md">
          {t("states.offline", { when })}
        </Alert>
      )}
      {children(of.data)}
    </>
  );
}

/** What a page says where there is nothing yet. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="flex-start" gap="sm" py="xl">
      <Text c="dimmed">{children}</Text>
      {action}
    </Stack>
  );
}
