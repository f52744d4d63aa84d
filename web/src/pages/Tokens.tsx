import {
  Button,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got } from "../api/client";
import { Problem } from "../api/problems";
import { useMe, type Role } from "../parts/me";
import { Secret } from "../parts/Secret";
import { Empty, Loaded, ProblemAlert } from "../parts/States";
import { When } from "../parts/When";

const DAY = 86_400_000;

function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const bots = useMe()?.bots ?? [];
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () => {
      const expires_at = new Date(Date.now() + days * DAY).toISOString();
      return got(api.POST("/api/v1/tokens", { body: { name, role, bots: chosen, expires_at } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["listTokens"] }),
  });
  const problem = create.error instanceof Problem ? create.error : null;
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t("tokens.new")}
      closeOnClickOutside={!create.data}
      closeButtonProps={{ "aria-label": t("states.close") }}
    >
      {create.data ? (
        <Stack>
          <Text size="sm">{t("tokens.secret")}</Text>
          <Secret text={create.data.secret} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("tokens.kept")}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={t("tokens.name")}
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={problem?.of("name")}
            />
            <Select
              label={t("users.role")}
              data={(["viewer", "ops", "builder", "admin"] as const).map((value) => ({
                value,
                label: t(`roles.${value}`),
              }))}
              value={role}
              allowDeselect={false}
              onChange={(value) => value && setRole(value as Role)}
            />
            <MultiSelect
              label={t("users.bots")}
              placeholder={chosen.length ? "" : t("users.all")}
              data={bots}
              value={chosen}
              onChange={setChosen}
            />
            <NumberInput
              label={t("tokens.days")}
              min={1}
              max={3650}
              value={days}
              onChange={(value) => setDays(Number(value) || 1)}
            />
            {create.isError && <ProblemAlert error={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("states.cancel")}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {t("tokens.create")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

export function Tokens() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [creating, setCreating] = useState(false);
  const tokens = useQuery({ queryKey: ["listTokens"], queryFn: () => got(api.GET("/api/v1/tokens")) });
  const revoke = useMutation({
    mutationFn: (token: string) => api.DELETE("/api/v1/tokens/{token}", { params: { path: { token } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["listTokens"] }),
  });
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("tokens.title")}</Title>
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
          {t("tokens.new")}
        </Button>
      </div>
      {revoke.isError && <ProblemAlert error={revoke.error} />}
      <Loaded of={tokens}>
        {({ tokens: all }) =>
          all.length ? (
            <div className="wide">
              <table className="list cards">
                <thead>
                  <tr>
                    <th>{t("tokens.name")}</th>
                    <th>{t("users.role")}</th>
                    <th>{t("users.bots")}</th>
                    <th>{t("tokens.made")}</th>
                    <th>{t("tokens.expires")}</th>
                    <th aria-label={t("states.more")} />
                  </tr>
                </thead>
                <tbody>
                  {[...all].reverse().map((one) => (
                    <tr key={one.id}>
                      <td data-title={t("tokens.name")}>{one.name}</td>
                      <td data-title={t("users.role")}>{t(`roles.${one.role}`)}</td>
                      <td data-title={t("users.bots")}>{one.bots.join(", ") || t("users.all")}</td>
                      <td data-title={t("tokens.made")}>
                        <When at={one.created_at} />
                      </td>
                      <td data-title={t("tokens.expires")}>
                        <When at={one.revoked_at ?? one.expires_at} never={t("tokens.never")} />
                        {one.revoked_at && (
                          <span className="chip" data-tone="danger">
                            {t("tokens.revoked", { when: "" })}
                          </span>
                        )}
                      </td>
                      <td>
                        {!one.revoked_at && (
                          <Button size="xs" variant="default" onClick={() => revoke.mutate(one.id)}>
                            {t("tokens.revoke")}
                          </Button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty>{t("tokens.empty")}</Empty>
          )
        }
      </Loaded>
      {creating && <NewToken onClose={() => setCreating(false)} />}
    </>
  );
}
