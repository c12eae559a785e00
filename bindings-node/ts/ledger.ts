/** Which edits wait for a verdict, and which of the engine's words make it whole. */

import type { Anchor } from './anchor.js'
import { abandon, Edit, settle } from './edit.js'
import type { ClientOutput } from './handle.js'
import type { Refused } from './verdict.js'

type Sides = Extract<ClientOutput, { kind: 'refused' | 'conflict' }>
type Told = Extract<ClientOutput, { kind: 'verdict' }>

/** A refused edit of which the sides are not told yet. */
interface Waiting {
  readonly edit: Edit
  readonly op: number
  readonly code: Refused['code']
  /** The first edit of the chain that it belongs to, once that is known. */
  head: number | undefined
}

interface OfRoom {
  readonly name: string
  readonly edits: Map<number, Edit>
  readonly waiting: Map<number, Waiting>
}

/**
 * The edits of a client without a verdict: as many as the outbox holds.
 *
 * A stale edit and those that build on it are one conflict: its sides are told once, under its first edit, when the last
 * of them is decided. All of them get these sides.
 *
 * @internal
 */
export class Ledger {
  readonly #anchor: Anchor
  readonly #rooms = new Map<number, OfRoom>()

  constructor(anchor: Anchor) {
    this.#anchor = anchor
  }

  open(room: number, name: string): void {
    if (!this.#rooms.has(room)) this.#rooms.set(room, { name, edits: new Map(), waiting: new Map() })
  }

  /** The edit of this number: the one that there is, if edits were made one. */
  note(room: number, draft: number, keys: readonly string[]): Edit {
    const known = this.#rooms.get(room)?.edits.get(draft)
    if (known !== undefined) return known
    const edit = new Edit(this.#rooms.get(room)?.name ?? '', draft, keys, this.#anchor)
    this.#rooms.get(room)?.edits.set(draft, edit)
    return edit
  }

  find(room: number, draft: number): Edit | undefined {
    const found = this.#rooms.get(room)
    return found?.edits.get(draft) ?? found?.waiting.get(draft)?.edit
  }

  /** A verdict: the sides of a refusal, and the operations of an unknown edit, follow. */
  decide({ room, draft, verdict }: Told): void {
    const found = this.#rooms.get(room)
    const edit = found?.edits.get(draft)
    if (found === undefined || edit === undefined || verdict.kind === 'unknown') return
    found.edits.delete(draft)
    if (verdict.kind === 'applied') edit[settle]({ kind: 'applied', version: verdict.version })
    else found.waiting.set(draft, { edit, op: verdict.op, code: verdict.code, head: undefined })
  }

  /** An edit of which nobody knows. */
  lose({ room, draft, code, edits }: Extract<ClientOutput, { kind: 'unknown' }>): Edit | undefined {
    const found = this.#rooms.get(room)
    const edit = found?.edits.get(draft)
    found?.edits.delete(draft)
    edit?.[settle]({ kind: 'unknown', code, edits })
    return edit
  }

  /** The application is asked: the edits of this conflict are all decided. */
  ask(sides: Sides): Edit | undefined {
    for (const waiting of this.#members(sides)) waiting.head = sides.draft
    return this.find(sides.room, sides.draft)
  }

  /** What was done about a refusal. */
  refuse(sides: Extract<ClientOutput, { kind: 'refused' }>): { edit: Edit | undefined; by: Edit | undefined } {
    const edit = this.find(sides.room, sides.draft)
    const { room, draft, key, by: number } = sides
    const by = number === undefined ? undefined : this.note(room, number, [key])
    for (const member of this.#members(sides)) {
      this.#rooms.get(room)?.waiting.delete(member.edit.draft)
      const { op } = member
      const code = member.edit.draft === draft ? sides.code : member.code
      const { mine, base, theirs } = sides
      member.edit[settle]({ kind: 'refused', code, op, key, mine, base, theirs, ...(by && { by }) })
    }
    return { edit, by }
  }

  /** What waits to be told of, in the order of the edits. */
  #members({ room, draft, key }: Sides): Waiting[] {
    const all = [...(this.#rooms.get(room)?.waiting.values() ?? [])]
    return all.filter(({ edit, op, head }) => {
      if (edit.draft === draft || head === draft) return true
      return head === undefined && edit.draft > draft && edit.keys[op] === key
    })
  }

  /** Nobody tells of this room's edits any more. */
  close(room: number, error: Error): void {
    const found = this.#rooms.get(room)
    this.#rooms.delete(room)
    for (const edit of found?.edits.values() ?? []) edit[abandon](error)
    for (const { edit } of found?.waiting.values() ?? []) edit[abandon](error)
  }

  closeAll(error: Error): void {
    for (const room of [...this.#rooms.keys()]) this.close(room, error)
  }
}
