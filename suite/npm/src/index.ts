/** A conformance suite for the WebSocket protocol: says which sentence of which RFC an endpoint breaks. */

export { binary } from "./binary.js";
export {
  BinaryNotFoundError,
  ConformanceError,
  InconclusiveError,
  RunError,
  UsageError,
  WsspecError,
} from "./errors.js";
export type { ClientOptions, Command, CommonOptions, RunOptions, ServeOptions } from "./options.js";
export { Report, Trial } from "./results.js";
export type { Entry, Failure, Note, Peer, Requirement, Status, Verdict } from "./results.js";
export { load, run, testClient, trials } from "./run.js";
export type { Client, ClientFunction, Listed, Server } from "./run.js";
export { Serving, serve } from "./serving.js";
