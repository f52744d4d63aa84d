import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

const STEPS: ReadonlyArray<[Intl.RelativeTimeFormatUnit, number]> = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** A moment as people say it: "2 days ago". */
export function ago(at: string, language: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

export function exact(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(new Date(at));
}

/** A moment, with the exact one and its zone beside it. */
export function When({ at, never }: { at: string | null | undefined; never?: string }) {
  const { i18n, t } = useTranslation();
  if (!at) return <>{never ?? t("states.none")}</>;
  return (
    <Tooltip label={exact(at, i18n.language)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{ago(at, i18n.language)}</time>
    </Tooltip>
  );
}

export function useNumber(): (value: number) => string {
  const { i18n } = useTranslation();
  const format = new Intl.NumberFormat(i18n.language);
  return (value) => format.format(value);
}
