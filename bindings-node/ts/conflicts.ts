/** Who decides about a stale edit: a function of the application, its listeners, or nobody. */

import type { Edit } from './edit.js'
import type { EngineOutput } from './engine.js'
import { asAnswer, type Conflict, type Resolution, type ResolverTable } from './resolvers.js'
import type { Session } from './session.js'

type Asked = Extract<EngineOutput, { kind: 'conflict' }>

/** A conflict that waits for a decision. */
interface Undecided {
  /** Lets the process end. */
  readonly release: () => void
  /** A function runs for it here, or listeners were told. */
  busy: boolean
}

/** @internal */
export class Conflicts {
  /** The conflicts that wait for a decision, by room and draft. */
  readonly #waiting = new Map<number, Map<number, Undecided>>()
  readonly #session: Session
  readonly #resolvers: ResolverTable

  constructor(session: Session, resolvers: ResolverTable) {
    this.#session = session
    this.#resolvers = resolvers
  }

  /** Finds someone to decide a conflict: a resolver function, or listeners; otherwise the server's value stays. */
  decide(output: Asked, room: string): void {
    const { room: number, draft, key, code, mine, base, theirs, elsewhere = false } = output
    const { ledger, log } = this.#session
    const edit = ledger.find(number, draft)
    const conflict: Conflict = { room, draft, key, code, mine, base, theirs, ...(edit && { edit }) }
    const resolver = this.#resolvers.of(key)
    const runs = resolver !== undefined && !elsewhere
    // Another tab may ask again about what is on its way here: it took the lead over.
    const busy = this.#waiting.get(number)?.get(draft)?.busy === true
    const listeners = resolver === undefined && this.#session.heard(number, 'conflict')
    if (!busy && this.#waits(number)) {
      this.#wait(number, draft, { release: runs ? this.#session.anchor.hold() : () => {}, busy: runs || listeners })
    }
    if (resolver !== undefined) {
      if (runs && !busy) void this.#run(number, conflict, resolver)
      return
    }
    const others = this.#session.handle.asked(number, draft, listeners)
    if (listeners) {
      const resolve = (resolution: Resolution) => this.#answer(number, draft, resolution)
      if (!busy) this.#session.both('conflict', number, { ...conflict, resolve })
    } else if (!elsewhere && !others) {
      log.warn({ event: 'conflictLeft', message: 'nobody decides: the server\'s value stays', room, code })
      this.#giveUp(number, draft)
    }
  }

  async #run(number: number, conflict: Conflict, resolver: (conflict: Conflict) => unknown): Promise<void> {
    try {
      const resolution = (await resolver(conflict)) as Resolution
      if (this.#waits(number)) this.#answer(number, conflict.draft, resolution)
    } catch (error) {
      this.#report(error, { event: 'resolverFailed', message: 'a resolver failed: the server\'s value stays', room: conflict.room })
      if (this.#waits(number)) this.#giveUp(number, conflict.draft)
    } finally {
      this.#session.pump()
    }
  }

  /** How many edits of a room, or of all rooms, wait for a decision. */
  count(number?: number): number {
    if (number !== undefined) return this.#waiting.get(number)?.size ?? 0
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0)
  }

  #wait(number: number, draft: number, undecided: Undecided): void {
    this.settled(number, draft)
    const drafts = this.#waiting.get(number) ?? new Map<number, Undecided>()
    this.#waiting.set(number, drafts.set(draft, undecided))
  }

  /** A conflict is decided or went away. */
  settled(number: number, draft: number): void {
    const drafts = this.#waiting.get(number)
    drafts?.get(draft)?.release()
    drafts?.delete(draft)
  }

  /** Nobody decides about the conflicts of a room any more. */
  leave(number: number): void {
    for (const draft of [...(this.#waiting.get(number)?.keys() ?? [])]) this.settled(number, draft)
    this.#waiting.delete(number)
  }

  /** Nobody decides about anything any more. */
  end(): void {
    for (const number of [...this.#waiting.keys()]) this.leave(number)
  }

  /** A conflict of a room that was closed meanwhile is asked about again when it is opened. */
  #waits(number: number): boolean {
    return this.#session.end === undefined && this.#session.room(number) !== undefined
  }

  #answer(number: number, draft: number, resolution: Resolution): Edit | undefined {
    const by = this.#session.handle.resolve(number, draft, asAnswer(resolution))
    this.settled(number, draft)
    const edit = by === undefined ? undefined : this.#session.ledger.note(number, by)
    this.#session.pump()
    return edit
  }

  #giveUp(number: number, draft: number): void {
    this.settled(number, draft)
    try {
      this.#session.handle.resolve(number, draft, { keep: 'theirs' })
    } catch (error) {
      // It was decided or went away meanwhile.
      this.#session.log.debug({ event: 'conflictGone', message: 'a conflict waits no more', error })
    }
  }

  /** A function of the application failed. */
  #report(error: unknown, details: { event: string; message: string; room?: string }): void {
    this.#session.log.error({ ...details, error })
    this.#session.onError(error, details.room)
  }
}
