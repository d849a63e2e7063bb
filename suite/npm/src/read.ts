/** Makes a report of a saved record, and of the JUnit file of the same run. Fields that are new there are passed over. */

import { RunError } from "./errors.js";
import { type Told, told } from "./junit.js";
import { type Entry, type Failure, type Note, Report, type Requirement, Trial, type Verdict } from "./results.js";

/** The format of the record that this version reads. */
const FORMAT = 2;

interface SavedTrial {
  id: string;
  title: string;
  verdict: { kind: Verdict; failure?: Failure; notes?: Note[] };
  requirement: Requirement;
  broken?: Requirement | null;
  also?: string[];
  standing?: { kind: string; reason: string };
  duration_us: number;
  attempts?: number;
  tags?: string[];
  autobahn?: string[];
  file?: string;
  line?: number;
  script?: { text: string }[];
  transcript?: { at_us: number; line: number; event: string; text?: string }[];
}

interface Saved {
  format: number;
  wsspec: string;
  started: string;
  duration_us: number;
  role?: "server" | "client";
  target: string;
  seed: number;
  peer: { echo: boolean; pong: boolean; deflate: boolean; subprotocol?: string | null; server?: string | null };
  incidents?: string[];
  aborted?: string | null;
  trials: SavedTrial[];
}

/** The report that the text of two files makes. */
export function report(record: string, junit: string, exitCode: number): Report {
  const saved = JSON.parse(record) as Saved;
  if (saved.format !== FORMAT) {
    throw new RunError(
      `the record has format ${saved.format}, and this package reads ${FORMAT}; ` +
        "install the package and the program in the same version",
    );
  }
  const outcomes = told(junit);
  return new Report({
    target: saved.target,
    role: saved.role ?? "server",
    exitCode,
    wsspec: saved.wsspec,
    started: saved.started,
    duration: saved.duration_us / 1e3,
    seed: saved.seed,
    peer: {
      echo: saved.peer.echo,
      pong: saved.peer.pong,
      deflate: saved.peer.deflate,
      subprotocol: saved.peer.subprotocol ?? undefined,
      server: saved.peer.server ?? undefined,
    },
    incidents: saved.incidents ?? [],
    aborted: saved.aborted ?? undefined,
    trials: saved.trials.map((trial) => read(trial, outcomes.get(trial.id))),
    record: saved,
  });
}

function read(trial: SavedTrial, outcome: Told = { status: "passed", message: "", text: "" }): Trial {
  return new Trial({
    id: trial.id,
    title: trial.title,
    verdict: trial.verdict.kind,
    ...outcome,
    requirement: trial.requirement,
    broken: trial.broken ?? undefined,
    also: trial.also ?? [],
    failure: trial.verdict.failure,
    notes: trial.verdict.notes ?? [],
    known: trial.standing?.kind === "known" ? trial.standing.reason : undefined,
    duration: trial.duration_us / 1e3,
    attempts: trial.attempts ?? 1,
    tags: trial.tags ?? [],
    autobahn: trial.autobahn ?? [],
    file: trial.file ?? "",
    line: trial.line ?? 0,
    script: (trial.script ?? []).map((line) => line.text),
    transcript: (trial.transcript ?? []).map(
      ({ at_us, line, event, text = "" }): Entry => ({ at: at_us / 1e3, line, event, text }),
    ),
  });
}
