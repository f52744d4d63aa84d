import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

type Asked = {
  title: string;
  children: ReactNode;
  act: string;
  onAct: () => void;
  onClose: () => void;
  busy?: boolean;
  /** What has to be typed first, for what can't be undone. */
  typed?: string;
};

/** Asks before something that can't be undone; the button names what it does. */
export function Confirm({ title, children, act, onAct, onClose, busy, typed }: Asked) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("states.close") }}>
      <Stack>
        <Text size="sm">{children}</Text>
        {typed !== undefined && (
          <TextInput
            label={t("contact.eraseType", { word: typed })}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("states.cancel")}
          </Button>
          <Button
            color="danger"
            loading={busy ?? false}
            disabled={typed !== undefined && text.trim() !== typed}
            onClick={onAct}
          >
            {act}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
