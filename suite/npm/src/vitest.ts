/** A test of vitest for each trial. */

import { afterAll, beforeAll, describe, test } from "vitest";

import { Suite, type SuiteOptions, type Target } from "./suite.js";

export type { Started, SuiteOptions, Target, Tested } from "./suite.js";

/** How long a run may take before vitest gives it up, in milliseconds; `maxTime` ends it earlier. */
const LIMIT = 3_600_000;

/**
 * Makes a test of each trial. Those that vitest selects are run once and together, before the first test begins.
 *
 * @example conforms({ spawn: "node server.js {port}" }, { filters: ["level:must"] });
 */
export function conforms(target: Target, options: SuiteOptions = {}): void {
  const suite = new Suite(target, options);
  describe(suite.name, () => {
    // vitest reads the names of fixtures from the pattern of the first argument.
    beforeAll((async ({}: object, tests?: unknown) => {
      const ids = selected(tests);
      await suite.report(ids.length === 0 || ids.length === suite.trials.length ? undefined : ids);
    }) as () => Promise<void>, LIMIT);
    afterAll(() => suite.stop());
    for (const trial of suite.trials) {
      test(trial.id, async ({ skip }) => {
        const outcome = await suite.outcome(trial);
        if (outcome && "skip" in outcome) {
          skip(outcome.skip);
        } else if (outcome) {
          throw outcome.error;
        }
      });
    }
  });
}

/** The names of the tests that will run; none where this version of vitest does not say. */
function selected(suite: unknown): string[] {
  if (typeof suite !== "object" || suite === null || !("tasks" in suite) || !Array.isArray(suite.tasks)) {
    return [];
  }
  const tasks = suite.tasks as { name: string; mode: string }[];
  return tasks.filter((task) => task.mode === "run").map((task) => task.name);
}
