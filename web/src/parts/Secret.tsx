import { Button, Code, CopyButton, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** A secret that is shown once, to be copied. */
export function Secret({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <Group wrap="nowrap" align="flex-start">
      <Code block style={{ flex: 1, overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {t(copied ? "states.copied" : "states.copy")}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
