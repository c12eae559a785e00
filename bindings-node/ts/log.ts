/** Where records about the course of things go, and errors that are nobody's to catch. */

/** How much a record matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Something worth a line in a log. Never holds tokens or values of rooms. */
export interface LogRecord {
  readonly level: LogLevel
  /** What happened, as one word: `connected`, `denied`, `listenerFailed`, … */
  readonly event: string
  /** The same for people. */
  readonly message: string
  /** The name of the room that it is about. */
  readonly room?: string
  /** The code of the engine's word. */
  readonly code?: string
  /** What was thrown, by the engine or by the application's own function. */
  readonly error?: unknown
}

/** Takes records; what it throws is reported as an uncaught exception. */
export type LogHook = (record: LogRecord) => void

type Details = Omit<LogRecord, 'level'>

/** Throws where nobody can catch: as an `EventTarget` does with what its listeners throw. @internal */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** @internal */
export class Log {
  readonly #hook: LogHook | undefined

  constructor(hook: LogHook | undefined) {
    this.#hook = hook
  }

  debug(details: Details): void {
    this.#write({ level: 'debug', ...details })
  }

  info(details: Details): void {
    this.#write({ level: 'info', ...details })
  }

  warn(details: Details): void {
    this.#write({ level: 'warn', ...details })
  }

  error(details: Details): void {
    this.#write({ level: 'error', ...details })
  }

  /** Logs an error of the application's own function, and throws it where it is not swallowed. */
  uncaught(error: unknown, details: Details): void {
    this.error({ ...details, error })
    throwLater(error)
  }

  #write(record: LogRecord): void {
    if (this.#hook === undefined) return
    try {
      this.#hook(record)
    } catch (error) {
      throwLater(error)
    }
  }
}
