import {
  ActionIcon,
  Alert,
  Button,
  Drawer,
  Group,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got, onceKey, type Schemas } from "../api/client";
import { Problem } from "../api/problems";
import { Confirm } from "../parts/Confirm";
import { useMay } from "../parts/me";
import { Loaded, ProblemAlert } from "../parts/States";
import { When } from "../parts/When";

type View = Schemas["ContactView"];
const DETAILS = [
  "email",
  "phone",
  "external_id",
  "gender",
  "language",
  "country",
  "time_zone",
  "source",
] as const;
const EVERYTHING = "*";

function localTime(zone: string, language: string): string {
  try {
    return new Intl.DateTimeFormat(language, { timeZone: zone, timeStyle: "short" }).format(new Date());
  } catch {
    return "";
  }
}

function Tags({ bot, one }: { bot: string; one: View }) {
  const { t } = useTranslation();
  const may = useMay();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const change = useMutation({
    mutationFn: (body: Schemas["TagsBody"]) =>
      api.POST("/api/v1/bots/{bot}/contacts/{contact}/tags", {
        params: { path: { bot, contact: one.id }, header: onceKey() },
        body,
      }),
    onSuccess: () => setText(""),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["showContact", bot, one.id] });
      void queries.invalidateQueries({ queryKey: ["listContacts", bot] });
    },
  });
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {one.tags.map((tag) => (
          <span className="chip" key={tag}>
            {tag}
            {may("ops") && (
              <ActionIcon
                size={24}
                variant="subtle"
                color="gray"
                c="var(--mantine-color-text)"
                aria-label={t("contact.remove", { name: tag })}
                onClick={() => change.mutate({ remove: [tag] })}
              >
                <X size={12} aria-hidden />
              </ActionIcon>
            )}
          </span>
        ))}
        {!one.tags.length && <Text size="sm">{t("states.none")}</Text>}
      </Group>
      {may("ops") && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) change.mutate({ add: [text.trim()] });
          }}
        >
          <TextInput
            aria-label={t("contact.addTag")}
            placeholder={t("contact.addTag")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </form>
      )}
      {change.isError && <ProblemAlert error={change.error} />}
    </Stack>
  );
}

function Notes({ bot, one }: { bot: string; one: View }) {
  const { t } = useTranslation();
  const may = useMay();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [key, setKey] = useState(onceKey);
  const keep = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/bots/{bot}/contacts/{contact}/notes", {
        params: { path: { bot, contact: one.id }, header: key },
        body: { text },
      }),
    onSuccess: () => {
      setText("");
      setKey(onceKey());
      void queries.invalidateQueries({ queryKey: ["showContact", bot, one.id] });
    },
  });
  return (
    <Stack gap="xs">
      {may("ops") && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            keep.mutate();
          }}
        >
          <Textarea
            aria-label={t("contact.addNote")}
            placeholder={t("contact.addNote")}
            autosize
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button
            mt="xs"
            size="xs"
            variant="default"
            type="submit"
            disabled={!text.trim()}
            loading={keep.isPending}
          >
            {t("contact.keep")}
          </Button>
        </form>
      )}
      {keep.isError && <ProblemAlert error={keep.error} />}
      {[...one.notes].reverse().map((note) => (
        <div key={`${note.at} ${note.text}`}>
          <Text size="sm">{note.text}</Text>
          <Text size="xs" c="dimmed">
            {note.author} · <When at={note.at} />
          </Text>
        </div>
      ))}
    </Stack>
  );
}

function Memberships({ one }: { one: View }) {
  const { t } = useTranslation();
  const all = Object.entries(one.memberships ?? {}).filter(([subject]) => subject !== EVERYTHING);
  if (!all.length) return <Text size="sm">{t("contact.noMemberships")}</Text>;
  return (
    <Table>
      <Table.Tbody>
        {all.map(([subject, standing]) => (
          <Table.Tr key={subject}>
            <Table.Th scope="row">{subject}</Table.Th>
            <Table.Td>
              <span className="chip" data-tone={standing === "opted_out" ? "danger" : "accent"}>
                {t(`contact.standing.${standing}` as "contact.standing.none", { defaultValue: standing })}
              </span>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

export function Contact({ bot, contact, onClose }: { bot: string; contact: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const queries = useQueryClient();
  const [erasing, setErasing] = useState(false);
  const path = { bot, contact };
  const found = useQuery({
    queryKey: ["showContact", bot, contact],
    queryFn: () => got(api.GET("/api/v1/bots/{bot}/contacts/{contact}", { params: { path } })),
  });
  const erase = useMutation({
    mutationFn: () => api.DELETE("/api/v1/bots/{bot}/contacts/{contact}", { params: { path } }),
    onSuccess: () => {
      notifications.show({ message: t("contact.erased") });
      queries.removeQueries({ queryKey: ["showContact", bot, contact] });
      void queries.invalidateQueries();
      onClose();
    },
  });
  const gone = found.error instanceof Problem && found.error.status === 404;
  const word = found.data?.name || contact;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={gone ? t("contact.details") : word}
      closeButtonProps={{ "aria-label": t("contact.close") }}
    >
      {gone ? (
        <Text>{t("contact.none")}</Text>
      ) : (
        <Loaded of={found}>
          {(one) => (
            <Stack>
              {one.memberships?.[EVERYTHING] === "opted_out" && (
                <Alert color="red" variant="outline">
                  {t("contact.stopped")}
                </Alert>
              )}
              <Table>
                <Table.Tbody>
                  {DETAILS.filter((name) => one[name]).map((name) => (
                    <Table.Tr key={name}>
                      <Table.Th scope="row">{name}</Table.Th>
                      <Table.Td>
                        {one[name]}
                        {name === "time_zone" && ` · ${localTime(one.time_zone, i18n.language)}`}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                  {one.accounts.map((account) => (
                    <Table.Tr key={`${account.channel} ${account.user}`}>
                      <Table.Th scope="row">{account.channel}</Table.Th>
                      <Table.Td style={{ overflowWrap: "anywhere" }}>{account.user}</Table.Td>
                    </Table.Tr>
                  ))}
                  <Table.Tr>
                    <Table.Th scope="row">{t("contacts.lastSeen")}</Table.Th>
                    <Table.Td>
                      <When at={one.last_seen} never={t("when.never")} />
                    </Table.Td>
                  </Table.Tr>
                  {Object.entries(one.fields).map(([name, value]) => (
                    <Table.Tr key={name}>
                      <Table.Th scope="row">{name}</Table.Th>
                      <Table.Td>{String(value)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Title order={2}>{t("contact.memberships")}</Title>
              <Memberships one={one} />
              <Title order={2}>{t("contact.tags")}</Title>
              <Tags bot={bot} one={one} />
              <Title order={2}>{t("contact.notes")}</Title>
              <Notes bot={bot} one={one} />
              {may("ops") && (
                <Group>
                  <Button
                    variant="default"
                    component="a"
                    href={`/api/v1/bots/${encodeURIComponent(bot)}/contacts/${encodeURIComponent(contact)}/export.zip`}
                    download
                  >
                    {t("contact.download")}
                  </Button>
                  <Button color="danger" variant="outline" onClick={() => setErasing(true)}>
                    {t("contact.erase")}
                  </Button>
                </Group>
              )}
            </Stack>
          )}
        </Loaded>
      )}
      {erasing && (
        <Confirm
          title={t("contact.eraseTitle", { name: word })}
          act={t("contact.erase")}
          typed={word}
          busy={erase.isPending}
          onAct={() => erase.mutate()}
          onClose={() => setErasing(false)}
        >
          {t("contact.eraseText")}
          {erase.isError && <ProblemAlert error={erase.error} />}
        </Confirm>
      )}
    </Drawer>
  );
}
