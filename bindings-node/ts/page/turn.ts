/** Whose turn it is to lead: this tab's, as it holds a lock that no other tab can hold, or another's, as long as that answers. */

import { asError } from '../refusal.js'
import { isHidden } from './life.js'
import { type Held, stealLock, tryLock, waitLock } from './locks.js'

/** Milliseconds that a tab waits for what it is to hear, until it asks whether anybody leads. */
const SILENCE_MS = 3_000
/** The same while it waits for nothing. */
const QUIET_MS = 10_000
/** Milliseconds that the one that leads has to answer, before a tab that somebody looks at leads instead. */
const ANSWER_MS = 1_500
/** The same again at most, so that of several such tabs one comes first. */
const APART_MS = 600
/** Milliseconds by which a timer is late if this page did not run: then the answer may be there, and is to be heard first. */
const LATE_MS = 300

/** What a tab waits for. */
type Phase = 'nothing' | 'quiet' | 'silence' | 'answer' | 'late'

/** What a turn means for the rest of the tab. @internal */
export interface TurnHost {
  /** This tab leads, unless `holds` says meanwhile that it does not any more. */
  lead(holds: () => boolean): Promise<void>
  /** It leads no more; ends when what it has recorded is stored. */
  yielded(): Promise<void>
  /** Another tab leads: it is to be followed from now on. */
  follow(): void
  /** The one that leads is to say that it is there. */
  ping(): void
  /** Whether something is to be heard of the one that leads. */
  waits(): boolean
  /** This tab cannot lead although it is its turn. */
  failed(error: Error): void
}

/** @internal */
export class Turn {
  readonly #name: string
  readonly #host: TurnHost
  #lock: Held | undefined
  /** Ends the waiting for the lock. */
  #queue: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #alarm: ReturnType<typeof setTimeout> | undefined
  #phase: Phase = 'nothing'
  #asleep = false
  #over = false

  constructor(name: string, host: TurnHost) {
    this.#name = name
    this.#host = host
  }

  /** Leads if nobody does, else follows until it is this tab's turn. */
  async begin(): Promise<void> {
    const lock = await tryLock(this.#name)
    if (lock !== undefined) await this.#take(lock)
    else if (!this.#over && !this.#asleep) this.#join()
  }

  #join(): void {
    this.#queue?.abort()
    const queue = new AbortController()
    this.#queue = queue
    this.#host.follow()
    this.expect()
    waitLock(this.#name, queue.signal).then(
      (lock) => this.#take(lock),
      (error: unknown) => {
        if (!queue.signal.aborted) throw error
      },
    ).catch((error: unknown) => { this.#host.failed(asError(error)) })
  }

  async #take(lock: Held): Promise<void> {
    if (this.#over || this.#asleep || this.#lock !== undefined) {
      lock.release()
      return
    }
    this.#lock = lock
    this.#queue?.abort()
    this.#queue = undefined
    this.#wait('nothing')
    void lock.lost.then(() => {
      if (this.#lock === lock) this.lose()
    })
    try {
      await this.#host.lead(() => this.#lock === lock)
    } catch (error) {
      this.#lock = undefined
      lock.release()
      throw error
    }
  }

  /** Another tab leads instead. */
  lose(): void {
    void this.#yield()
    if (!this.#over && !this.#asleep) this.#join()
  }

  async #yield(): Promise<void> {
    const lock = this.#lock
    if (lock === undefined) return
    this.#lock = undefined
    await this.#host.yielded()
    lock.release()
  }

  /** This page may not run for a while: another tab is to lead. */
  sleep(): void {
    this.#asleep = true
    this.#queue?.abort()
    this.#queue = undefined
    this.#wait('nothing')
    void this.#yield()
  }

  /** This page runs again. */
  rise(): void {
    if (!this.#asleep || this.#over) return
    this.#asleep = false
    this.begin().catch((error: unknown) => { this.#host.failed(asError(error)) })
  }

  /** This tab leads and waits no more; ends when what it has recorded is stored. */
  async end(): Promise<void> {
    this.#over = true
    clearTimeout(this.#alarm)
    this.#queue?.abort()
    this.#wait('nothing')
    await this.#yield()
  }

  /** Something is to be heard of the one that leads. */
  expect(): void {
    if (this.#phase === 'nothing' || this.#phase === 'quiet') this.#wait('silence')
  }

  /** The one that leads said something. */
  hear(): void {
    if (!this.#host.waits()) this.#wait('quiet')
    else if (this.#phase !== 'silence') this.#wait('silence')
  }

  /** Somebody looks at this tab: it asks at once whether anybody leads. */
  look(): void {
    if (this.#phase !== 'answer' && this.#phase !== 'late') this.#ping()
  }

  /** The one that leads cannot rely on its own timers: to be spoken to in so many milliseconds tells it the time. */
  alarm(wait: number): void {
    clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => {
      if (!isHidden()) this.#host.ping()
    }, wait)
  }

  #wait(phase: Phase): void {
    clearTimeout(this.#timer)
    const idle = this.#over || this.#asleep || this.#lock !== undefined
    this.#phase = idle ? 'nothing' : phase
    if (this.#phase === 'nothing') return
    const wait = { quiet: QUIET_MS, silence: SILENCE_MS, answer: ANSWER_MS + Math.random() * APART_MS, late: LATE_MS }[this.#phase as Exclude<Phase, 'nothing'>]
    const due = performance.now() + wait
    this.#timer = setTimeout(() => { this.#ring(performance.now() - due > LATE_MS) }, wait)
  }

  #ring(late: boolean): void {
    if (this.#phase === 'answer' && late) this.#wait('late')
    else if (this.#phase === 'answer' || this.#phase === 'late') void this.#steal()
    // What nobody looks at, and nobody waits for, can wait until somebody does.
    else if (this.#phase === 'quiet' && isHidden()) this.#phase = 'nothing'
    else this.#ping()
  }

  #ping(): void {
    if (this.#over || this.#asleep || this.#lock !== undefined) return
    this.#wait('answer')
    this.#host.ping()
  }

  async #steal(): Promise<void> {
    this.#phase = 'nothing'
    if (isHidden()) return
    this.#queue?.abort()
    this.#queue = undefined
    try {
      await this.#take(await stealLock(this.#name))
    } catch (error) {
      this.#host.failed(asError(error))
    }
  }
}
