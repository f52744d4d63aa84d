import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { MantineProvider, Modal, Text } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { useTranslation } from "react-i18next";
import { onSignedOut } from "./api/client";
import { Problem } from "./api/problems";
import { useMe, useSession } from "./parts/me";
import { ProblemAlert } from "./parts/States";
import { SignIn, takeLink } from "./pages/SignIn";
import { router } from "./router";
import { theme, variables } from "./theme";
import "./words";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
setNonce(nonce);

const link = takeLink();

/** What is refused stays refused; what nobody answered, or was too much, is asked again twice. */
function mayRetry(failures: number, error: unknown): boolean {
  const passing = error instanceof Problem && [0, 429, 502, 503, 504].includes(error.status);
  return passing && failures < 2;
}

const queries = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      retry: mayRetry,
      retryDelay: (attempt, error) =>
        error instanceof Problem && error.wait ? error.wait * 1000 : 1000 * 2 ** attempt,
      staleTime: 5_000,
    },
    mutations: { retry: mayRetry },
  },
});

function App() {
  const { t } = useTranslation();
  const session = useSession();
  const [linked, setLinked] = useState(link);
  const [isOut, setOut] = useState(false);
  useEffect(() => onSignedOut(() => setOut(true)), []);
  const me = session.data;
  const known = useMe();
  const done = () => {
    setLinked("");
    setOut(false);
  };
  if (me === undefined) return session.isError ? <ProblemAlert error={session.error} /> : null;
  if (linked) return <SignIn link={linked} {...(me && { other: me.name })} onDone={done} />;
  if (!known) return <SignIn link="" onDone={done} />;
  return (
    <>
      <RouterProvider router={router} />
      <Modal
        opened={isOut || me === null}
        onClose={() => {}}
        withCloseButton={false}
        zIndex={1000}
        title={t("signIn.title")}
      >
        <Text size="sm">{t("signIn.out")}</Text>
        <SignIn link="" onDone={done} />
      </Modal>
    </>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
