/** What the tab that leads says once it is safe: when the records that it rests upon cannot be lost any more. */

import type { Lead } from './lead.js'

/** How much may wait to be said. */
const MOST = 4_096

interface Waiting {
  readonly record: number
  readonly say: () => void
}

/** @internal */
export class Due {
  readonly #lead: Lead
  readonly #askAnew: () => void
  readonly #waiting: Waiting[] = []
  /** Too much waited, and is not said: every tab is to ask for everything. */
  #lapsed = false

  /** `askAnew` has every tab ask for everything. */
  constructor(lead: Lead, askAnew: () => void) {
    this.#lead = lead
    this.#askAnew = askAnew
  }

  /** Something is said once the records up to one are safe: all that there are by now, unless one is named. */
  add(say: () => void, record = this.#lead.record): void {
    if (this.#waiting.length === MOST) {
      this.#waiting.length = 0
      this.#lapsed = true
    }
    this.#waiting.push({ record, say })
  }

  /** Says what is due. */
  flush(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].record <= this.#lead.safe) this.#waiting.shift()?.say()
    if (!this.#lapsed || this.#lead.safe < this.#lead.record) return
    this.#lapsed = false
    this.#askAnew()
  }

  /** Nothing is said any more. */
  end(): void {
    this.#waiting.length = 0
  }
}
