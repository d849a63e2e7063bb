/** What can go wrong. Each message says what, and what to do. */

/** Anything that this package throws. */
export class WsspecError extends Error {
  override name = "WsspecError";
}

/** The program `wsspec` is not installed. */
export class BinaryNotFoundError extends WsspecError {
  override name = "BinaryNotFoundError";
}

/** `wsspec` refuses what it was asked: a filter, an option, or a file has a mistake (exit code 2). */
export class UsageError extends WsspecError {
  override name = "UsageError";
}

/** `wsspec` ended without a record. */
export class RunError extends WsspecError {
  override name = "RunError";
}

/** The peer breaks a requirement. The message holds the transcripts. */
export class ConformanceError extends WsspecError {
  override name = "ConformanceError";

  constructor(message: string) {
    super(message);
    // Where in this package it was thrown helps nobody.
    this.stack = `${this.name}: ${message}`;
  }
}

/** Nothing can be said about the peer: it cannot be reached, or it died, or no trial was run. */
export class InconclusiveError extends WsspecError {
  override name = "InconclusiveError";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.stack = `${this.name}: ${message}`;
  }
}
