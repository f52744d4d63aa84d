import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { Problem, problemOf } from "./problems";

export type Schemas = components["schemas"];

let signedOut: () => void = () => {};

/** Whoever listens hears when the server says that nobody is signed in. */
export function onSignedOut(hears: () => void): void {
  signedOut = hears;
}

const refusals: Middleware = {
  async onResponse({ response, schemaPath }) {
    if (response.ok) return;
    const problem = await problemOf(response);
    if (problem.status === 401 && schemaPath !== "/api/v1/session") signedOut();
    throw problem;
  },
  onError() {
    return new Problem(0, null);
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(refusals);

/** What an answer holds; refusals are thrown before. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

/** A key under which a request is done once, however often it is sent. */
export function onceKey(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID() };
}
