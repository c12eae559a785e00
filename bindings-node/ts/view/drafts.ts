/** The drafts of renders, one behind the other, until the engine takes them. */

import { closed } from '../refusal.js'
import { Bytes } from './bytes.js'

const ENTER = 0
const LEAVE = 1
/** Another text. @internal */
export const TEXT = 2
/** Another node. @internal */
export const REPLACE = 4
/** Another text of an element that has nothing else. @internal */
export const LEAF_TEXT = 3
/** An attribute. @internal */
export const SET = 5
/** An attribute that is no more. @internal */
export const UNSET = 6
const LIST = 7
/** Nodes that stay. @internal */
export const KEEP = 0
/** Nodes that go. @internal */
export const DROP = 1
/** Nodes that come. @internal */
export const INSERT = 2
/** From here on, the number of a step stands behind it. */
const LARGE = 31
/** From here on, the number of a part of a list stands behind it. */
const LARGE_PART = 63
/** In the place of a count of bytes. */
const NONE = -1
/** Bytes of a draft that are moved one by one. */
const SHORT = 64
/** Bytes of texts that can wait. */
const LIGHT = 1 << 14

/** What the engine takes. @internal */
export interface Taken {
  /** The drafts behind each other, good until the next render of any view. */
  readonly bytes: Uint8Array
  /** How many bytes belong to each. */
  readonly lengths: readonly number[]
  /** How many of these are of the renders before the last. */
  readonly settled: number
}

/** Writes drafts; several views can share one, as long as no render is within another. */
export class Drafts {
  /** @internal */
  readonly bytes = new Bytes()
  #lengths: number[] = []
  #from = -1
  /** How many containers there are around what is compared now, and by which child each of them is left. */
  #depth = 0
  readonly #path: number[] = [0]
  /** In how many of these the cursor is, and before which child of each. */
  #entered = 0
  readonly #cursors: number[] = [0]
  /** Where the steps in each of them start. */
  readonly #starts: number[] = [0]
  /** How many containers the cursor is to leave before it is used again. */
  #leaves = 0
  #isLight = true
  /** Of which view the draft is, and the one before. */
  #owner: object | undefined
  #ownerBefore: object | undefined
  /** Bytes of the draft in front of the text that is all that it changes; below zero if it changes something else. */
  #front = 0
  /** The same of the draft before. */
  #frontBefore = NONE
  #isRough = false
  #settled = 0

  /** Whether there is nothing to take. */
  get isEmpty(): boolean {
    return this.#lengths.length === 0
  }

  /** Whether all drafts are of other texts alone, and of few: no limit of the engine is near them. */
  get isLight(): boolean {
    return this.#isLight && this.bytes.at < LIGHT
  }

  /** How many containers there are around what is compared now. @internal */
  get depth(): number {
    return this.#depth
  }

  /** What is drafted is more than other texts. @internal */
  weigh(): void {
    this.#isLight = false
    this.#front = NONE
  }

  /** What is drafted is right, but not the shortest way: the engine has to find that. @internal */
  roughen(): void {
    this.weigh()
    this.#isRough = true
  }

  /**
   * Takes all drafts out.
   *
   * @throws {SynclineError} `Closed` within a render.
   */
  take(): Taken {
    if (this.#from >= 0) throw closed('a render that has ended', 'one that runs')
    const bytes = this.bytes.buffer.subarray(0, this.bytes.at)
    const lengths = this.#lengths
    this.#lengths = []
    this.#isLight = true
    this.bytes.clear()
    return { bytes, lengths, settled: this.#settled }
  }

  /** Starts a draft. @internal */
  begin(owner: object): void {
    if (this.#from >= 0) throw closed('a render that has ended', 'one that runs')
    this.#from = this.bytes.at
    this.#depth = 0
    this.#entered = 0
    this.#leaves = 0
    this.#isRough = false
    this.#front = 0
    this.#owner = owner
    this.#cursors[0] = 0
    this.#starts[0] = this.#from
  }

  /** Ends the draft; gives whether there is anything in it. @internal */
  end(): boolean {
    const length = this.bytes.at - this.#from
    this.#from = -1
    if (length === 0) return false
    if (this.#supersedes(length)) return true
    this.#frontBefore = this.#front
    this.#ownerBefore = this.#owner
    this.#settled = this.#lengths.length
    this.#lengths.push(length)
    // The way of several drafts is not theirs: one of nothing is enough.
    if (this.#isRough) this.#lengths.push(0)
    return true
  }

  /** Whether the draft was put in the place of the one before, as both are of the same text. */
  #supersedes(length: number): boolean {
    const front = this.#front
    const last = this.#lengths.length - 1
    if (front <= 0 || front !== this.#frontBefore || last < 0 || this.#owner !== this.#ownerBefore) return false
    const { buffer, at } = this.bytes
    const from = at - length
    const before = from - (this.#lengths[last] as number)
    for (let index = 0; index < front; index += 1) if (buffer[before + index] !== buffer[from + index]) return false
    // A text is short: a call out of JavaScript would cost more than the loop.
    if (length <= SHORT) for (let index = front; index < length; index += 1) buffer[before + index] = buffer[from + index] as number
    else buffer.copyWithin(before, from, at)
    this.bytes.at = before + length
    this.#lengths[last] = length
    return true
  }

  /** Takes the draft back. @internal */
  abandon(): void {
    this.bytes.at = this.#from
    this.#from = -1
  }

  /** Goes into a child, which is a container; nothing is written before something changes in it. @internal */
  enter(child: number): void {
    this.#path[this.#depth] = child
    this.#depth += 1
  }

  /** Goes out of the container. @internal */
  exit(): void {
    if (this.#entered === this.#depth) {
      this.#entered -= 1
      this.#leaves += 1
    }
    this.#depth -= 1
  }

  /** Starts a step that changes a child of the container. @internal */
  step(kind: number, child: number): void {
    this.#reach()
    this.#past(kind, child)
    const isText = this.#front === 0 && (kind === TEXT || kind === LEAF_TEXT)
    this.#front = isText ? this.bytes.at - this.#from : NONE
  }

  /** Starts a change of an attribute of the container, which is an element. @internal */
  attribute(kind: number, name: number): void {
    this.weigh()
    this.#reach()
    this.#head(kind, name)
  }

  /** What follows is of the children of the container, whose attributes are written. @internal */
  behindAttributes(): void {
    if (this.#entered === this.#depth) this.#starts[this.#depth] = this.bytes.at
  }

  /**
   * Starts a change of the container's children, the first `front` of which stay.
   *
   * Gives the steps that were written in it before, of these children: they belong behind the change.
   *
   * @internal
   */
  list(front: number): Uint8Array {
    this.weigh()
    if (this.#entered < this.#depth) this.#reach()
    const behind = this.bytes.cut(this.#starts[this.#depth] as number)
    this.#head(LIST, front)
    return behind
  }

  /** Writes a part of that change. @internal */
  part(kind: number, count: number): void {
    if (count < LARGE_PART) return this.bytes.byte((count << 2) | kind)
    this.bytes.byte((LARGE_PART << 2) | kind)
    this.bytes.number(count - LARGE_PART)
  }

  /** Ends the parts: what is left stays. @internal */
  rest(): void {
    this.bytes.byte(0)
  }

  /** Starts the parts in the form that says where each node comes from. @internal */
  order(before: number, after: number, back: number): void {
    this.bytes.byte(DROP)
    this.bytes.number(before)
    this.bytes.number(after)
    this.bytes.number(back)
  }

  /** Writes how the cursor comes to the container. */
  #reach(): void {
    if (this.#leaves > 0) {
      this.#head(LEAVE, this.#leaves)
      this.#leaves = 0
    }
    while (this.#entered < this.#depth) {
      this.#past(ENTER, this.#path[this.#entered] as number)
      this.#entered += 1
      this.#cursors[this.#entered] = 0
      this.#starts[this.#entered] = this.bytes.at
    }
  }

  #past(kind: number, child: number): void {
    this.#head(kind, child - (this.#cursors[this.#entered] as number))
    this.#cursors[this.#entered] = child + 1
  }

  #head(kind: number, count: number): void {
    if (count < LARGE) return this.bytes.byte((count << 3) | kind)
    this.bytes.byte((LARGE << 3) | kind)
    this.bytes.number(count - LARGE)
  }
}
