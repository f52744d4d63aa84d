import type { components } from "./schema";

export type ProblemBody = components["schemas"]["ProblemBody"];

/** A request that was refused, or that nobody answered (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody | null,
    readonly wait: number = 0,
  ) {
    super(body?.detail ?? "");
  }

  /** What is wrong with one field of the request. */
  of(place: string): string | undefined {
    const fault = this.body?.errors?.find((one) => one.place === place || one.place.endsWith(` ${place}`));
    return fault && [fault.problem, fault.remedy].filter(Boolean).join(". ");
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("Retry-After") ?? 0);
  try {
    return new Problem(response.status, (await response.json()) as ProblemBody, wait);
  } catch {
    return new Problem(response.status, null, wait);
  }
}
