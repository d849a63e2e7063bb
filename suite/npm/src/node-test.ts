/** A test of `node:test` for each trial. */

import { after, describe, test } from "node:test";

import { Suite, type SuiteOptions, type Target } from "./suite.js";

export type { Started, SuiteOptions, Target, Tested } from "./suite.js";

/**
 * Makes a test of each trial. All of them are run once and together, when the first test begins.
 *
 * @example conforms({ spawn: "node server.js {port}" }, { filters: ["level:must"] });
 */
export function conforms(target: Target, options: SuiteOptions = {}): void {
  const suite = new Suite(target, options);
  describe(suite.name, () => {
    after(() => suite.stop());
    for (const trial of suite.trials) {
      test(trial.id, async (t) => {
        const outcome = await suite.outcome(trial);
        if (outcome && "skip" in outcome) {
          t.skip(outcome.skip);
        } else if (outcome) {
          throw outcome.error;
        }
      });
    }
  });
}
