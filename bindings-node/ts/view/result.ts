/** What a template of a view gives: where it stands in the source, and what its slots hold. */

/** Slots that have a field of their own. */
const FIELDS = 8

/** One evaluation of a template: what a view shows, or another template has in a slot. */
export class Result {
  // Fields, not one array: one object less for every row of every render, and they are compared without a loop.
  // Declared only: fields would be set twice, and the constructor would be too long to be inlined.
  /** The text around the slots. */
  declare readonly strings: readonly string[]
  /** Whether a render has met it before, which means that someone keeps it. @internal */
  declare seen: boolean
  /** @internal */
  declare readonly s0: unknown
  /** @internal */
  declare readonly s1: unknown
  /** @internal */
  declare readonly s2: unknown
  /** @internal */
  declare readonly s3: unknown
  /** @internal */
  declare readonly s4: unknown
  /** @internal */
  declare readonly s5: unknown
  /** @internal */
  declare readonly s6: unknown
  /** @internal */
  declare readonly s7: unknown
  /** What the slots behind these hold, if there are any. @internal */
  declare readonly more: readonly unknown[] | undefined

  /** @internal */
  constructor(
    strings: readonly string[],
    s0: unknown,
    s1: unknown,
    s2: unknown,
    s3: unknown,
    s4: unknown,
    s5: unknown,
    s6: unknown,
    s7: unknown,
    more: readonly unknown[] | undefined,
  ) {
    this.strings = strings
    this.seen = false
    this.s0 = s0
    this.s1 = s1
    this.s2 = s2
    this.s3 = s3
    this.s4 = s4
    this.s5 = s5
    this.s6 = s6
    this.s7 = s7
    this.more = more
  }
}

/** What a slot of a result holds. @internal */
export function slotOf(result: Result, index: number): unknown {
  const { s0, s1, s2, s3, s4, s5, s6, s7 } = result
  return index < FIELDS ? [s0, s1, s2, s3, s4, s5, s6, s7][index] : result.more?.[index - FIELDS]
}

/**
 * Evaluates a template: `` html`<p class=${kind}>${text}</p>` ``.
 *
 * A slot between tags takes text, numbers, other results, arrays and `each`; null, undefined and booleans show nothing
 * there. An attribute is absent for null, undefined and false. A property, as in `.value=${it}`, takes what JSON can
 * hold. A result that is kept and given again stands for what it showed before, and is not looked into.
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Result
export function html(
  strings: TemplateStringsArray,
  s0?: unknown,
  s1?: unknown,
  s2?: unknown,
  s3?: unknown,
  s4?: unknown,
  s5?: unknown,
  s6?: unknown,
  s7?: unknown,
  ...more: readonly unknown[]
): Result {
  return new Result(strings, s0, s1, s2, s3, s4, s5, s6, s7, more.length > 0 ? more : undefined)
}
