/** Who may do what in which room: the application's answer, and what is made of a bad one. */

import { later } from './anchor.js'
import { brand } from './brand.js'
import { type CodeName, SynclineError } from './errors.js'
import type { ServerHandle, ServerOutput } from './handle.js'
import type { Log } from './log.js'
import type { HandshakeRequest } from './transport/origin.js'

/** Who asks to come into a room, or to stay in it with a newer token. */
export interface Question<R extends HandshakeRequest = HandshakeRequest> {
  /** What the client says of itself; empty if nothing. */
  readonly token: string
  /** The name of the room. */
  readonly room: string
  /** The name of the application's schema, as the client says it. */
  readonly schema: string
  /** The request of the handshake, as it was given to `attach`. */
  readonly request: R | undefined
}

/** What somebody may do in a room. */
export interface Grant {
  /** Who it is: an outbox belongs to one principal, and what is granted can be taken back by this name. */
  readonly principal: string
  /** Whether they may write: everything, nothing, or the keys with these prefixes. Nothing by default. */
  readonly write?: boolean | readonly string[]
}

/** What the application answers: a grant, or nothing for `Forbidden`. */
export type Answer = Grant | null | undefined | false

/** Decides who may do what. A {@link DenyError} denies with its code; anything else that is thrown with `Unavailable`. */
export type Authorize<R extends HandshakeRequest = HandshakeRequest> = (question: Question<R>) => Answer | Promise<Answer>

/** Thrown by `authorize` to deny with a code, such as `Unauthorized` for a token that is not accepted. */
export class DenyError extends Error {
  override readonly name = 'DenyError'
  readonly code: CodeName

  constructor(code: CodeName, message = `denied: ${code}`) {
    super(message)
    this.code = code
  }

  static {
    brand(this, 'DenyError')
  }
}

/** What the engine is told: a grant, or a code; and what went wrong. */
type Decision =
  | { readonly principal: string; readonly write: readonly string[] }
  | { readonly code: CodeName; readonly error?: unknown }

/**
 * Asks the application, and tells the engine. Whatever happens, there is an answer, and what went wrong is logged and never
 * told to the peer.
 *
 * @internal
 */
export class Door<R extends HandshakeRequest> {
  readonly #authorize: Authorize<R>
  readonly #handle: ServerHandle
  readonly #log: Log
  readonly #timeout: number
  /** The questions without an answer: by number, who asks, and what ends the waiting. */
  readonly #open = new Map<number, { conn: number; drop: () => void }>()

  /** `timeout` in milliseconds. */
  constructor(authorize: Authorize<R>, handle: ServerHandle, log: Log, timeout: number) {
    this.#authorize = authorize
    this.#handle = handle
    this.#log = log
    this.#timeout = timeout
  }

  async ask({ request, conn, token, schema, room }: Extract<ServerOutput, { kind: 'authorize' }>, handshake: R | undefined): Promise<void> {
    const answer = this.#decide({ token, room, schema, request: handshake })
    const decision = await this.#inTime(request, conn, answer)
    if (decision === undefined) return
    if ('principal' in decision) {
      this.#grant(request, room, decision.principal, decision.write)
    } else {
      const { code, error } = decision
      if (error === undefined) this.#log.info({ event: 'denied', message: `the room is denied: ${code}`, room, code })
      else this.#log.error({ event: 'authorizeFailed', message: 'authorize failed: the room is denied', room, code, error })
      this.#deny(request, room, code)
    }
  }

  /** Answers concern nobody any more. */
  end(): void {
    for (const { drop } of [...this.#open.values()]) drop()
  }

  /** What this connection asked concerns nobody any more. */
  forget(conn: number): void {
    for (const question of [...this.#open.values()]) if (question.conn === conn) question.drop()
  }

  /** The decision, or one that it did not come in time; nothing if it concerns nobody any more. */
  #inTime(request: number, conn: number, answer: Promise<Decision>): Promise<Decision | undefined> {
    return new Promise((resolve) => {
      const settle = (decision?: Decision): void => {
        cancel()
        this.#open.delete(request)
        resolve(decision)
      }
      const cancel = later(this.#timeout, () => {
        settle({ code: 'Unavailable', error: new Error(`authorize has not answered for ${this.#timeout} ms`) })
      })
      this.#open.set(request, { conn, drop: settle })
      void answer.then(settle)
    })
  }

  async #decide(question: Question<R>): Promise<Decision> {
    try {
      return asDecision(await this.#authorize(question))
    } catch (error) {
      if (error instanceof DenyError || error instanceof SynclineError) return { code: error.code }
      return { code: 'Unavailable', error }
    }
  }

  #grant(request: number, room: string, principal: string, write: readonly string[]): void {
    try {
      this.#handle.grant(request, principal, write)
    } catch (error) {
      this.#log.error({ event: 'authorizeFailed', message: 'the grant is not one: the room is denied', room, error })
      this.#deny(request, room, 'Unavailable')
    }
  }

  #deny(request: number, room: string, code: CodeName): void {
    try {
      this.#handle.deny(request, code)
    } catch (error) {
      this.#log.error({ event: 'authorizeFailed', message: 'the code denies nothing', room, code, error })
      this.#handle.deny(request, 'Unavailable')
    }
  }
}

function asDecision(answer: unknown): Decision {
  if (answer === null || answer === undefined || answer === false) return { code: 'Forbidden' }
  if (typeof answer !== 'object') throw new TypeError('authorize returns {principal, write}, or null')
  const { principal, write } = answer as Partial<Record<keyof Grant, unknown>>
  if (typeof principal !== 'string') throw new TypeError('the principal of a grant is a string')
  if (write === true) return { principal, write: [''] }
  if (write === false || write === undefined) return { principal, write: [] }
  if (Array.isArray(write) && write.every((prefix) => typeof prefix === 'string')) return { principal, write }
  throw new TypeError('write of a grant is true, false, or a list of prefixes')
}
