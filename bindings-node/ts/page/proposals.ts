/** Which edits of this tab wait for a verdict, and as which drafts the one that leads took them over. */

interface OfRoom {
  /** The draft of each proposal; 0 until that is known. */
  readonly drafts: Map<number, number>
  /** The proposals of each draft. */
  readonly of: Map<number, number[]>
  /** The drafts that were told to be refused, while it is open what comes of that. */
  readonly refused: Set<number>
}

/** Whether a number is one that tabs give; else the one that leads gave it. @internal */
export function isProposal(number: number): boolean {
  return number > 2 ** 52
}

/** @internal */
export class Proposals {
  readonly #rooms = new Map<number, OfRoom>()
  #unheard = 0

  /** How many are not known to have been taken over. */
  get unheard(): number {
    return this.#unheard
  }

  #of(room: number): OfRoom {
    const found = this.#rooms.get(room) ?? { drafts: new Map<number, number>(), of: new Map<number, number[]>(), refused: new Set<number>() }
    this.#rooms.set(room, found)
    return found
  }

  /** An edit was made. */
  make(room: number, proposal: number): void {
    this.#of(room).drafts.set(proposal, 0)
    this.#unheard += 1
  }

  /** The one that leads made an edit in the place of one that was refused. */
  made(room: number, draft: number): void {
    const { drafts, of } = this.#of(room)
    drafts.set(draft, draft)
    of.set(draft, [draft])
  }

  /** It was taken over. Whether it waits, and this is news. */
  adopt(room: number, proposal: number, draft: number): boolean {
    const found = this.#rooms.get(room)
    if (found?.drafts.get(proposal) !== 0) return false
    found.drafts.set(proposal, draft)
    found.of.set(draft, [...(found.of.get(draft) ?? []), proposal])
    this.#unheard -= 1
    return true
  }

  /** The number under which a verdict of it is to be told, if it waits for one. */
  number(room: number, proposal: number): number | undefined {
    const draft = this.#rooms.get(room)?.drafts.get(proposal)
    return draft === 0 ? proposal : draft
  }

  /** A draft is told to be refused, and waits for what comes of that. */
  refuse(room: number, draft: number): void {
    const found = this.#rooms.get(room)
    if (found?.of.has(draft)) found.refused.add(draft)
  }

  /** Whether that was told. */
  isRefused(room: number, draft: number): boolean {
    return this.#rooms.get(room)?.refused.has(draft) === true
  }

  /** Whether anything of a room waits. */
  has(room: number): boolean {
    return (this.#rooms.get(room)?.drafts.size ?? 0) > 0
  }

  /** A draft, or a proposal that was not taken over, has its end. */
  settle(room: number, draft: number): void {
    const found = this.#rooms.get(room)
    if (found === undefined) return
    for (const proposal of found.of.get(draft) ?? []) found.drafts.delete(proposal)
    found.of.delete(draft)
    found.refused.delete(draft)
    if (found.drafts.get(draft) !== 0) return
    found.drafts.delete(draft)
    this.#unheard -= 1
  }

  /** All that wait, and the drafts that they became. */
  * waiting(): Generator<readonly [room: number, proposal: number, draft: number]> {
    for (const [room, { drafts }] of this.#rooms) for (const [proposal, draft] of drafts) yield [room, proposal, draft]
  }
}
